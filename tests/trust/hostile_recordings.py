# SPDX-License-Identifier: MIT
"""Small recordings that are made to cost much: a report takes time and memory in proportion to the
file. They are real ones whose tables were replaced: preload/recording/recording.h."""
import struct
import subprocess
import time

import trust

(DESCRIPTORS, SOCKETS, STACKS, MODULES, STRINGS, TOTALS, DEPARTURES, BIRTHS, SCRIPTS,
 POLLERS) = range(10)
CLOSE_WAIT = 8

# Of struct recorded_socket.
COOKIE, EOF_NS, LOOKED_NS, STACKS_OF_ROW = 8, 24, 64, 72
TCP_STATE, RECEIVE_QUEUE = 127, 176
LABELS = 248
INTEREST, WATCHED = 116, 1 << 27 | 1

# Sizes and fields of what tables of departures, births and pollers have; of observations' rows.
DEPARTURE = struct.Struct("<QQQIIIBBxxiI40xIIIIQQ48xI12x")
BIRTH = struct.Struct("<QiIII")
POLLER = struct.Struct("<QQiI")


class Recording:
    def __init__(self, file):
        with open(file, "rb") as source:
            head = source.read(65536)
            self.size, count = struct.unpack_from("<II", head, 16)
            # Where sections go on: here each is in one piece. Behind that is header.polled.
            extents = self.size - POLLER.size - 16 * count
            self.header = head[:extents] + bytes(16 * count) + head[self.size - POLLER.size:self.size]
            self.sections = [list(struct.unpack_from("<QQQII", head, 24 + 32 * i))
                             for i in range(count)]
            self.tables = []
            for number, (offset, capacity, used, record_size, _) in enumerate(self.sections):
                size = min(used, capacity) * record_size
                first, more = struct.unpack_from("<QQ", head, extents + 16 * number)
                source.seek(offset)
                table = source.read(min(size, first) if first else size)
                source.seek(more)
                self.tables.append(table + source.read(size - len(table)))

    def rows(self, section):
        size = self.sections[section][3]
        table = self.tables[section]
        return [table[at:at + size] for at in range(0, len(table), size)]

    def fill(self, section, rows):
        """ROWS: how each begins; the rest of it is 0."""
        size = self.sections[section][3]
        self.tables[section] = b"".join(row.ljust(size, b"\0") for row in rows)

    def write(self, file):
        out = bytearray(self.header)
        for number, table in enumerate(self.tables):
            out += bytes(-len(out) % 64)
            count = len(table) // self.sections[number][3]
            struct.pack_into("<QQQ", out, 24 + 32 * number, len(out), max(count, 1), count)
            out += table
        file.write_bytes(out)
        return len(out)


class Observation:
    """What samples of the kernel showed: struct file_header of observation_file.c, its tables
    replaced."""

    # Sockets, listeners, holders, pollers, threads, scripts, texts.
    TABLES = 7
    SIZES = 16
    COUNTS = SIZES + 4 * TABLES
    HEAD = COUNTS + 4 * TABLES

    def __init__(self, file):
        data = file.read_bytes()
        self.sizes = struct.unpack_from("<%dI" % self.TABLES, data, self.SIZES)
        self.head = bytearray(data[:self.HEAD + struct.unpack_from("<I", data, 12)[0]])
        self.tables = [[] for _ in range(self.TABLES)]
        self.sockets, self.listeners, self.holders, self.pollers, *_ = self.tables

    def write(self, file):
        struct.pack_into("<%dI" % self.TABLES, self.head, self.COUNTS, *map(len, self.tables))
        file.write_bytes(self.head + b"".join(
            row.ljust(size, b"\0") for table, size in zip(self.tables, self.sizes)
            for row in table))


class HostileRecordings(trust.Test):
    def setUp(self):
        super().setUp()
        self.recording = Recording(self.recorded())
        self.row = next(row for row in self.recording.rows(SOCKETS)
                        if row[0] & 1 and struct.unpack_from("<Q", row, EOF_NS)[0])

    def overlap(self, rows, frames, unread=False):
        """ROWS sockets, each with eight stacks of FRAMES frames of its own: all in the same bytes."""
        stacks = rows * 8 + frames + 8
        self.recording.tables[STACKS] = b"".join(
            struct.pack("<IHH", number * 2654435761 & 0xffffffff, frames, 0)
            for number in range(stacks))
        table = []
        for number in range(rows):
            row = bytearray(self.row)
            struct.pack_into("<Q", row, COOKIE, 1000 + number)
            struct.pack_into("<8I", row, STACKS_OF_ROW, *range(1 + number * 8, 9 + number * 8))
            if unread:
                struct.pack_into("<QQ", row, EOF_NS, 0, 0)
                struct.pack_into("<I", row, STACKS_OF_ROW + 4, 0)
                struct.pack_into("<Q", row, LOOKED_NS, struct.unpack_from("<Q", row, 16)[0] + 10**9)
                row[TCP_STATE] = CLOSE_WAIT
                struct.pack_into("<I", row, RECEIVE_QUEUE, 1)
            table.append(bytes(row))
        self.recording.tables[SOCKETS] = b"".join(table)

    def cover(self, count):
        """COUNT modules that cover each other and all code."""
        module, table = self.recording.rows(MODULES)[0], []
        for number in range(count):
            row = bytearray(module)
            struct.pack_into("<QQ", row, 0, 0x10000 + number, 0xffffffffffff - number)
            struct.pack_into("<I", row, 40, number // 2)
            table.append(bytes(row))
        self.recording.tables[MODULES] = b"".join(table)

    def label(self):
        """Each socket has two labels of its own; 245 lie in the same bytes."""
        table, strings = self.recording.tables[SOCKETS], self.recording.tables[STRINGS]
        count = len(table) // 256
        self.recording.tables[STRINGS] = strings + b"".join(
            b"l" * 245 + b"%09d" % number + bytes(1) for number in range(2 * count // 245 + 1))
        places = [len(strings) + number // 245 * 255 + number % 245 + 1 for number in range(2 * count)]
        self.recording.tables[SOCKETS] = b"".join(
            table[256 * row:256 * row + LABELS] + struct.pack("<II", *places[2 * row:2 * row + 2])
            for row in range(count))

    def check(self, seconds, megabytes, status=0):
        """SECONDS of processor time: of a release build, on any machine."""
        folder = self.folder / "hostile"
        folder.mkdir(exist_ok=True)
        size = self.recording.write(folder / "x.1.0.finleak")
        for form in ("text", "json", "junit"):
            done = self.finleak("report", "-f", form, "--all", "--min-held=0", folder,
                                patience=240)
            self.assertEqual(done.status, status, done)
            print(f"{form}: {size} bytes take {done.seconds:.1f} s, {done.megabytes} MB", flush=True)
            if not trust.SANITIZED:
                self.assertLess(done.seconds, seconds, done)
                self.assertLess(done.megabytes, megabytes, done)

    def test_modules(self):
        self.overlap(2000, 256)
        self.cover(16000)
        self.check(5, 150)

    def test_overlapping_stacks(self):
        self.overlap(trust.rounds(20000, 60000), 256)
        self.check(20, 500)

    def test_unread(self):
        self.overlap(trust.rounds(20000, 60000), 2, unread=True)
        self.check(20, 500)

    def test_labels(self):
        self.overlap(trust.rounds(20000, 60000), 2)
        self.label()
        self.check(20, 500)

    def test_labels_that_are_none(self):
        self.overlap(1000, 2)
        self.recording.tables[SOCKETS] = b"".join(
            self.recording.tables[SOCKETS][at:at + LABELS] + struct.pack("<II", 0xffffffff, 0x7fffffff)
            for at in range(0, len(self.recording.tables[SOCKETS]), 256))
        self.check(20, 500)

    def observed(self):
        """The observation of a program that runs for a while."""
        folder = self.folder / "observed"
        run = subprocess.Popen([trust.FINLEAK, "run", "--observe=50ms", "-d", folder, "--",
                                trust.LEAKER], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + trust.PATIENCE
        while not (found := list(folder.glob("*.observed"))):
            self.assertLess(time.monotonic(), deadline, "no sample was taken")
            time.sleep(0.01)
        observation = Observation(found[0])
        run.communicate()
        return observation

    def test_observed(self):
        """Sockets that are open, closed and in queues; each has a holder, a poller and a listener
        of its own, and was closed by a child that has a birth of its own."""
        count, gone, queued = trust.rounds(30000, 100000), 10**7, 2 * 10**7
        seen = self.observed()
        opened, = struct.unpack_from("<Q", self.row, 16)
        later = opened + 10**9
        self.overlap(count, 2, unread=True)
        rows = bytearray(self.recording.tables[SOCKETS])
        for number in range(count):
            struct.pack_into("<iI", rows, 256 * number + INTEREST - 4, number, WATCHED)
        self.recording.tables[SOCKETS] = bytes(rows)
        self.recording.fill(DEPARTURES, (
            DEPARTURE.pack(gone + number, later, 0, 1, 1, 1, 2, 1, 5, 0, 0, 0, 0, 0, later - 1,
                           opened, 1) for number in range(count)))
        self.recording.fill(BIRTHS, (
            BIRTH.pack(opened, number + 10, 1, 1, 0) for number in range(count)))
        self.recording.fill(POLLERS, (
            POLLER.pack(opened, opened + 1, 7, 0) for number in range(count)))
        for number in range(count):
            seen.listeners.append(struct.pack("<Q", queued - 1 - number))
            seen.holders.append(struct.pack("<QiiBB", gone + count - 1 - number, number, 5, 0, 1))
            seen.pollers.append(struct.pack("<QQi", opened, opened + 1, count - 1 - number))
        for cookie in (1000, gone, queued):
            for number in range(count):
                fields = struct.pack(
                    "<QQQQ32xqqIIIiiIBBBBI", cookie + number,
                    queued - 1 - number if cookie == queued else 0, later + 10**9, later + 10**10,
                    5000, -1, 1000 + number, 1, 0, 5 if cookie == 1000 else -1,
                    number if cookie == 1000 else -1, 1, CLOSE_WAIT, 0, 0, 0, 1)
                seen.sockets.append(fields)
        folder = self.folder / "hostile"
        folder.mkdir()
        seen.write(folder / "x.1.0.observed")
        self.check(trust.rounds(5, 20), 1500)

    def test_one_socket(self):
        """All rows and all closes are of one socket."""
        count = trust.rounds(20000, 200000)
        opened, = struct.unpack_from("<Q", self.row, 16)
        self.recording.tables[SOCKETS] = self.row * count
        self.recording.fill(DEPARTURES, [DEPARTURE.pack(
            *struct.unpack_from("<Q", self.row, COOKIE), opened + 10**9, opened + 5, 1, 1, 1, 2, 1,
            5, 0, 2, 1, 1, 0, opened + 5, opened, 1)] * count)
        self.check(5, 500)

    def test_too_many_modules(self):
        self.cover((1 << 14) + 1)
        self.check(5, 100, status=125)


if __name__ == "__main__":
    trust.main()
