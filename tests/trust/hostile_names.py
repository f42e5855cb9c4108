# SPDX-License-Identifier: MIT
"""Names that attack whoever reads the report: the terminal, the next tool in a pipe, a page, a CI
system. A program, its functions, its source file, its arguments and its recordings are called so; every
format and every message must be harmless."""
import gzip
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree

import trust

# What a name may do to its reader.
ATTACKS = [
    "\x1b]0;owned\x07\x1b[2J\x1b[31m",        # a terminal's title, screen and colours
    "a\rb\x08c\x7f",                          # text that overwrites itself
    "line\n::error file=x::owned\n##[error]",  # a command of GitHub Actions, of Azure Pipelines
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>&quot;",
    "]]><!--",
    "\u202eevil\u2066\u200f",                 # direction of text
    "\u2028\u2029\ufeff",                     # lines that are none
    "%s%n%x",
    "${IFS}$(id)`id`",
    "x; rm -rf /|&",
    "a" * 200,
]

# Bytes that are no UTF-8: overlong forms, surrogates, C1 controls, cut characters.
BYTES = [b"\xc0\xaf\xe0\x80\xaf", b"\xed\xa0\x80\xf4\x90\x80\x80", b"\x9b2J\x9d0;x\x9c", b"\xe2\x82",
         b"\xc2\x9b2J", b"\xff\xfe"]

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

LEAK = """
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#line 1 "%s"
static int leak(int listener, struct sockaddr_in *address) __asm__("%s");
static int leak(int listener, struct sockaddr_in *address)
{ int client = socket(AF_INET, SOCK_STREAM, 0), server; char byte; connect(client, (struct sockaddr *)address, sizeof(*address)); server = accept(listener, NULL, NULL); close(client); return read(server, &byte, 1); }
int main(void) { struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } }; socklen_t size = sizeof(address); int listener = socket(AF_INET, SOCK_STREAM, 0); listen(listener, 5); getsockname(listener, (struct sockaddr *)&address, &size); return leak(listener, &address); }
"""


def formats():
    """Those that this finleak has."""
    help_ = subprocess.run([trust.FINLEAK, "report", "-f", "none-of-them", "/nowhere"],
                           capture_output=True, text=True).stderr
    known = re.findall(r"[a-z]+", help_.split("expected", 1)[-1] if "expected" in help_ else help_)
    return [name for name in ("text", "json", "html", "sarif", "junit", "github", "markdown", "folded",
                              "speedscope", "openmetrics", "pprof")
            if name in known or name in ("text", "json")]


def in_c(name):
    """A C string that has these bytes."""
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(name))


class HostileNames(trust.Test):
    def assert_harmless(self, output, form):
        if form == "pprof":
            output = gzip.decompress(output)
            self.assertIn(b"close_wait", output)
            for attack in b"\x1b]0", b"\n::error", b"\xe2\x80\xae", b"a\rb\x08":
                self.assertNotIn(attack, output)
            return
        text = output.decode(errors="strict")  # UTF-8, whatever the names were
        found = FORBIDDEN.search(text)
        self.assertIsNone(found, f"{form}: {found and text[max(0, found.start() - 60):found.end() + 20]!r}")
        if form in ("json", "sarif", "speedscope"):
            json.loads(text)
        if form == "junit":
            xml.etree.ElementTree.fromstring(text)
        if form == "html":
            self.assertNotIn("<script>alert", text)
            self.assertNotIn("<img src=x", text)
        if form == "markdown":
            self.assertNotRegex(text, r"(?<!\\)[<`\[!]")
        if form in ("github", "text", "markdown"):
            # A name begins no line: not that of a command to a CI system either.
            for line in text.splitlines():
                self.assertFalse(line.startswith(("::error file=x::owned", "##[error]")), line)

    def check(self, *arguments):
        written = {form: self.folder / ("report." + form) for form in formats()}
        outputs = [item for form, path in written.items() for item in ("-f", form, "-o", path)]
        for more in (outputs, ["--explain", "--full-stacks", "--sockets"]):
            done = self.finleak("report", "--all", "--min-held=0", *more, *arguments)
            self.assertIn(done.status, (0, 125), done)
            self.assert_harmless(done.out, "text")
            self.assert_harmless(done.err, "messages")
        for form, path in written.items():
            self.assert_harmless(path.read_bytes(), form)

    @staticmethod
    def names():
        names = [*ATTACKS, *map(os.fsdecode, BYTES)]
        return trust.chance().sample(names, trust.rounds(4, len(names)))

    def test_programs_and_arguments(self):
        for number, name in enumerate(self.names()):
            with self.subTest(name=name):
                folder = self.folder / str(number)
                folder.mkdir()
                program = folder / name.replace("/", "_")[:200]
                shutil.copy(trust.LEAKER, program)
                recordings = folder / "recordings"
                done = self.finleak("run", "--min-held=0", "--all", "-d", recordings, "--", program, name)
                self.assert_harmless(done.err, "messages")
                self.check(recordings)

    def test_sources_and_functions(self):
        """Debug information and symbols, which the compiler takes as they are."""
        for number, name in enumerate(self.names()):
            with self.subTest(name=name):
                folder = self.folder / str(number)
                folder.mkdir()
                program = folder / "program"
                symbol = re.sub(rb"[^\x21-\x7e\x80-\xff]|[\"\\@]", b"_", os.fsencode(name)[:60])
                source = LEAK % (in_c(name), os.fsdecode(symbol).encode("utf-8", "surrogateescape")
                                 .decode("latin-1") if symbol.isascii() else "leak")
                built = subprocess.run(["cc", "-xc", "-g", "-O1", "-fno-inline", "-w", "-", "-o", program],
                                       input=os.fsencode(source), stderr=subprocess.DEVNULL)
                if built.returncode:  # the assembler has its own idea of some symbols
                    subprocess.run(["cc", "-xc", "-g", "-O1", "-fno-inline", "-w", "-", "-o", program],
                                   input=os.fsencode(LEAK % (in_c(name), "leak")), check=True)
                recordings = folder / "recordings"
                self.finleak("run", "--min-held=0", "-d", recordings, "--", program)
                self.check(recordings)
                strip = folder / "stripped"
                shutil.copytree(recordings, strip)
                program.unlink()  # without names of code: the module's path alone
                self.check(strip)

    def test_scripts(self):
        """Python's code objects say what their source is called."""
        for name in self.names():
            with self.subTest(name=name):
                script = f"""
import socket
code = compile('''
def leak():
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server = listener.accept()[0]
    client.close()
    server.recv(1)
    return server, listener
kept = leak()
''', {name.encode("utf-8", "replace").decode()!r}, "exec")
exec(code)
"""
                recordings = self.folder / "recordings"
                shutil.rmtree(recordings, ignore_errors=True)
                file = self.folder / "script.py"
                file.write_text(script)
                self.finleak("run", "--min-held=0", "-d", recordings, "--", "/usr/bin/python3", file)
                self.check(recordings)

    def test_messages(self):
        """Where finleak repeats what it was given."""
        for name in self.names():
            path = self.folder / name.replace("/", "_")[:200]
            path.write_bytes(b"no recording")
            for arguments in (["report", path], ["report", f"{path}.none"], ["report", "-f", name, path],
                              ["run", "--", f"{path}.none"], ["run", "-d", path, "--", "true"],
                              ["report", f"--min-held={name}", path], ["watch", name], ["scan", name],
                              ["explain", name], [name.strip() or "x"], [f"--{name}"],
                              ["report", "-o", f"{path}/x", path]):
                with self.subTest(arguments=arguments):
                    try:
                        done = self.finleak(*arguments)
                    except ValueError:
                        continue
                    self.assertNotEqual(done.status, 0, done)
                    self.assert_harmless(done.out + done.err, "messages")
            path.unlink()


if __name__ == "__main__":
    trust.main()
