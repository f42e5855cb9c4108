# SPDX-License-Identifier: MIT
"""Packs: the same report of one small file elsewhere, and what a hostile one may not do."""
import io
import os
import shutil
import signal
import subprocess
import tarfile
import unittest

import commands

BLOCK = 128 * 1024


def zstd(parts):
    """A frame of zstd of PARTS: bytes, as they are, or a number of zeros, as runs of one byte."""
    blocks = []
    for part in parts:
        if isinstance(part, int):
            blocks += [(1, BLOCK, b"\0")] * (part // BLOCK)
        else:
            blocks += [(0, len(part[at:at + BLOCK]), part[at:at + BLOCK])
                       for at in range(0, len(part), BLOCK)]
    # No size of the content, and a window of 128 KiB.
    frame = bytes.fromhex("28b52ffd") + bytes([0x00, 0x38])
    for number, (kind, size, data) in enumerate(blocks):
        last = number + 1 == len(blocks)
        frame += (last | kind << 1 | size << 3).to_bytes(3, "little") + data
    return frame


def archive(*members):
    """A tar archive of pairs of a name, or a TarInfo, and bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            if info.isreg():
                info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


class Packs(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = folder.name
        # What is taken out of packs goes there, and must go away again.
        self.temporary = os.path.join(self.work, "temporary")
        os.mkdir(self.temporary)

    def tearDown(self):
        self.assertEqual(os.listdir(self.temporary), [])

    def finleak(self, *arguments, **more):
        return commands.finleak(*arguments, env=commands.environment(TMPDIR=self.temporary), **more)

    def record(self, program, recordings):
        self.finleak("run", "-e", "5", "-d", recordings, "-o", os.path.join(self.work, "run.txt"), "--",
                     program)

    def test_the_same_report_elsewhere(self):
        """Without the program, its symbols and its source."""
        source = shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ids.c"), self.work)
        program = os.path.join(self.work, "ids")
        subprocess.run(["cc", "-O1", "-g", "-pthread", "-w", "-o", program, source], check=True)
        recordings = os.path.join(self.work, "recordings")
        for name in "first", "second":
            self.finleak("run", "--min-held=0", "-d", os.path.join(recordings, name), "-o",
                         os.path.join(self.work, "run.txt"), "--", program)
        options = ("--explain", "--sockets", "--full-stacks", "--all")
        formats = ((), ("-f", "json"))
        expected = [self.finleak("report", *options, *form, recordings).stdout for form in formats]
        self.assertIn("sink += read_end(accept_finished());", expected[0])
        done = self.finleak("pack", recordings, cwd=self.work)
        self.assertRegex(done.stderr,
                         r"\Afinleak: recordings\.tar\.zst has 2 recordings in \d+ KiB\n\Z")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        pack = os.path.join(self.work, "recordings.tar.zst")
        size = os.stat(pack)
        self.assertLess(size.st_size, 65536)
        self.assertLessEqual(size.st_size, size.st_blocks * 512)
        parts = [os.path.join(self.work, name) for name in ("first", "second")]
        for part in parts:
            self.finleak("pack", "-o", part, os.path.join(recordings, os.path.basename(part)))
        shutil.rmtree(recordings)
        os.unlink(program)
        os.unlink(source)
        for packs in [pack], parts:
            self.assertEqual([self.finleak("report", *options, *form, *packs).stdout
                              for form in formats], expected)
        # By the options of the run, and the gate holds.
        self.assertEqual(self.finleak("report", "-e", "5", pack).returncode, 5)
        self.assertIn(" 5 unchanged\n", self.finleak("diff", "-e", "5", *parts).stdout)

    @unittest.skipUnless(shutil.which("node"), "needs node")
    def test_code_made_at_run_time_has_names_too(self):
        recordings = os.path.join(self.work, "recordings")
        self.finleak("run", "-d", recordings, "-o", os.path.join(self.work, "run.txt"), "--", "node",
                     os.path.join(commands.SOURCES, "node_server.js"))
        self.finleak("pack", recordings, cwd=self.work)
        shutil.rmtree(recordings)
        status, document, _ = commands.report(recordings + ".tar.zst")
        self.assertEqual((status, [leak["site"]["function"] for leak in commands.leaks_of(document)]),
                         (0, ["echo"]))

    def test_other_options_have_names_too(self):
        """What was no finding when the pack was made is one by other options."""
        program = shutil.copy(commands.sample_command("late_close")[0], self.work)
        recordings, pack = os.path.join(self.work, "recordings"), os.path.join(self.work, "pack")
        self.record(program, recordings)
        self.finleak("pack", "-o", pack, recordings)
        option = "--late=1ms"
        expected = self.finleak("report", "-f", "json", option, recordings).stdout
        os.unlink(program)
        self.assertIn('"function": "', expected)
        self.assertEqual(self.finleak("report", "-f", "json", option, pack).stdout, expected)

    def test_nothing_to_pack(self):
        empty = os.path.join(self.work, "empty")
        os.mkdir(empty)
        for arguments in ((empty,), (os.path.join(self.work, "none"),), (), (empty, empty)):
            done = self.finleak("pack", *arguments, cwd=self.work)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (125, 1))
        self.assertEqual(sorted(os.listdir(self.work)), ["empty", "temporary"])

    def refused(self, data, reason, name="hostile"):
        path = os.path.join(self.work, name)
        with open(path, "wb") as file:
            file.write(data)
        done = self.finleak("report", path, cwd=self.work)
        self.assertEqual((done.returncode, done.stdout), (125, ""))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn("finleak: %s is not a readable pack: " % path, done.stderr)
        self.assertIn(reason, done.stderr)

    def test_no_path_escapes(self):
        outside = os.path.join(self.work, "outside.finleak")
        for name in ("../outside.finleak", outside, "recordings/../../outside.finleak",
                     "recordings/./x.finleak", "recordings//x.finleak", "recordings/.x.finleak",
                     "recordings/.git/x.finleak", "outside.finleak", "recordings/x", "recordings/x.sh",
                     "recordings/" + "a/" * 9 + "x.finleak", "recordings/" + "a" * 300 + ".finleak",
                     "symbols.json.finleak"):
            with self.subTest(name):
                self.refused(zstd([archive((name, b"x"))]), "no pack has a file of that name")
        for kind, target in ((tarfile.SYMTYPE, outside), (tarfile.LNKTYPE, "/etc/passwd"),
                             (tarfile.FIFOTYPE, ""), (tarfile.CHRTYPE, ""), (tarfile.DIRTYPE, "")):
            self.refused(zstd([archive((special("recordings/x.finleak", kind, target), b""))]),
                         "it is not a file")
        # Through a link that the pack has brought along.
        self.refused(zstd([archive((special("recordings/x", tarfile.SYMTYPE, self.work), b""),
                                   ("recordings/x/outside.finleak", b"x"))]), "it is not a file")
        self.refused(zstd([archive(("recordings/x.finleak", b"x"), ("recordings/x.finleak", b"y"))]),
                     "File exists")
        self.refused(zstd([archive(("recordings/x.finleak", b"x"),
                                   ("recordings/x.finleak/y.finleak", b"y"))]), "Not a directory")
        self.assertFalse(os.path.exists(outside))

    def test_names_are_escaped(self):
        self.refused(zstd([archive(("recordings/\x1b[31m\n.exe", b"x"))]), r"\x1b[31m\x0a.exe")

    def test_broken_ones(self):
        good = zstd([archive(("recordings/x.finleak", b"x" * 5000))])
        self.refused(good[:-3000], "runcated")
        self.refused(good[:4] + b"\xff" * 50, "")
        self.refused(zstd([b"no archive" * 100]), "")
        for text in (b"", b"{", b"[]", b"{}", b"[" * 100000,
                     b'{"schema": "finleak-symbols/2", "calls": [], "lines": []}'):
            self.refused(zstd([archive(("symbols.json", text))]), "symbols.json: it has no names of code")

    def test_bounds(self):
        """A pack of some KiB that claims many GiB takes neither the disk nor the memory."""
        info = tarfile.TarInfo("recordings/x.finleak")
        info.size = 1 << 40
        data = zstd([info.tobuf(tarfile.PAX_FORMAT), 5 << 30])
        self.assertLess(len(data), 1 << 18)
        self.refused(data, "there is too much in it")
        info.size = 1 << 41
        self.refused(zstd([info.tobuf(tarfile.PAX_FORMAT), 1 << 20]), "its size is impossible")
        info = tarfile.TarInfo("symbols.json")
        info.size = 1 << 30
        self.refused(zstd([info.tobuf(tarfile.PAX_FORMAT), 1 << 20]), "it is too large")

    def test_nothing_stays_of_an_interrupted_report(self):
        """However it ends while it takes a pack apart."""
        info = tarfile.TarInfo("recordings/x.finleak")
        info.size = 7 << 29
        path = os.path.join(self.work, "large")
        with open(path, "wb") as file:
            file.write(zstd([info.tobuf(tarfile.PAX_FORMAT), info.size]))
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL:
            with self.subTest(number), subprocess.Popen(
                    [commands.FINLEAK, "report", path], stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL, start_new_session=True,
                    env=commands.environment(TMPDIR=self.temporary)) as process:
                commands.wait_for("a folder", lambda: os.listdir(self.temporary))
                # As Ctrl-C does: to all processes of the terminal.
                if number == signal.SIGKILL:
                    process.kill()
                else:
                    os.killpg(process.pid, number)
                self.assertEqual(process.wait(commands.PATIENCE), -number)
                commands.wait_for("its end", lambda: not os.listdir(self.temporary))

    def test_hostile_recordings(self):
        """What is in a pack is as hostile as any recording."""
        path = os.path.join(self.work, "hostile")
        with open(path, "wb") as file:
            file.write(zstd([archive(
                ("symbols.json", b'{"schema": "finleak-symbols/1", "calls": [1, {}, {"module": "x", '
                 b'"identity": "y", "offset": -1, "frames": [null, 2]}], "lines": [{"number": 1e99}]}'),
                ("recordings/x.finleak", b"no recording"), ("recordings/run.json", b"{"))]))
        done = self.finleak("report", path)
        self.assertEqual((done.returncode, done.stdout), (125, ""))
        self.assertIn("x.finleak", done.stderr)


if __name__ == "__main__":
    unittest.main()
