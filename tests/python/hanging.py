# SPDX-License-Identifier: MIT
"""hanging.py SCENARIO: hangs, and prints which thread does, and where that is by Python's own word,
as a line of JSON. It goes on when its standard input ends."""
import asyncio
import json
import os
import sys
import threading


def places(frame):
    found = []
    while frame:
        code = frame.f_code
        found.append([code.co_filename, getattr(code, "co_qualname", code.co_name),
                      frame.f_lineno])
        frame = frame.f_back
    return found


def hang():
    here = places(sys._getframe())
    here[0][2] += 4  # the line that it hangs on
    print(json.dumps({"thread": threading.get_native_id(), "places": here}), flush=True)

    sys.stdin.read()


def plain():
    hang()


def thread():
    other = threading.Thread(target=hang)
    other.start()
    other.join()


def many_threads():
    stop = threading.Event()
    others = [threading.Thread(target=stop.wait) for _ in range(60)]
    for other in others:
        other.start()
    thread()
    stop.set()


def generators():
    def numbers():
        yield 1
        hang()
        yield 2

    def outer():
        yield from numbers()
    return list(outer())


def coroutines():
    async def inner():
        hang()

    async def outer():
        await asyncio.gather(inner())
    asyncio.run(outer())


def through_native_code():
    sorted([2, 1], key=lambda item: hang() or item if item == 1 else item)


def recursion(depth=100):
    if depth:
        recursion(depth - 1)
    else:
        hang()


def generated():
    name = "\u0447\u0430\u6f22\U0001d4d0"
    code = compile("def %s():\n\n    hang()\n%s()\n" % (name, name), "<%s>" % name, "exec")
    exec(code, {"hang": hang})


def greenlets():
    import greenlet
    greenlet.greenlet(hang).switch()


def forked():
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
    else:
        hang()
        os._exit(0)


def interpreters():
    try:
        import _interpreters as others
    except ImportError:
        import _xxsubinterpreters as others
    others.run_string(others.create(), "__name__ = 'other'\n__file__ = %r\n" % __file__ +
                      "exec(compile(open(__file__).read(), __file__, 'exec'))\nhang()\n")


if __name__ == "__main__":
    globals()[sys.argv[1]]()
