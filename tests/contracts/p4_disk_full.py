# SPDX-License-Identifier: MIT
"""P4: a full disk is never the program's trouble; what does not fit is counted as lost.

When a program dies of SIGBUS: a page of the recording was stored to without ledger_reserve()
having granted it. Of SIGXFSZ: the file grew over RLIMIT_FSIZE. When lost counters stay 0: a
failed reservation is not counted, so the report would say "clean" of a program that nobody watched.
"""

import ctypes
import os
import pathlib
import resource
import subprocess
import unittest

from recorded import Test, main, program, read

MIB = 1 << 20
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_PRIVATE_ALL = (1 << 18) | (1 << 14)

libc = ctypes.CDLL(None, use_errno=True)


def enter_mount_namespace():
    """In a mount namespace of our own tmpfs can be mounted and go away with us."""
    user = os.getuid()
    if libc.unshare(CLONE_NEWNS) != 0:
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
            return False
        pathlib.Path("/proc/self/setgroups").write_text("deny")
        pathlib.Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    return libc.mount(b"none", b"/", None, MS_PRIVATE_ALL, None) == 0


class FullDisk(Test):
    in_namespace = None

    def setUp(self):
        super().setUp()
        if FullDisk.in_namespace is None:
            FullDisk.in_namespace = enter_mount_namespace()
        if not FullDisk.in_namespace:
            self.skipTest("mounting is not permitted here")

    def mount(self, size):
        self.recordings.mkdir(exist_ok=True)
        if libc.mount(b"tmpfs", str(self.recordings).encode(), b"tmpfs", 0,
                      f"size={size}".encode()) != 0:
            self.skipTest(f"tmpfs: {os.strerror(ctypes.get_errno())}")
        self.addCleanup(libc.umount2, str(self.recordings).encode(), 2)

    def fill(self):
        with open(self.recordings / "filler", "wb", buffering=0) as filler:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    pass
        room = os.statvfs(self.recordings)
        self.assertEqual(room.f_bavail, 0)

    def test_full_from_the_start(self):
        self.mount(1 << 16)
        self.fill()
        self.same_as_bare([program("fills"), "once"])
        self.assertEqual(self.recording_files(), [])

    def test_any_amount_of_room(self):
        """From none to enough, a page at a time: each reservation fails once."""
        bare = self.run_program([program("fills"), "once"], recorded=False)
        for pages in range(1, 90):
            self.mount(pages * 4096)
            self.assertEqual(self.run_program([program("fills"), "once"]), bare, f"{pages} pages")
            for recording in self.all_recordings():
                lost = sum(recording["lost"].values())
                whole = recording["opened"] == 702 and lost == 0
                self.assertTrue(whole or lost > 0, f"{pages} pages: {recording['lost']}")
            libc.umount2(str(self.recordings).encode(), 2)
        self.assertTrue(whole, "the last had room enough")

    def test_fills_up(self):
        self.mount(4 * MIB)
        process = self.start([program("fills"), "while"], stdin=subprocess.PIPE)
        self.assertIn(b"fill\n", iter(process.stdout.readline, b""))
        file, = self.recording_files()
        self.assertEqual(sum(read(file)["lost"].values()), 0)
        self.fill()
        process.stdin.write(b"\n")
        process.stdin.flush()
        self.assertIn(b"empty\n", iter(process.stdout.readline, b""))
        full = read(file)
        self.assertEqual(full["faults"], [])
        self.assertGreater(full["lost"]["sockets"], 1000)
        self.assertGreater(full["lost"]["stacks"], 0)
        # And when there is room again, recording goes on.
        (self.recordings / "filler").unlink()
        process.stdin.write(b"\n")
        process.stdin.flush()
        cookie = int(process.stdout.readline())
        _, err = process.communicate()
        self.assertEqual((process.returncode, err), (7, b""))
        row, = [row for row in read(file)["sockets"] if row["cookie"] == cookie]
        self.assertGreater(row["eof_ns"], 0)
        self.assertGreater(len(row["read_eof"]), 2)


class Limits(Test):
    def limited(self, which, value):
        self.same_as_bare([program("fills"), "once"],
                          preexec_fn=lambda: resource.setrlimit(which, (value, value)))
        for recording in self.all_recordings():
            self.assertGreater(recording["opened"], 100)

    def test_file_size(self):
        for size in (0, 4096, MIB, 8 * MIB, 64 * MIB, 400 * MIB):
            with self.subTest(size=size):
                self.limited(resource.RLIMIT_FSIZE, size)

    def test_address_space(self):
        for size in (16, 24, 32, 64, 128, 256, 400, 1024):
            with self.subTest(mib=size):
                self.limited(resource.RLIMIT_AS, size * MIB)

    def test_descriptors(self):
        for count in (4, 5, 8, 600):
            with self.subTest(descriptors=count):
                self.same_as_bare(
                    [program("fills"), "once"],
                    preexec_fn=lambda n=count: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)))
                self.all_recordings()

    def test_locked_memory_and_data(self):
        # Less data than this, and libfinleak.so can't be loaded, nor libc after it.
        for which, size in ((resource.RLIMIT_MEMLOCK, 0), (resource.RLIMIT_DATA, 4 * MIB)):
            with self.subTest(which=which):
                self.same_as_bare(
                    [program("fills"), "once"],
                    preexec_fn=lambda w=which, n=size: resource.setrlimit(w, (n, n)))


class Folder(Test):
    def no_folder(self, folder, why, **more):
        """The program runs as it does bare, after one line with the reason."""
        self.recordings = folder
        recorded = self.run_program([program("fills"), "once"], **more)
        bare = self.run_program([program("fills"), "once"], recorded=False, **more)
        self.assertEqual(recorded[:2], bare[:2])
        self.assertRegex(recorded[2], "\\Afinleak: nothing is recorded in .* %s\n\\Z" % why)

    def test_below_a_file(self):
        (self.folder / "file").write_text("")
        self.no_folder(self.folder / "file" / "recordings", r"\(not a folder\)")

    def test_parent_is_missing(self):
        self.recordings = self.folder / "missing" / "recordings"
        self.same_as_bare([program("fills"), "once"])
        self.assertEqual(len(self.recording_files()), 1)

    def test_name_is_too_long(self):
        self.no_folder(self.folder / ("x" * 300), r"\(too long a name\)")

    def test_not_writable(self):
        def become_nobody():
            os.setgid(65534)
            os.setuid(65534)
        locked = self.folder / "locked"
        locked.mkdir(mode=0o555)
        os.chmod(self.folder, 0o755)
        more = {"preexec_fn": become_nobody} if os.getuid() == 0 else {}
        try:
            self.no_folder(locked, r"\(.*\)", **more)
        except PermissionError:
            raise unittest.SkipTest("nobody may not read the build folder")
        self.assertEqual(self.recording_files(), [])


if __name__ == "__main__":
    main()
