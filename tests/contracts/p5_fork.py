# SPDX-License-Identifier: MIT
"""P5: each process writes into a recording of its own, and nobody else does.

When it fails:
 - a parent's recording that changed: a child wrote to the shared mapping. In a vfork child the
   note lacks visit_by_vfork_child(); in a forked one something touched the tables ahead of
   visit_enter_child() (ledger_header is the parent's until then).
 - a storm that hangs: a lock was held by another thread when the child was made. The child can
   only hang in libunwind (backtrace_pause) or in something new that locks. (The loader's lock:
   loader_lock.)
 - a missing or needless file: process_after_fork_in_child(), visit_recording().
"""

import os
import shutil

from recorded import (BLIND_EXEC_UNSEEN, END_EXEC, END_EXEC_UNSEEN, END_EXIT, END_NONE, ORIGIN_EXEC,
                      ORIGIN_FORK, ORIGIN_ORPHAN, SOURCE_ACCEPT, SOURCE_EXEC, SOURCE_FORK, Test,
                      main, program, read)


def row_of(recording, cookie):
    """The row of socket COOKIE, or None."""
    rows = [row for row in recording["sockets"] if row["cookie"] == cookie]
    assert len(rows) <= 1, rows
    return rows[0] if rows else None


class Fork(Test):
    def family(self, what):
        """Runs it to its end; the cookies that it printed, recordings by origin."""
        out = self.run_well([program("family"), what])
        found = {}
        for recording in self.all_recordings():
            found.setdefault(recording["origin"], []).append(recording)
        return [int(line) for line in out.split()], found

    def test_generations(self):
        cookies, found = self.family("generations")
        held, of_child, of_grandchild = cookies
        parent, = found.pop(ORIGIN_EXEC)
        child, grandchild = sorted(found.pop(ORIGIN_FORK),
                                   key=lambda one: one["parent_pid"] != parent["pid"])
        self.assertFalse(found)
        self.assertEqual(child["parent_pid"], parent["pid"])
        self.assertEqual(grandchild["parent_pid"], child["pid"])
        self.assertEqual([parent["heirs"], child["heirs"], grandchild["heirs"]], [1, 1, 0])
        self.assertGreater(child["birth_frames"], 1)
        for recording, sources in ((parent, [SOURCE_ACCEPT, None, None]),
                                   (child, [SOURCE_FORK, SOURCE_ACCEPT, None]),
                                   (grandchild, [SOURCE_FORK, SOURCE_FORK, SOURCE_ACCEPT])):
            self.assertEqual(recording["end"], END_EXIT)
            self.assertEqual(sum(recording["lost"].values()), 0)
            for cookie, source in zip(cookies, sources):
                row = row_of(recording, cookie)
                self.assertEqual(row and row["source"], source)
                if row:
                    self.assertGreater(row["eof_ns"], 0)
                    self.assertGreater(len(row["read_eof"]), 2)
        self.assertEqual(row_of(parent, held)["read_eof"], row_of(grandchild, held)["read_eof"])
        self.assertIsNotNone(row_of(grandchild, of_child))
        self.assertIsNotNone(row_of(grandchild, of_grandchild))

    def test_child_without_sockets_makes_no_file(self):
        self.run_well([program("family"), "without_sockets"])
        self.assertEqual(self.the_recording()["opened"], 0)

    def separate(self, what, files, origin):
        """What the child does must change nothing in the parent's recording."""
        process = self.start([program("family"), what], stdin=-1)
        held = int(process.stdout.readline())
        self.assertEqual(process.stdout.readline(), b"before\n", what)
        # The child may have made its own already.
        file, = [file for file in self.recording_files() if f".{process.pid}." in file.name]
        before = read(file)
        process.stdin.write(b"\n")
        process.stdin.flush()
        printed = [line for line in iter(process.stdout.readline, b"after\n") if line]
        after = read(file)
        _, err = process.communicate(b"\n")
        self.assertEqual((process.returncode, err), (0, b""))
        # But for the one number by which each child shows that it has been recorded.
        self.assertEqual({**after, "heirs": 0}, {**before, "heirs": 0})
        self.assertGreater(row_of(after, held)["eof_ns"], 0)
        self.assertEqual(after["end"], END_NONE)
        found = self.all_recordings()
        self.assertEqual(len(found), files)
        for child in found:
            if child["pid"] == after["pid"]:
                continue
            self.assertEqual(child["origin"], origin)
            self.assertEqual(child["parent_pid"], after["pid"])
            self.assertGreater(child["closed"], 200)
            # Of the two that it left it closed the first.
            self.assertIsNone(row_of(child, int(printed[0])))
            self.assertGreater(row_of(child, int(printed[1]))["eof_ns"], 0)

    def test_fork(self):
        self.separate("fork", 2, ORIGIN_FORK)

    def test_fork_without_handlers(self):
        self.separate("_Fork", 2, ORIGIN_FORK)

    def test_raw_clone(self):
        self.separate("clone", 2, ORIGIN_ORPHAN)

    def test_raw_fork(self):
        self.separate("raw_fork", 2, ORIGIN_ORPHAN)

    def test_vfork(self):
        self.separate("vfork", 1, None)

    def test_exec_adopts(self):
        (held,), found = self.family("exec")
        first, second = sorted(found.pop(ORIGIN_EXEC), key=lambda one: one["end"] != END_EXEC)
        self.assertFalse(found)
        self.assertEqual((first["end"], second["end"]), (END_EXEC, END_EXIT))
        self.assertEqual(first["pid"], second["pid"])
        self.assertGreater(row_of(first, held)["eof_ns"], 0)
        row = row_of(second, held)
        self.assertEqual(row["source"], SOURCE_EXEC)
        self.assertGreater(row["eof_ns"], 0)
        self.assertEqual(len(second["sockets"]), 2)

    def test_exec_without_recorder_is_said(self):
        _, found = self.family("exec_unseen")
        only, = found.pop(ORIGIN_EXEC)
        self.assertEqual(only["end"], END_EXEC_UNSEEN)
        self.assertTrue(only["blind"] & BLIND_EXEC_UNSEEN)

    def test_exec_by_an_unrecorded_child_is_said(self):
        self.run_well([program("family"), "child_exec_unseen"])
        only = self.the_recording()
        self.assertEqual(only["end"], END_EXIT)
        self.assertTrue(only["blind"] & BLIND_EXEC_UNSEEN)

    def test_exec_by_an_unrecorded_child_that_fails(self):
        self.run_well([program("family"), "child_exec_fails"])
        self.assertFalse(self.the_recording()["blind"])

    def test_exec_of_a_file_with_other_rights_is_said(self):
        if os.getuid() != 0:
            self.skipTest("only root can make such a file of another user")
        other = self.folder / "set_uid"
        shutil.copy(program("family"), other)
        os.chown(other, 65534, -1)
        other.chmod(0o4755)
        if os.statvfs(other).f_flag & os.ST_NOSUID:
            self.skipTest("set-uid files are not respected here")
        for how in "child_execs", "spawns":
            with self.subTest(how):
                for file in self.recording_files():
                    file.unlink()
                self.run_well([program("family"), how, str(other)])
                self.assertTrue(self.the_recording()["blind"] & BLIND_EXEC_UNSEEN)
        for file in self.recording_files():
            file.unlink()
        self.run_well([program("family"), "child_execs", program("family")])
        self.assertFalse(self.all_recordings()[0]["blind"])

    def test_storm(self):
        (held,), found = self.family("storm")
        parent, = found.pop(ORIGIN_EXEC)
        self.assertEqual(parent["lost"]["children"], 0)
        self.assertEqual(len(found[ORIGIN_FORK]), 180)
        self.assertEqual(parent["heirs"], 180)
        self.assertGreater(row_of(parent, held)["eof_ns"], 0)
        for child in found[ORIGIN_FORK]:
            self.assertEqual(child["parent_pid"], parent["pid"])
            self.assertGreater(row_of(child, held)["eof_ns"], 0)

    def test_daemon(self):
        (held, later), found = self.family("daemon")
        parent, = found.pop(ORIGIN_EXEC)
        child, = found.pop(ORIGIN_FORK)
        self.assertEqual(parent["end"], END_EXIT)
        self.assertEqual(row_of(child, held)["source"], SOURCE_FORK)
        self.assertEqual(row_of(child, later)["source"], SOURCE_ACCEPT)
        self.assertIsNone(row_of(parent, later))

    def test_child_older_than_its_parents_modules(self):
        cookies, found = self.family("early_child")
        parent, = found.pop(ORIGIN_EXEC)
        child, = found.pop(ORIGIN_ORPHAN)
        for recording, cookie in zip((parent, child), cookies):
            row = row_of(recording, cookie)
            for frame in row["opened"] + row["read_eof"]:
                self.assertIn("module", frame)

    def test_child_that_outlives_its_parent(self):
        _, found = self.family("outlive")
        parent, = found.pop(ORIGIN_EXEC)
        child, = found.pop(ORIGIN_FORK)
        self.assertEqual(parent["heirs"], 1)
        self.assertEqual(child["parent_pid"], parent["pid"])


if __name__ == "__main__":
    main()
