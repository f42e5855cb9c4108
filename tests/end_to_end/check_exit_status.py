# SPDX-License-Identifier: MIT
"""The exit statuses of the contract, of `finleak run` and `finleak report`."""
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import unittest

import commands

ELF_MACHINE = 18  # offset of e_machine
AARCH64, X86_64 = 183, 62
STATIC_PROGRAM = os.environ.get("FINLEAK_STATIC_PROGRAM", "")

# By root, finleak records from the kernel what can't be preloaded.
PRELOAD = ["--recorder=preload"]


class ExitStatus(unittest.TestCase):
    def setUp(self):
        self.folder = commands.folder()
        self.addCleanup(self.folder.cleanup)
        self.work = self.folder.name
        self.recordings = os.path.join(self.work, "recordings")

    def run_program(self, *command, options=()):
        return commands.finleak("run", "-d", self.recordings, "-o",
                                os.path.join(self.work, "report"), *options, "--", *command)

    def write(self, name, content, mode=0o755):
        path = os.path.join(self.work, name)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)
        return path

    def assert_refused(self, done, status, *words):
        """The status, and one line on stderr that says what it is about."""
        self.assertEqual(done.returncode, status, done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("finleak: "), done.stderr)
        for word in words:
            self.assertIn(word, lines[0])

    # The program's own status

    def test_status_is_handed_on(self):
        for status in 0, 1, 3, 77, 255:
            self.assertEqual(self.run_program("sh", "-c", "exit %d" % status).returncode, status)

    def test_status_goes_before_error_exitcode(self):
        leaks, = commands.sample_command("after_eof")
        done = self.run_program("sh", "-c", '"$0"; exit 3', leaks, options=["-e", "99"])
        self.assertEqual(done.returncode, 3, done.stderr)

    def test_ends_by_the_signal_of_the_program(self):
        for number in 1, 2, 6, 9, 11, 15, 34:
            done = self.run_program("sh", "-c", "ulimit -c 0; kill -%d $$" % number)
            self.assertEqual(done.returncode, -number, done.stderr)
            self.assertTrue(os.path.exists(os.path.join(self.work, "report")))

    def test_leaves_no_core_of_its_own(self):
        """PROGRAM may leave one; finleak ends by the same signal without."""
        limits = resource.getrlimit(resource.RLIMIT_CORE)
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CORE, (limits[1], limits[1]))
            os.chdir(self.work)
            os.execv(commands.FINLEAK, [commands.FINLEAK, "run", "-d", self.recordings, "-o",
                                        os.devnull, "sh", "-c", "ulimit -c 0; kill -ABRT $$"])
        status = os.waitpid(child, 0)[1]
        self.assertEqual(os.WTERMSIG(status), signal.SIGABRT)
        self.assertFalse(os.WCOREDUMP(status))

    # Leaks

    def test_leaks_alone_leave_the_status(self):
        self.assertEqual(self.run_program(*commands.sample_command("after_eof")).returncode, 0)

    def test_leaks_with_error_exitcode(self):
        leaks = commands.sample_command("after_eof")
        for option in ["-e", "99"], ["-e99"], ["--error-exitcode=99"]:
            self.assertEqual(self.run_program(*leaks, options=option).returncode, 99)

    def test_no_leaks_with_error_exitcode(self):
        done = self.run_program(*commands.sample_command("after_eof", fixed=True),
                                options=["-e", "99"])
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_program_without_sockets_is_clean(self):
        self.assertEqual(self.run_program("true", options=["-e", "99"]).returncode, 0)

    def test_report(self):
        for fixed, status in (False, 99), (True, 0):
            recordings = os.path.join(self.work, "fixed" if fixed else "leaky")
            commands.finleak("run", "-d", recordings, "--",
                             *commands.sample_command("after_eof", fixed))
            self.assertEqual(commands.finleak("report", recordings).returncode, 0)
            done = commands.finleak("report", "-e", "99", recordings)
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)

    # Programs that don't start

    def test_not_found(self):
        self.assert_refused(self.run_program("no-such-program-here"), 127, "no-such-program-here")
        path = os.path.join(self.work, "missing")
        self.assert_refused(self.run_program(path), 127, path)

    def test_not_executable(self):
        path = self.write("data", b"#!/bin/sh\n", 0o644)
        self.assert_refused(self.run_program(path), 126, path)
        self.assert_refused(self.run_program(self.work), 126, self.work)

    def test_interpreter_not_found(self):
        path = self.write("script", b"#!/no/such/interpreter\n")
        self.assertIn(self.run_program(path).returncode, (126, 127))

    # Programs that can't be recorded

    def run_after_a_connection(self, *command):
        """A gate over a program that connects, closes that and becomes COMMAND: where nobody had a
        connection, there is nothing that COMMAND could leak."""
        program = ("import os, socket, sys\n"
                   "with socket.create_server(('127.0.0.1', 0)) as listener:\n"
                   "    socket.create_connection(listener.getsockname()).close()\n"
                   "    listener.accept()[0].close()\n"
                   "os.execvp(sys.argv[1], sys.argv[1:])")
        # No sample: one may find COMMAND without sockets.
        return self.run_program(sys.executable, "-c", program, *command,
                                options=["-e", "9", "--observe=1h"])

    @unittest.skipUnless(STATIC_PROGRAM, "no static libc to build a static program with")
    def test_static(self):
        self.assert_refused(self.run_program(STATIC_PROGRAM, options=PRELOAD), 125, "static")

    @unittest.skipUnless(STATIC_PROGRAM, "no static libc to build a static program with")
    def test_static_interpreter(self):
        path = self.write("script", b"#!%s\n" % STATIC_PROGRAM.encode())
        self.assert_refused(self.run_program(path, options=PRELOAD), 125, "static")

    def test_other_architecture(self):
        with open(commands.sample_command("after_eof")[0], "rb") as file:
            program = bytearray(file.read())
        machine, = struct.unpack_from("<H", program, ELF_MACHINE)
        struct.pack_into("<H", program, ELF_MACHINE, X86_64 if machine == AARCH64 else AARCH64)
        path = self.write("foreign", program)
        self.assert_refused(self.run_program(path), 125, path)

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a file away")
    def test_set_user_id(self):
        path = os.path.join(self.work, "privileged")
        shutil.copy(commands.sample_command("after_eof")[0], path)
        os.chown(path, 65534, 65534)
        os.chmod(path, 0o4755)
        self.assert_refused(self.run_program(path, options=PRELOAD), 125, path)

    # Use that makes no sense

    def test_usage(self):
        for arguments in (["run"], ["run", "--no-such-option", "--", "true"], ["no-such-verb"], [],
                          ["run", "-f", "no-such-format", "--", "true"],
                          ["run", "-e", "many", "--", "true"],
                          ["run", "--min-held=soon", "--", "true"],
                          ["run", "-xv", "--", "true"], ["run", "--all=x", "--", "true"],
                          ["run", "-o"], ["report", "--own"], ["--no-such-option"],
                          ["report", "--late=-1s", self.work]):
            done = commands.finleak(*arguments, cwd=self.work)
            self.assert_refused(done, 125)
            name = "finleak %s" % arguments[0] if arguments[:1] in (["run"], ["report"]) \
                else "finleak"
            self.assertTrue(done.stderr.endswith("; see '%s --help'\n" % name), done.stderr)
            self.assertEqual(done.stdout, "")

    def test_usage_names_the_option(self):
        for arguments, word in ((["run", "--no-such-option", "--", "true"], "'--no-such-option'"),
                                (["run", "--all", "-xv", "--", "true"], "'-x'"),
                                (["report", "--late"], "--late needs an argument"),
                                (["run", "--wait=1", "--", "true"], "'--wait=1'")):
            self.assert_refused(commands.finleak(*arguments, cwd=self.work), 125, word)
        self.assertEqual(commands.finleak("run", "-?").returncode, 0)
        self.assertEqual(commands.finleak("report", "--usage").returncode, 0)
        self.assertIn("finleak ", commands.finleak("--version").stdout)

    def test_help_is_asked_for_in_four_ways(self):
        for verb in "run", "report", "watch", "scan", "explain":
            wanted = commands.finleak(verb, "--help").stdout
            self.assertIn("Usage: finleak %s " % verb, wanted)
            for arguments in ([verb, "-h"], [verb, "-?"], ["help", verb]):
                done = commands.finleak(*arguments)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, wanted, ""))
        for arguments in (["-h"], ["help"], ["help", "help"], ["help", "--help"]):
            done = commands.finleak(*arguments)
            self.assertEqual((done.returncode, done.stdout),
                             (0, commands.finleak("--help").stdout), arguments)
        self.assert_refused(commands.finleak("help", "no-such-command"), 125, "no-such-command")

    def test_print_library(self):
        done = commands.finleak("--print-library")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(os.path.basename(done.stdout), "libfinleak.so\n")
        self.assertTrue(os.path.isabs(done.stdout) and os.path.isfile(done.stdout.strip()))
        missing = os.path.join(self.work, "libfinleak.so")
        self.assert_refused(commands.finleak(
            "--print-library", env=commands.environment(FINLEAK_LIBRARY=missing)), 125,
                            "libfinleak.so")
        blank = os.path.join(self.work, "a b")
        os.mkdir(blank)
        shutil.copy(done.stdout.strip(), blank)
        self.assert_refused(commands.finleak(
            "--print-library", env=commands.environment(
                FINLEAK_LIBRARY=os.path.join(blank, "libfinleak.so"))), 125, "a b")

    def test_recordings_folder_cannot_be_made(self):
        self.recordings = os.path.join(self.write("file", b""), "recordings")
        self.assert_refused(self.run_program("true"), 125, self.recordings)

    def test_output_cannot_be_written(self):
        """Seen before PROGRAM starts, in every place."""
        started = os.path.join(self.work, "started")
        missing, full = os.path.join(self.work, "missing", "report"), os.path.join(self.work, "good")
        for wrong in missing, self.work, os.path.join(self.write("file", b""), "report"):
            done = commands.finleak("run", "-d", self.recordings, "-o", full, "-f", "json", "-o",
                                    wrong, "--", "touch", started)
            self.assert_refused(done, 125, "cannot write " + wrong)
            for path in started, full, self.recordings:
                self.assertFalse(os.path.exists(path))
            self.run_program("true")
            self.assert_refused(commands.finleak("report", "-o", wrong, self.recordings), 125, wrong)
            self.assert_refused(commands.finleak("scan", "-o", wrong), 125, wrong)
            shutil.rmtree(self.recordings)

    def test_output_that_is_there_stays_until_it_is_written(self):
        path = self.write("report", b"an earlier report")
        done = self.run_program("cmp", path, self.write("copy", b"an earlier report"))
        self.assertEqual(done.returncode, 0)
        with open(path) as file:
            self.assertIn("no leaks", file.read())

    def test_output_to_a_pipe(self):
        path = os.path.join(self.work, "report")
        os.mkfifo(path)
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE, text=True) as reader:
            self.addCleanup(reader.kill)
            self.assertEqual(self.run_program("true").returncode, 0)
            self.assertIn("no leaks", reader.communicate()[0])

    # Nothing to look at

    def test_report_of_nothing(self):
        self.assert_refused(commands.finleak("report", self.work), 125, self.work)
        path = os.path.join(self.work, "missing")
        self.assert_refused(commands.finleak("report", path), 125, path)

    def test_program_that_drops_the_recorder(self):
        """Nothing was recorded of what mattered: that must not pass for clean."""
        done = self.run_program("env", "-u", "LD_PRELOAD", *commands.sample_command("after_eof"))
        document = commands.report(self.recordings)[1]
        self.assertEqual(done.returncode, 0, done.stderr)
        blind = [text for p in document["processes"] for text in p["blind_spots"]]
        self.assertTrue(blind, document["processes"])

    def blind_spots(self):
        document = commands.report(self.recordings)[1]
        return [text for p in document["processes"] for text in p["blind_spots"]]

    @unittest.skipUnless(STATIC_PROGRAM, "no static libc to build a static program with")
    def test_program_that_becomes_one_that_cannot_be_recorded(self):
        done = self.run_after_a_connection(STATIC_PROGRAM)
        self.assertEqual(done.returncode, 125, done.stderr)
        self.assertTrue([text for text in self.blind_spots() if "it is static" in text])

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_program_that_becomes_another_users(self):
        done = self.run_after_a_connection("setpriv", "--reuid=65534", "--clear-groups", "true")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.blind_spots(), [])

    def test_program_that_becomes_another_one(self):
        done = self.run_program("env", "true", options=["-e", "9"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.blind_spots(), [])


if __name__ == "__main__":
    unittest.main()
