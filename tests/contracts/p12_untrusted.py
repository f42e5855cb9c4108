# SPDX-License-Identifier: MIT
"""P12: a recording is hostile input. The basics; tests/fuzz and tests/unit go further.

Recordings are damaged at random where they hold something. The seed is printed;
FINLEAK_CONTRACT_SEED repeats it, FINLEAK_CONTRACT_DAMAGES says how many.

When it fails with a signal: recording_reader.c let an offset, a count or an id pass, or somebody
behind it reads the file again. With a timeout: a count out of the file drives a loop. With control
characters: a name went into the report as it came.
"""

import json
import os
import random
import resource
import shutil
import subprocess

from recorded import COMMAND, PATIENCE, Test, main, program

DAMAGES = int(os.environ.get("FINLEAK_CONTRACT_DAMAGES", 60))
MEMORY = 6 << 30 if "asan" not in COMMAND else resource.RLIM_INFINITY


class Untrusted(Test):
    def report(self, file, *arguments):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        environment = self.environment(recorded=False)
        return subprocess.run([COMMAND, "report", *arguments, str(file)], capture_output=True,
                              env=environment, timeout=PATIENCE, preexec_fn=limit)

    @staticmethod
    def extents(file):
        """Where the sparse file holds something: (start, end)."""
        end, size = 0, os.fstat(file.fileno()).st_size
        while True:
            try:
                start = os.lseek(file.fileno(), end, os.SEEK_DATA)
            except OSError:
                return
            end = min(os.lseek(file.fileno(), start, os.SEEK_HOLE), size)
            yield start, end

    def damage(self, original, damaged, chance):
        with open(original, "rb") as source, open(damaged, "wb") as target:
            target.truncate(os.fstat(source.fileno()).st_size)
            extents = list(self.extents(source))
            for start, end in extents:
                source.seek(start)
                target.seek(start)
                target.write(source.read(end - start))
            for _ in range(chance.choice([1, 1, 4, 100])):
                # The header most of all, then what is in use at the start of each section.
                start, end = chance.choice([(0, 512), *extents])
                target.seek(start + chance.randrange(min(end - start, 4096)) // 4 * 4)
                target.write(chance.choice([
                    b"\xff" * 4, b"\x00" * 4, b"\x00\x00\x00\x80", b"\xff\xff\xff\x7f",
                    b"\x01\x00\x00\x00", chance.randbytes(4), chance.randbytes(8)]))
            if chance.random() < 0.2:
                target.truncate(chance.choice([0, 1, 100, 4096, chance.randrange(1 << 28)]))

    def test_damaged(self):
        seed = os.environ.get("FINLEAK_CONTRACT_SEED") or str(random.randrange(10**9))
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        self.run_well([program("rounds"), "tcp", "20"])
        original, = self.recording_files()
        damaged = self.folder / "damaged.finleak"
        for turn in range(DAMAGES):
            self.damage(original, damaged, chance)
            form = chance.choice(["text", "json"])
            with self.subTest(turn=turn, form=form):
                done = self.report(damaged, f"--format={form}")
                self.assertIn(done.returncode, (0, 125), done.stderr[-2000:])
                if form == "json" and done.returncode == 0:
                    json.loads(done.stdout)
                self.assertNotIn(b"\x1b", done.stdout + done.stderr)

    def test_names_that_try_to_be_more(self):
        folder = self.folder / "\x1b]0;title\x07<script>\"'&\nleak: 0"
        folder.mkdir()
        shutil.copy(program("rounds"), folder / "\x1b[2Jx")
        self.run_well([str(folder / "\x1b[2Jx"), "tcp", "1"])
        file, = self.recording_files()
        for form in ("text", "json"):
            done = self.report(file, f"--format={form}", "--all", "--color=never")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertFalse(set(done.stdout + done.stderr) & set(b"\x1b\x07\r"), done.stdout)
            self.assertNotIn(b"\nleak: 0", done.stdout)
            if form == "json":
                self.assertIn("script", json.loads(done.stdout)["processes"][0]["executable"])


if __name__ == "__main__":
    main()
