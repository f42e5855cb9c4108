# SPDX-License-Identifier: MIT
"""Runs leaking.py under finleak and holds each reported stack against Python's own."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 120

parser = argparse.ArgumentParser()
for name in ("python", "finleak", "native", "embedder"):
    parser.add_argument("--" + name, required=True)
options, rest = parser.parse_known_args()


def ask(text):
    return subprocess.run([options.python, "-c", text], capture_output=True, text=True,
                          check=True).stdout.strip()


def readable(text):
    """As a report shows it: what is no UTF-8 is replaced."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def is_script(frame):
    return frame["file"] is not None and frame["file"] == frame["module"]


def by_ends(report):
    """What was found of each socket, by its (local, peer) addresses."""
    return {(socket["local"], socket["peer"]): leak for leak in report["leaks"]
            for socket in leak["sockets"] if "eof" in leak["stacks"]}


def place(frame):
    return [frame["file"], frame["function"], frame["line"]]


class Stacks(unittest.TestCase):
    maxDiff = None

    def run_program(self, command, **variables):
        with tempfile.TemporaryDirectory(prefix="finleak-python.") as folder:
            report = os.path.join(folder, "report")
            environment = {k: v for k, v in os.environ.items() if k != "DEBUGINFOD_URLS"}
            environment["PYTHONUTF8"] = "1"
            environment.update(variables)
            done = subprocess.run(
                [options.finleak, "run", "-d", os.path.join(folder, "recordings"), "-f", "json",
                 "-o", report, "--min-held=0ms", "--all", "--full-stacks", "--",
                 *[a.format(folder) for a in command]],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, env=environment)
            self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
            with open(report) as file:
                return done.stdout.decode(), json.load(file)

    def leaks_of(self, *names, **variables):
        """[(what Python reported, the leak)] of the scenarios NAMES."""
        out, report = self.run_program(
            [options.python, "-B", os.path.join(HERE, "leaking.py"), "{}", options.native, *names],
            **variables)
        leaks = by_ends(report)
        # Where a socket is read several times, the last one found the end.
        reported = {}
        for line in out.splitlines():
            note = json.loads(line)
            reported[tuple(note["ends"])] = [[readable(f), readable(n), l]
                                         for f, n, l in note["frames"]]
        self.assertTrue(reported)
        for ends in reported:
            self.assertIn(ends, leaks)
        return [(reported[ends], leaks[ends]) for ends in reported]

    def check(self, *names, is_site=True):
        for reported, leak in self.leaks_of(*names):
            eof = leak["stacks"]["eof"]
            self.assertEqual([place(frame) for frame in eof if is_script(frame)], reported)
            for frame in eof:
                self.assertNotIn("_PyEval", frame["function"] or "")
            if is_site:
                self.assertEqual(place(leak["site"]), reported[0])

    def test_calls(self):
        self.check("nested_function", "call_operator", "class_method", "attribute")

    def test_generators(self):
        self.check("generators")

    def test_lambdas(self):
        self.check("lambdas")

    def test_called_by_native_code(self):
        # Server.read() has as many callers as stacks: it wraps the call.
        self.check("called_by_native_code", is_site=False)

    def test_decorated(self):
        self.check("decorated")

    def test_context_manager(self):
        self.check("context_manager")

    def test_finalizer(self):
        self.check("finalizer")

    def test_over_several_lines(self):
        self.check("over_several_lines")

    def test_threads(self):
        self.check("threads")

    def test_code_that_comes_and_goes(self):
        self.check("code_that_comes_and_goes")

    def test_names_beyond_ascii(self):
        self.check("names_beyond_ascii")

    def test_fork(self):
        # The parent holds these too: the site is where they were opened.
        self.check("forked", is_site=False)

    def test_socket_server(self):
        self.check("socket_server")

    def test_recursion(self):
        (short, short_leak), (deep, deep_leak) = self.leaks_of("recursion")
        shown = [place(f) for f in short_leak["stacks"]["eof"] if is_script(f)]
        self.assertEqual(shown, short)
        shown = [place(f) for f in deep_leak["stacks"]["eof"] if is_script(f)]
        # 64 frames, a few of which are recv() inside the socket module.
        self.assertGreater(len(shown), 50)
        self.assertEqual(shown, deep[:len(shown)])

    def test_few_frames(self):
        for reported, leak in self.leaks_of("nested_function", FINLEAK_OPTIONS="frames=3"):
            eof = leak["stacks"]["eof"]
            shown = [place(f) for f in eof if is_script(f)]
            self.assertEqual(shown, reported[:len(shown)])
            self.assertLessEqual(len([f for f in eof if not f["inlined"]]), 3)

    def test_asyncio_protocol(self):
        for reported, leak in self.leaks_of("asyncio_protocol"):
            shown = [place(f) for f in leak["stacks"]["eof"] if is_script(f)]
            self.assertEqual(shown, reported)
            # Read by the loop, and no call of the protocol's own: what the server was given.
            self.assertEqual(leak["site"]["function"], "HalfClosed.eof_received")
            self.assertEqual(leak["registered_at"]["function"].rpartition(".")[2], "serve")
            self.assertEqual(leak["site_stack"], "listen")
            self.assertEqual(os.path.basename(leak["site"]["file"]), "leaking.py")

    def test_native_code(self):
        (reported, leak), (said_back, leak_back) = self.leaks_of("native_code")
        eof = leak["stacks"]["eof"]
        self.assertEqual([place(f) for f in eof if is_script(f)], reported)
        # The user's own native code is innermost, so it is the site.
        self.assertEqual(leak["site"]["function"], "read_end")
        self.assertEqual(eof[0]["function"], "read_end")

        eof = leak_back["stacks"]["eof"]
        self.assertEqual([place(f) for f in eof if is_script(f)], said_back)
        self.assertEqual(place(leak_back["site"]), said_back[0])
        # Native code lies between the frames whose calls it made.
        names = [f["function"] for f in eof]
        callback = names.index(said_back[0][1])
        self.assertIn("call_back", names[callback:])
        self.assertLess(names.index("call_back"), names.index(said_back[1][1]))

    def test_stress(self):
        out, report = self.run_program(
            [options.python, "-B", os.path.join(HERE, "leaking.py"), "{}", options.native,
             "stress"])
        self.assertGreater(sum(process["eof"] for process in report["processes"]), 100)
        self.assertEqual(report["summary"]["lost"], 0)
        self.assertEqual(out, "")
        for leak in report["leaks"]:
            innermost = [f for f in leak["stacks"].get("eof", []) if is_script(f)][:2]
            if innermost:
                self.assertEqual(innermost[0]["function"], "g")
                self.assertEqual(innermost[0]["line"], 2)
                self.assertEqual(innermost[1]["function"], "<module>")
                self.assertEqual(innermost[1]["file"], innermost[0]["file"])

    def test_opened_late(self):
        library = ask("import sysconfig as s, os; print(os.path.join(s.get_config_var('LIBDIR'), "
                      "s.get_config_var('INSTSONAME') or ''))")
        if ".so" not in library or not os.path.exists(library):
            self.skipTest("this Python has no shared library")
        out, report = self.run_program(
            [options.embedder, library, os.path.join(HERE, "leaking.py"), "{}", options.native,
             "nested_function", "threads"])
        reported = {tuple(n["ends"]): n["frames"] for n in map(json.loads, out.splitlines())}
        self.assertEqual(len(reported), 5)
        leaks = by_ends(report)
        outermost = set()
        for ends, frames in reported.items():
            eof = leaks[ends]["stacks"]["eof"]
            self.assertEqual([place(f) for f in eof if is_script(f)], frames)
            # The host's own frames stay, outside of the script's; threads have none.
            outermost.add("run_plugin" in [f["function"] for f in eof])
            self.assertEqual("run_plugin" in [f["function"] for f in eof],
                             frames[-1][1] == "<module>")
        self.assertEqual(outermost, {True, False})


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
