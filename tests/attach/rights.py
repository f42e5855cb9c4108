# SPDX-License-Identifier: MIT
"""What finleak needs to record from the kernel: the capabilities that it names are enough, though
with them it may see only all calls of all processes; where it can't, it says why in one line."""
import os
import signal
import subprocess
import unittest

import attaching
import commands

NAMED = "+bpf,+perfmon,+sys_ptrace,+dac_read_search"


def limited(capabilities):
    return ["setpriv", "--bounding-set=-all" + "," * bool(capabilities) + capabilities]


class Rights(attaching.Recorded):
    def setUp(self):
        super().setUp()
        commands.needs("setpriv")
        if os.geteuid() or subprocess.run(limited("") + ["true"]).returncode:
            self.skipTest("capabilities can't be dropped")

    def refuse(self, *command, launcher=()):
        """The line that `finleak attach` prints when it can't."""
        done = subprocess.run([*launcher, commands.FINLEAK, "attach", *self.options, *command],
                              env=commands.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=commands.PATIENCE)
        self.assertEqual((done.returncode, done.stdout), (125, ""), done.stderr)
        line, = done.stderr.splitlines()
        return line

    def test_the_capabilities_that_are_named_are_enough(self):
        command = [*commands.sample_command("error_path", False), "--self-test", "4"]
        with attaching.Program(command) as program:
            with attaching.Attached([program.pid], *self.options,
                                    launcher=limited(NAMED)) as attached:
                program.go()
                self.assertEqual(attached.wait(), 0, attached.err)
        leak, = commands.leaks_of(commands.load_report(self.output))
        self.assertEqual((leak["class"], leak["count"]), ("eof-unclosed", 2))

    def test_without_them_one_line_names_them(self):
        line = self.refuse(str(os.getpid()), launcher=limited(""))
        self.assertIn("needs CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE", line)

    def test_a_process_that_is_gone_is_one_line(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        self.assertIn("no process %d" % gone.pid, self.refuse(str(gone.pid)))

    def test_a_process_that_nobody_has_waited_for_is_one_line(self):
        dead = subprocess.Popen(["true"])
        os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
        self.assertIn("no process %d" % dead.pid, self.refuse(str(dead.pid)))
        dead.wait()

    def test_what_does_not_name_a_process_is_one_line(self):
        for wrong in "0", "-5", "1x", "99999999999999999999", "":
            self.assertIn("is not a process ID", self.refuse("--", wrong))

    def test_a_kernel_that_does_not_describe_its_types_is_one_line(self):
        hidden = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /sys/kernel && exec "$@"', "sh"]
        if subprocess.run(hidden + ["true"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("nothing can be mounted")
        self.assertIn("/sys/kernel/btf/vmlinux is missing",
                      self.refuse(str(os.getpid()), launcher=hidden))

    def test_a_pid_namespace_of_its_own_is_one_line(self):
        """Process IDs are others there than in the kernel: nothing would be recorded."""
        inside = ["unshare", "-pf", "--mount-proc"]
        if subprocess.run(inside + ["true"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no PID namespace can be made")
        self.assertIn("runs in a PID namespace of its own", self.refuse("1", launcher=inside))

    def test_a_target_that_is_killed_ends_its_recording(self):
        with attaching.Program(["true"]) as program:
            with attaching.Attached([program.pid], *self.options) as attached:
                os.killpg(program.pid, signal.SIGKILL)
                self.assertEqual(attached.wait(), 0, attached.err)

    def test_finleak_killed_leaves_the_target_and_a_recording(self):
        with attaching.Program(["true"]) as program:
            with attaching.Attached([program.pid], *self.options) as attached:
                attached.stop(signal.SIGKILL)
            program.go()
            self.assertEqual(program.process.wait(commands.PATIENCE), 0)
        self.assertIsNotNone(commands.report(self.recordings)[1])

    def test_two_can_be_attached_to_one_process(self):
        command = [*commands.sample_command("error_path", False), "--self-test", "4"]
        with attaching.Program(command) as program:
            other = ["-o", "/dev/null", "-d", self.recordings + ".other"]
            with attaching.Attached([program.pid], *self.options) as attached:
                with attaching.Attached([program.pid], *other) as second:
                    program.go()
                    self.assertEqual(second.wait(), 0, second.err)
                    self.assertEqual(attached.wait(), 0, attached.err)
        leak, = commands.leaks_of(commands.load_report(self.output))
        self.assertEqual(leak["count"], 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
