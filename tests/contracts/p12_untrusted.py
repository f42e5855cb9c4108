# SPDX-License-Identifier: MIT
"""P12: a recording is hostile input, and so is what lies beside it. The basics; tests/fuzz and
tests/unit go further.

Recordings and observations are damaged at random where they hold something. The seed is printed;
FINLEAK_CONTRACT_SEED repeats it, FINLEAK_CONTRACT_DAMAGES is how many.

When it fails with a signal: recording_reader.c let an offset, a count or an id pass, or somebody
behind it reads the file again. With a timeout: a count out of the file drives a loop. With control
characters: a name went into the report as it came.
"""

import json
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import time

from recorded import COMMAND, PATIENCE, Test, main, program

DAMAGES = int(os.environ.get("FINLEAK_CONTRACT_DAMAGES", 60))
# A row in each table of an observation: an unread FIN, one that died in the queue of a listener, and
# one that was closed and that a program without the recorder keeps.
STUCK = """
import os, socket, subprocess, time
listener = socket.create_server(("127.0.0.1", 0), backlog=16)
def connect():
    client = socket.create_connection(listener.getsockname())
    return client, listener.accept()[0]
client, unread = connect()
client.close()
client, kept = connect()
bare = {name: text for name, text in os.environ.items() if name != "LD_PRELOAD"}
child = subprocess.Popen(["sleep", "1000"], pass_fds=[kept.fileno()], env=bare)
kept.close()
client.close()
silent = socket.create_server(("127.0.0.1", 0), backlog=16)
socket.create_connection(silent.getsockname()).close()
print("ready", flush=True)
time.sleep(1000)
"""

# Where the counts of the three tables are, and where the head ends: observation_file.c.
COUNTS = struct.Struct("<28x3I")

WORDS = [b"\xff" * 4, b"\x00" * 4, b"\x00\x00\x00\x80", b"\xff\xff\xff\x7f",
         b"\x01\x00\x00\x00"]

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
                target.write(chance.choice([*WORDS, chance.randbytes(4), chance.randbytes(8)]))
            if chance.random() < 0.2:
                target.truncate(chance.choice([0, 1, 100, 4096, chance.randrange(1 << 28)]))

    @staticmethod
    def chance():
        seed = os.environ.get("FINLEAK_CONTRACT_SEED") or str(random.randrange(10**9))
        print(f"seed {seed}", flush=True)
        return random.Random(seed)

    def check_report(self, damaged, form):
        done = self.report(damaged, f"--format={form}", "--all", "--min-held=0ms",
                           "--idle=0ms")
        self.assertIn(done.returncode, (0, 125), done.stderr[-2000:])
        if form == "json" and done.returncode == 0:
            json.loads(done.stdout)
        self.assertNotIn(b"\x1b", done.stdout + done.stderr)
        return done

    def test_damaged(self):
        chance = self.chance()
        self.run_well([program("rounds"), "tcp", "20"])
        original, = self.recording_files()
        damaged = self.folder / "damaged.finleak"
        for turn in range(DAMAGES):
            self.damage(original, damaged, chance)
            form = chance.choice(["text", "json"])
            with self.subTest(turn=turn, form=form):
                self.check_report(damaged, form)

    def observe(self):
        """Records STUCK until an observation has rows in all tables: the recording's path."""
        command = [COMMAND, "run", "-d", str(self.recordings), "-o", os.devnull, "--",
                   sys.executable, "-c", STUCK]
        run = self.start(command, recorded=False)
        self.assertEqual(run.stdout.readline(), b"ready\n")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            run.send_signal(signal.SIGUSR1)
            for observed in self.recordings.glob("*.observed"):
                if all(COUNTS.unpack_from(observed.read_bytes())):
                    run.terminate()
                    run.wait(timeout=PATIENCE)
                    return observed.with_suffix(".finleak")
            time.sleep(0.05)
        self.fail("no observation with all that is stuck")

    def test_damaged_observation(self):
        chance = self.chance()
        original = self.observe()
        observed = original.with_suffix(".observed")
        content = observed.read_bytes()
        self.assertTrue(all(COUNTS.unpack_from(content)), "the last look saw less")
        classes = {leak["class"] for leak in
                   json.loads(self.check_report(original, "json").stdout)["leaks"]}
        self.assertLessEqual({"fin-unread", "never-accepted", "held-elsewhere"}, classes)
        for turn in range(DAMAGES):
            damaged = bytearray(content)
            for _ in range(chance.choice([1, 4, 100])):
                # Past the head mostly: what does not fit there is not read at all.
                start = chance.choice([0, *[COUNTS.size] * 9])
                at = chance.randrange(start, len(damaged)) // 4 * 4
                word = chance.choice([*WORDS, chance.randbytes(4), b"\x1b[2J"])
                damaged[at:at + 4] = word[:len(damaged) - at]
            if chance.random() < 0.1:
                del damaged[chance.randrange(len(damaged)):]
            observed.write_bytes(damaged)
            form = chance.choice(["text", "json"])
            with self.subTest(turn=turn, form=form):
                done = self.check_report(original, form)
                # The recording itself is sound, but what the kernel showed may be lost.
                lost = b"has a sample (.observed) that is damaged" in done.stderr
                self.assertEqual(done.returncode, 125 if lost else 0)

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
