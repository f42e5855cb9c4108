# SPDX-License-Identifier: MIT
"""Names of code, inlined functions and lines are those that llvm-symbolizer gives, for
programs in C, C++ and Rust, with debug information of each kind."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import commands

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
import big_programs  # noqa: E402 pylint: disable=wrong-import-position
from recorder import Missing  # noqa: E402 pylint: disable=wrong-import-position

SYMBOLIZE = os.environ["FINLEAK_BENCH_SYMBOLIZE"]
ADDRESSES = 400


def other_symbolizer():
    for name in ("llvm-symbolizer", *(f"llvm-symbolizer-{n}" for n in range(20, 13, -1))):
        if shutil.which(name):
            return name
    return None


LLVM = other_symbolizer()


def place(text):
    """file.c:7 of /src/file.c:7:3 or file.c:7 (discriminator 2); None: not known. An address whose
    line is 0 belongs to none: finleak then shows no file."""
    found = re.match(r"(.*?):(\d+|\?)", os.path.basename(text))
    if not found or found[2] in "0?":
        return None
    return f"{found[1]}:{found[2]}"


def frames(lines):
    """[(function, place)...]; which copy of a function the compiler made is nobody's concern."""
    return [(re.sub(r"( \[clone [^]]*\])+$", "", function), place(where))
            for function, where in zip(lines[::2], lines[1::2])]


def blocks(output):
    """Lines up to each empty line."""
    return [frames(block.split("\n")) for block in output.strip("\n").split("\n\n")]


def run(argv, addresses, folder):
    return subprocess.run(argv, input="".join(f"{a:#x}\n" for a in addresses), cwd=folder,
                          stdout=subprocess.PIPE, check=True, encoding="utf-8",
                          errors="replace").stdout


def expected(program, addresses):
    output = run([LLVM, "--no-demangle", f"--obj={program}"], addresses, program.parent)
    # Demanglers differ in blanks and more: binutils has the one that finleak uses.
    return blocks(subprocess.run(["c++filt", "--no-verbose"], input=output, stdout=subprocess.PIPE,
                                 check=True, encoding="utf-8", errors="replace").stdout)


class Symbols(unittest.TestCase):
    def setUp(self):
        if not LLVM:
            self.skipTest("no llvm-symbolizer")
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def check(self, program, names=True):
        addresses = big_programs.sample_addresses(program, ADDRESSES)
        ours = blocks(run([SYMBOLIZE, program], addresses, self.folder))
        others = expected(program, addresses)
        self.assertEqual(ours, blocks(run([SYMBOLIZE + "-libdw", program], addresses, self.folder)),
                         "libdw's own calls find something else")
        self.assertEqual(len(ours), len(addresses))
        self.assertEqual(len(others), len(addresses))
        self.assertEqual([name for block in ours for name, _ in block
                          if name.startswith(("_R", "_Z"))], [])
        inlined = 0
        for address, our, other in zip(addresses, ours, others):
            inlined += len(our) > 1
            self.assertEqual([p for _, p in our], [p for _, p in other],
                             f"at {address:#x} of {program}")
            if names:
                self.assertEqual([n for n, _ in our], [n for n, _ in other],
                                 f"at {address:#x} of {program}")
        self.assertGreater(inlined, len(addresses) // 20)

    def make(self, program, *arguments, **more):
        try:
            return program(self.folder, *arguments, **more)
        except Missing as reason:
            self.skipTest(str(reason))

    def test_c_dwarf_4(self):
        self.check(self.make(big_programs.c_program, ("-g", "-gdwarf-4"), 2, 20))

    def test_c_dwarf_5(self):
        self.check(self.make(big_programs.c_program, ("-g", "-gdwarf-5"), 2, 20))

    def test_cxx_dwarf_4(self):
        self.check(self.make(big_programs.cxx_program, ("-g", "-gdwarf-4"), 1, 4))

    def test_cxx_dwarf_5_dwz(self):
        program = self.make(big_programs.cxx_program, ("-g", "-gdwarf-5"), 2, 2)
        self.check(program)
        if not shutil.which("dwz"):
            self.skipTest("there is no dwz")
        size = big_programs.debug_info_size(program)
        big_programs.with_dwz(program)
        self.assertLess(big_programs.debug_info_size(program), size)
        self.check(program)

    def test_cxx_split(self):
        program = self.make(big_programs.cxx_program, ("-g", "-gsplit-dwarf"), 1, 4)
        self.check(program)

    def test_rust(self):
        self.check(self.make(big_programs.rust_program, 4, 1, 8), names=False)


if __name__ == "__main__":
    unittest.main()
