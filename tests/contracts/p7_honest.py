# SPDX-License-Identifier: MIT
"""P7: what the recorder could not see is counted.

When it fails: something went by in silence, and a report calls "clean" what nobody examined.
Count it where it is found out (enum recording_lost, enum recording_blind), never drop it. Lost
sockets and stacks: p4_disk_full. A program that takes
the recorder away: p5_fork.
"""

import resource

from recorded import BLIND_IO_URING, END_EXIT, SKIPPED, Test, main, program

MIB = 1 << 20


class Honest(Test):
    def honest(self, what, **more):
        status, out, err = self.run_program([program("honest"), what], **more)
        if status == SKIPPED:
            self.skipTest("not to be had on this machine")
        self.assertEqual((status, out, err), (0, "", ""))
        return self.the_recording()

    def test_unseen_ends(self):
        recording = self.honest("unseen_ends")
        # The last one is found missing by the look at the end.
        self.assertEqual(recording["lost"]["unseen_ends"], 3)
        self.assertEqual(recording["end"], END_EXIT)
        self.assertEqual(recording["opened"], 4)
        self.assertEqual(recording["open_now"], 1)
        self.assertEqual(len(recording["sockets"]), 1)

    def test_descriptor_beyond_the_table(self):
        recording = self.honest("far_descriptor", preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_AS, (200 * MIB, 200 * MIB)))
        self.assertEqual(recording["lost"]["descriptors"], 1)
        row, = recording["sockets"]
        self.assertEqual(row["numbers"], [3])

    def test_news_inside_of_the_recorder(self):
        recording = self.honest("reentered")
        lost = recording["lost"]
        print(f"{lost['reentered']} of 900 closes interrupted the recorder", flush=True)
        self.assertGreater(lost["reentered"], 0)
        # Each is found out: when its number comes up again, or by the look at the end.
        self.assertEqual(lost["unseen_ends"], lost["reentered"])
        self.assertEqual(recording["open_now"], 0)
        self.assertEqual(recording["sockets"], [])
        self.assertEqual(recording["opened"], recording["closed"])

    def test_io_uring(self):
        self.assertTrue(self.honest("ring")["blind"] & BLIND_IO_URING)


if __name__ == "__main__":
    main()
