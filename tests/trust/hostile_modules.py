# SPDX-License-Identifier: MIT
"""Modules whose files are hostile: whatever finleak finds beside a program, a report ends soon, takes
little memory, and says which names it had to leave out."""
import os
import pathlib
import shutil
import struct
import subprocess
import zlib

import trust

LEAK = """
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
static int leak(int listener, struct sockaddr_in *address)
{
	int client = socket(AF_INET, SOCK_STREAM, 0), server;
	char byte;
	connect(client, (struct sockaddr *)address, sizeof(*address));
	server = accept(listener, NULL, NULL);
	close(client);
	return read(server, &byte, 1); /* LEAK */
}
int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	listen(listener, 5);
	getsockname(listener, (struct sockaddr *)&address, &size);
	return leak(listener, &address);
}
"""

SECONDS = 15  # that a report may take on a busy machine; a hang has no end
MEGABYTES = 450


class HostileModules(trust.Test):
    def setUp(self):
        super().setUp()
        for tool in ("cc", "objcopy"):
            if not shutil.which(tool):
                self.skipTest(f"no {tool}")
        (self.folder / "leak.c").write_text(LEAK)

    def build(self, *options, name="program"):
        """A program in a folder of its own, since what is beside it matters."""
        folder = self.folder / name
        folder.mkdir()
        shutil.copy(self.folder / "leak.c", folder)
        subprocess.run(["cc", "-g", "-O1", "-fno-inline", "-w", *options, "-o", name, "leak.c"],
                       cwd=folder, check=True)
        return folder / name

    def check(self, program, recorded=None):
        recording = recorded or self.recorded("recordings", program)
        done = self.finleak("report", "--min-held=0", recording.parent, patience=4 * SECONDS)
        self.assertEqual(done.status, 0, done)
        self.assertIn(b"eof-unclosed", done.out)
        if not trust.SANITIZED:
            self.assertLess(done.seconds, SECONDS, done)
            self.assertLess(done.megabytes, MEGABYTES, done)
        return done

    def with_debug_link(self, build_id):
        program = self.build(f"-Wl,--build-id={build_id}")
        debug = program.with_suffix(".debug")
        subprocess.run(["objcopy", "--only-keep-debug", program, debug], check=True)
        subprocess.run(["objcopy", "--strip-debug", f"--add-gnu-debuglink={debug}", program],
                       check=True)
        return program, debug

    def test_debug_link(self):
        for build_id in ("none", "sha1"):
            program, debug = self.with_debug_link(build_id)
            recording = self.recorded("recordings", program)
            good = self.check(program, recording)
            self.assertIn(b"leak.c", good.out)
            for what, place in (("FIFO", lambda: os.mkfifo(debug)),
                                ("endless", lambda: debug.symlink_to("/dev/zero")),
                                ("terminal", lambda: debug.symlink_to("/dev/ptmx")),
                                ("sparse", lambda: (debug.touch(), os.truncate(debug, 1 << 40))),
                                ("loop", lambda: debug.symlink_to(debug))):
                with self.subTest(what=what, build_id=build_id):
                    debug.unlink()
                    place()
                    done = self.check(program, recording)
                    self.assertIn(b"leak", done.out)
            shutil.rmtree(program.parent)
            shutil.rmtree(recording.parent)

    def test_split_dwarf(self):
        program = self.build("-gsplit-dwarf")
        recording = self.recorded("recordings", program)
        for dwo in program.parent.glob("*.dwo"):
            dwo.unlink()
            os.mkfifo(dwo)
        os.mkfifo(program.with_suffix(".dwp"))
        self.assertIn(b"leak", self.check(program, recording).out)

    def test_alternate_file(self):
        """.gnu_debugaltlink names a FIFO, and debug information refers to it."""
        program = self.build("-gdwarf-4")
        link = self.folder / "link"
        fifo = self.folder / "alternate"
        os.mkfifo(fifo)
        link.write_bytes(os.fsencode(fifo) + b"\0" + bytes(20))
        subprocess.run(["objcopy", f"--add-section=.gnu_debugaltlink={link}", program], check=True)
        # DW_FORM_strp becomes DW_FORM_GNU_strp_alt.
        abbrevs = self.folder / "abbrevs"
        subprocess.run(["objcopy", "-O", "binary", "--only-section=.debug_abbrev",
                        "--set-section-flags", ".debug_abbrev=alloc", program, abbrevs], check=True)
        changed = abbrevs.read_bytes().replace(b"\x03\x0e", b"\x03\xa1\x3e")
        abbrevs.write_bytes(changed)
        subprocess.run(["objcopy", f"--update-section=.debug_abbrev={abbrevs}", program], check=True)
        self.check(program)

    def inflating(self, program, section, size):
        """SECTION of PROGRAM, compressed, claims and holds SIZE zeros."""
        compressor = zlib.compressobj(9)
        part = bytes(1 << 20)
        packed = b"".join([*(compressor.compress(part) for _ in range(size >> 20)),
                           compressor.flush()])
        bytes_ = self.folder / "packed"
        bytes_.write_bytes(struct.pack("<IIQQ", 1, 0, size, 1) + packed)
        subprocess.run(["objcopy", f"--update-section={section}={bytes_}", program], check=True)
        # The flag SHF_COMPRESSED, which objcopy does not set.
        with open(program, "r+b") as file:
            elf = bytearray(file.read())
            table, = struct.unpack_from("<Q", elf, 40)
            entry, count, names = struct.unpack_from("<HHH", elf, 58)
            strings, = struct.unpack_from("<Q", elf, table + names * entry + 24)
            for place in range(table, table + count * entry, entry):
                name, = struct.unpack_from("<I", elf, place)
                start = strings + name
                if elf[start:elf.index(0, start)] == section.encode():
                    flags, = struct.unpack_from("<Q", elf, place + 8)
                    struct.pack_into("<Q", elf, place + 8, flags | 0x800)
            file.seek(0)
            file.write(elf)

    def test_inflates(self):
        """A megabyte that becomes a gigabyte."""
        for section in (".debug_str", ".debug_info", ".debug_line", ".debug_abbrev"):
            with self.subTest(section=section):
                program = self.build(name=section.replace(".", "_"))
                self.inflating(program, section, 1 << 30)
                self.assertLess(program.stat().st_size, 2 << 20)
                self.check(program, self.recorded(section, program))

    def test_damaged_debug_information(self):
        """Bytes of every debugging section changed at random: references that go round in circles,
        lengths that lead out, abbreviations that make no sense."""
        chance = trust.chance()
        original = self.build("-Wl,--build-id=sha1")
        recording = self.recorded("recordings", original)
        good = original.read_bytes()
        table, = struct.unpack_from("<Q", good, 40)
        entry, count, names = struct.unpack_from("<HHH", good, 58)
        strings, = struct.unpack_from("<Q", good, table + names * entry + 24)
        places = []
        for place in range(table, table + count * entry, entry):
            name, = struct.unpack_from("<I", good, place)
            start = strings + name
            offset, size = struct.unpack_from("<QQ", good, place + 24)
            if good[start:].startswith((b".debug", b".symtab", b".strtab")):
                places.append((offset, size))
        for _ in range(trust.rounds(15, 3000)):
            bytes_ = bytearray(good)
            for _ in range(chance.choice([1, 3, 30])):
                offset, size = chance.choice(places)
                at = offset + chance.randrange(size)
                value = chance.choice([b"\xff", b"\x00", b"\x80\x80\x80\x80\x10", chance.randbytes(4)])
                bytes_[at:at + len(value)] = value
            original.write_bytes(bytes_[:len(good)])
            self.check(original, recording)


if __name__ == "__main__":
    trust.main()
