# SPDX-License-Identifier: MIT
"""What TAB offers in bash, zsh and fish, against what finleak itself accepts.

When it fails: a completion offers what finleak refuses, or hides what it accepts."""
import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest

FINLEAK = os.environ["FINLEAK"]
COMPLETIONS = os.environ["FINLEAK_COMPLETIONS"]
ENVIRONMENT = dict(os.environ, PATH=os.path.dirname(FINLEAK) + ":" + os.environ["PATH"],
                   PS1="> ", TERM="dumb", LC_ALL="C.UTF-8")
READY = b"ready to complete"


def lines_of(*command):
    return subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.splitlines()


def offered_by_bash(line):
    words = line.split(" ")
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _finleak 2>/dev/null;'
              'printf "%s\\n" "${COMPREPLY[@]}"')
    # Bash itself splits words at '='.
    words = [part for word in words for part in re.split(r"(=)", word) if part or word == ""]
    return lines_of("bash", "--norc", "-c", script, "bash",
                    os.path.join(COMPLETIONS, "finleak.bash"), *words)


def offered_by_fish(line):
    script = 'source "%s/finleak.fish"; complete -C "%s"' % (COMPLETIONS, line)
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(["fish", "--no-config", "-c", script], text=True, timeout=60,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              env=dict(ENVIRONMENT, HOME=home))
    return [offer.split("\t")[0].strip() for offer in done.stdout.splitlines()]


def read_until(terminal, wanted, seconds):
    """All that the terminal prints until WANTED matches, or nothing comes for SECONDS."""
    printed = b""
    while not re.search(wanted, printed):
        if not select.select([terminal], [], [], seconds)[0]:
            break
        try:
            printed += os.read(terminal, 65536)
        except OSError:
            break
    return printed


def offered_by_zsh(line):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(COMPLETIONS, "finleak.zsh"), os.path.join(folder, "_finleak"))
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], dict(ENVIRONMENT, COLUMNS="200", HOME=folder))
        os.write(terminal, b"PS1='> '; fpath=(%s $fpath); autoload -Uz compinit; compinit -u -D;"
                 b"LISTMAX=0; zstyle ':completion:*' list-separator '#'; echo ready 'to' complete\n"
                 % folder.encode())
        read_until(terminal, READY + rb"\r\n", 30)
        read_until(terminal, rb"> ", 5)
        # The second TAB lists what the first one could not decide.
        os.write(terminal, line.encode() + b"\t\t")
        printed = read_until(terminal, rb"\r\n> |never[^\r]*\r\n", 5)
        os.close(terminal)
        os.waitpid(child, 0)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", printed.decode(errors="replace"))
    return [word for word in re.split(r"[\s#]+", text) if word]


def long_options(verb):
    return set(re.findall(r"^ +(?:-\w, )? *(--[a-z-]+)", "\n".join(lines_of(FINLEAK, verb, "--help")),
                          re.M))


def commands():
    return set(re.findall(r"^([a-z]+) {2,}", "\n".join(lines_of(FINLEAK, "--help")), re.M))


class Completions:
    """The tests; a class below for each shell."""
    shell = offered = None

    def setUp(self):
        if not shutil.which(self.shell):
            self.skipTest(self.shell + " is not installed")

    def test_commands(self):
        self.assertIn("run", commands())
        self.assertLessEqual(commands(), set(self.offered("finleak ")))

    def test_an_option_by_its_beginning(self):
        self.assertIn("--min-held=", " ".join(self.offered("finleak run --mi")))

    def test_values(self):
        seen = {offer.split("=")[-1] for offer in self.offered("finleak run --color=")}
        self.assertLessEqual({"auto", "always", "never"}, seen)
        self.assertLessEqual({"text", "json"}, set(self.offered("finleak report -f ")))

    def test_classes(self):
        self.assertIn("held-elsewhere", " ".join(self.offered("finleak explain he")))

    def test_programs_are_completed_after_run(self):
        self.assertIn("mkfifo", " ".join(self.offered("finleak run -e 1 -- mkfif")))


class AllOptions:
    def test_options_of_each_command(self):
        for verb in commands() - {"help"}:
            seen = {offer.rstrip("=") for offer in self.offered("finleak %s --" % verb)}
            self.assertEqual({offer for offer in seen if offer.startswith("--")},
                             long_options(verb), verb)


class Bash(Completions, AllOptions, unittest.TestCase):
    shell, offered = "bash", staticmethod(offered_by_bash)


class Fish(Completions, AllOptions, unittest.TestCase):
    shell, offered = "fish", staticmethod(offered_by_fish)


class Zsh(Completions, unittest.TestCase):
    shell, offered = "zsh", staticmethod(offered_by_zsh)


if __name__ == "__main__":
    unittest.main()
