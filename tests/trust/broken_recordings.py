# SPDX-License-Identifier: MIT
"""A folder full of broken recordings: each is named or read, none crashes or delays the report."""
import os
import shutil

import trust

WORDS = [b"\xff" * 4, b"\x00" * 4, b"\x00\x00\x00\x80", b"\xff\xff\xff\x7f", b"\x01\x00\x00\x00"]
HEADER = 4096


def copy_sparse(source, target):
    """Copies what the file holds and leaves its holes."""
    with open(source, "rb") as original, open(target, "wb") as copy:
        size = os.fstat(original.fileno()).st_size
        copy.truncate(size)
        end = 0
        while True:
            try:
                start = os.lseek(original.fileno(), end, os.SEEK_DATA)
            except OSError:
                return
            end = min(os.lseek(original.fileno(), start, os.SEEK_HOLE), size)
            original.seek(start)
            copy.seek(start)
            copy.write(original.read(end - start))


class BrokenRecordings(trust.Test):
    def check(self, folder, count, form):
        done = self.finleak("report", "-f", form, "--all", folder, patience=30 + count / 200)
        self.assertIn(done.status, (0, 125), done)
        self.assertNotIn(b"\x1b", done.out + done.err)
        return done

    def test_starts_of_recordings(self):
        """Cut short within the header, one byte damaged: rejected, each with one line."""
        count = trust.rounds(2000, 100000)
        chance = trust.chance()
        with open(self.recorded(), "rb") as file:
            start = file.read(HEADER)
        folder = self.folder / "broken"
        folder.mkdir()
        for number in range(count):
            bytes_ = bytearray(start[:chance.randrange(HEADER)])
            if bytes_ and chance.random() < 0.5:
                bytes_[chance.randrange(len(bytes_))] ^= 1 << chance.randrange(8)
            (folder / f"x.{number}.0.finleak").write_bytes(bytes_)
        done = self.check(folder, count, "text")
        self.assertEqual(done.status, 125, done)
        self.assertEqual(sum(line.startswith(b"finleak: " + os.fsencode(folder))
                             for line in done.err.splitlines()), count)
        if not trust.SANITIZED:
            self.assertLess(done.seconds, 5 + count / 5000, done)
            self.assertLess(done.megabytes, 200, done)

    def test_damaged_recordings(self):
        """Words changed where the file holds something: read as far as it makes sense."""
        count = trust.rounds(40, 2000)
        chance = trust.chance()
        original = self.recorded()
        folder = self.folder / "damaged"
        folder.mkdir()
        for number in range(count):
            damaged = folder / f"x.{number}.0.finleak"
            copy_sparse(original, damaged)
            with open(damaged, "r+b") as file:
                for _ in range(chance.choice([1, 4, 100])):
                    file.seek(chance.choice([chance.randrange(512), chance.randrange(HEADER),
                                             HEADER * chance.randrange(64)]) // 4 * 4)
                    file.write(chance.choice([*WORDS, chance.randbytes(4)]))
        for form in ("text", "json"):
            self.check(folder, count * 20, form)
        shutil.rmtree(folder)


if __name__ == "__main__":
    trust.main()
