# SPDX-License-Identifier: MIT
"""Reads the end of a stream in every way that Python has of calling, never closes, and prints for
each socket where it was by Python's own account: a line of JSON each, {ends: [local,
peer], frames}, frames innermost first as [file, function, line].

    leaking.py FOLDER LIBRARY [SCENARIO...]

FOLDER is for modules that are written at run time, LIBRARY is native_reader.c, built."""
import asyncio
import contextlib
import ctypes
import functools
import gc
import importlib.util
import json
import os
import socket
import socketserver
import sys
import threading
import time

kept = []
output = threading.Lock()
scenarios = {}


def scenario(function):
    scenarios[function.__name__] = function
    return function


def name_of(code):
    return getattr(code, "co_qualname", code.co_name)


def frames_of(frame):
    frames = []
    while frame:
        frames.append([frame.f_code.co_filename, name_of(frame.f_code), frame.f_lineno])
        frame = frame.f_back
    return frames


def tell(connection, frames):
    ends = ["%s:%d" % end for end in (connection.getsockname(), connection.getpeername())]
    line = json.dumps({"ends": ends, "frames": frames})
    with output:
        os.write(1, line.encode() + b"\n")


def note(connection):
    """Prints the caller's stack: on the line where the connection is read next."""
    tell(connection, frames_of(sys._getframe(1)))


def closed_by_peer():
    """A connection whose peer has closed: its next read is the end of the stream."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = socket.create_connection(listener.getsockname())
        connection = listener.accept()[0]
    peer.close()
    kept.append(connection)
    return connection


class Server:
    def __init__(self, connection):
        self.connection = connection

    def handle(self):
        def read_rest():
            note(self.connection); return self.connection.recv(1)
        return read_rest()

    def __call__(self):
        return self.handle()

    @property
    def rest(self):
        note(self.connection); return self.connection.recv(1)

    @staticmethod
    def read(connection):
        note(connection); return connection.recv(1)

    @classmethod
    def made(cls, connection):
        return cls(connection)()


@scenario
def nested_function():
    Server(closed_by_peer()).handle()


@scenario
def call_operator():
    Server(closed_by_peer())()


@scenario
def class_method():
    Server.made(closed_by_peer())


@scenario
def attribute():
    Server(closed_by_peer()).rest


@scenario
def generators():
    def inner(connection):
        yield 1
        note(connection); yield connection.recv(1)

    def outer(connection):
        yield from inner(connection)

    steps = outer(closed_by_peer())
    for step in steps:
        kept.append(step)
    kept.append([x for x in outer(closed_by_peer())])
    kept.append(list(outer(closed_by_peer())))


@scenario
def lambdas():
    read = lambda c: (note(c), c.recv(1))
    read(closed_by_peer())
    kept.append([(note(c), c.recv(1)) for c in [closed_by_peer()]])


@scenario
def called_by_native_code():
    sorted([closed_by_peer()], key=Server.read)
    list(map(Server.read, [closed_by_peer()]))
    functools.partial(Server.read, closed_by_peer())()
    functools.reduce(lambda a, c: Server.read(c), [closed_by_peer()], 0)


@scenario
def decorated():
    def logged(function):
        @functools.wraps(function)
        def wrapper(*arguments, **named):
            return function(*arguments, **named)
        return wrapper

    @logged
    @functools.lru_cache(maxsize=None)
    @logged
    def read(connection):
        note(connection); return connection.recv(1)

    read(closed_by_peer())


@scenario
def context_manager():
    @contextlib.contextmanager
    def reading(connection):
        yield
        note(connection); connection.recv(1)

    with reading(closed_by_peer()):
        pass


@scenario
def finalizer():
    class Owner:
        def __del__(self):
            note(self.connection); self.connection.recv(1)

    owner = Owner()
    owner.connection = closed_by_peer()
    del owner


@scenario
def over_several_lines():
    connection = closed_by_peer()
    try:
        raise ValueError
    except ValueError:
        if True:
            kept.append((note(connection), connection.recv(
                1,
            )))
    # A jump backwards, and far down, for line tables with large and negative steps.
    for connection in (closed_by_peer(),):
        # {{{ comments are lines too
        #
        #
        #
        #
        #
        #
        #
        #
        #
        #
        #
        #
        #
        # }}}
        Server(connection).handle()


@scenario
def threads():
    workers = [threading.Thread(target=Server(closed_by_peer()).handle) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


@scenario
def recursion():
    def down(depth, connection):
        if depth == 0:
            note(connection); return connection.recv(1)
        return down(depth - 1, connection)

    down(20, closed_by_peer())
    down(300, closed_by_peer())


@scenario
def code_that_comes_and_goes():
    """Code objects at the addresses of earlier ones, which were other code."""
    for i in range(60):
        text = "\n" * i + "def f%d(c):\n%s note(c); c.recv(1)\nf%d(connection)\n" % (
            i % 3, "\n" * (i % 7), i % 3)
        names = {"note": note, "connection": closed_by_peer()}
        exec(compile(text, "<made %d>" % (i % 2), "exec"), names)
        del names, text
        gc.collect()


@scenario
def names_beyond_ascii():
    names = ["caf\xe9", "\u51fd\u6570", "\U00020000\U00020001"]
    for name in names:
        path = os.path.join(sys.argv[1], name + ".py")
        with open(path, "w", encoding="utf-8") as file:
            file.write("class Klasse_%s:\n    def %s(self, note, c):\n        note(c); c.recv(1)\n"
                       % (name, name))
        load(path, "odd").__dict__["Klasse_" + name].__dict__[name](None, note, closed_by_peer())
    path = os.path.join(sys.argv[1], "not\udce9utf8.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write("def read(note, c):\n    note(c); c.recv(1)\n")
    load(path, "escaped").read(note, closed_by_peer())


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@scenario
def native_code():
    library = ctypes.CDLL(sys.argv[2])

    def native(connection):
        note(connection); library.read_end(connection.fileno())

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
    def callback(fd):
        connection = [c for c in kept if isinstance(c, socket.socket) and c.fileno() == fd][0]
        note(connection); connection.recv(1)
        return 0

    def through_callback(connection):
        library.call_back(callback, connection.fileno())

    native(closed_by_peer())
    through_callback(closed_by_peer())


class named_by_profile:
    """For code that is not ours to mark: prints the stack of every call of recv()."""

    def __enter__(self):
        threading.setprofile(self.profile)
        sys.setprofile(self.profile)

    def __exit__(self, *_):
        sys.setprofile(None)
        threading.setprofile(None)

    @staticmethod
    def profile(frame, event, called):
        if event == "c_call" and getattr(called, "__name__", "") == "recv":
            tell(called.__self__, frames_of(frame))


@scenario
def asyncio_protocol():
    ended = []

    class HalfClosed(asyncio.Protocol):
        def connection_made(self, transport):
            kept.append(transport)
            kept.append(transport.get_extra_info("socket"))

        def data_received(self, data):
            kept.append(data)

        def eof_received(self):
            ended.append(1)
            done.set_result(None)
            return True  # keeps it half open

    async def serve():
        global done
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        server = await loop.create_server(HalfClosed, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello")
        writer.write_eof()
        kept.append(writer)
        await done
        # asyncio.run() would end with the loop, and that closes nothing, but keep it all.
        kept.append(server)

    loop = asyncio.new_event_loop()
    kept.append(loop)
    with named_by_profile():
        loop.run_until_complete(serve())


@scenario
def socket_server():
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            note(self.request); self.request.recv(1)

    class Forgetful(socketserver.ThreadingTCPServer):
        def shutdown_request(self, request):
            kept.append(request)

    with Forgetful(("127.0.0.1", 0), Handler) as server:
        for _ in range(2):
            peer = socket.create_connection(server.server_address)
            peer.shutdown(socket.SHUT_WR)
            kept.append(peer)
            server.handle_request()


@scenario
def forked():
    # On a line each: leaks of one opened stack are one finding.
    first = closed_by_peer()
    second = closed_by_peer()
    child = os.fork()
    if child == 0:
        Server(first).handle()
        os._exit(0)
    os.waitpid(child, 0)

    import multiprocessing
    worker = multiprocessing.get_context("fork").Process(target=read_and_leave,
                                                         args=(second,))
    worker.start()
    worker.join()


def read_and_leave(connection):
    Server(connection).handle()
    os._exit(0)


@scenario
def stress():
    """Many threads read ends of streams while the collector runs and code is made and dropped."""
    until = time.monotonic() + 1

    def work(number):
        n = 0
        while time.monotonic() < until:
            n += 1
            names = {"c": closed_by_peer()}
            text = "def g(c):\n return c.recv(1)\n%sg(c)\n" % ("\n" * (n % 50))
            exec(compile(text, "<work %d>" % number, "exec"), names)
            names["c"].close()
            kept.pop()
            if len(kept) > 200:
                for c in [kept.pop(0) for _ in range(100)]:
                    with contextlib.suppress(AttributeError):
                        c.close()

    workers = [threading.Thread(target=work, args=(i,)) for i in range(16)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        gc.collect()
    for worker in workers:
        worker.join()


def main():
    for name in sys.argv[3:] or scenarios:
        scenarios[name]()
    sys.stdout.flush()
    # The interpreter's teardown would close what a running server holds forever.
    os._exit(0)


main()
