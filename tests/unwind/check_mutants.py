# SPDX-License-Identifier: MIT
"""check_mutants.py LIBRARY PROGRAM [ROUNDS [SEED]]: PROGRAM with damaged unwind information.

A linker's mistake or a bad sector must not end a program that runs well without the recorder: each
round damages a few bytes of PROGRAM's .eh_frame and .eh_frame_hdr and runs it bare and recorded. The
file is kept where something differs. Round 46 of the seed in CMakeLists.txt makes up a CFA by another
register, which libunwind followed into nowhere."""
import os
import random
import struct
import subprocess
import sys
import tempfile

PATIENCE_S = 20
# What decides where the unwinder goes: rules, advances, lengths.
CFA_OPCODES = [*range(0x01, 0x17), 0x2e, 0x2f, 0x40, 0x80, 0xc0]
LENGTHS = [0, 1, 0x1000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff]


def sections(elf):
    """Name → (offset, size), of a 64-bit ELF file."""
    table, = struct.unpack_from("<Q", elf, 40)
    count, names = struct.unpack_from("<HH", elf, 60)
    rows = [struct.unpack_from("<IIQQQQIIQQ", elf, table + 64 * i) for i in range(count)]
    first = rows[names][4]
    return {elf[first + row[0]:elf.index(0, first + row[0])].decode(): (row[4], row[5])
            for row in rows}


def damage(elf, places, dice):
    start, size = places[dice.choice([".eh_frame"] * 3 + [".eh_frame_hdr"])]
    at = start + dice.randrange(size - 16)
    way = dice.randrange(5)
    if way == 0:
        elf[at] = dice.randrange(256)
    elif way == 1:
        elf[at] ^= 1 << dice.randrange(8)
    elif way == 2:
        elf[at] = dice.choice(CFA_OPCODES)
    elif way == 3:
        struct.pack_into("<I", elf, at, dice.choice(LENGTHS + [dice.getrandbits(32)]))
    else:
        other, length = start + dice.randrange(size - 16), dice.randrange(1, 16)
        elf[at:at + length] = elf[other:other + length]


def run(path, **variables):
    try:
        done = subprocess.run([path, "tcp", "3"], capture_output=True, timeout=PATIENCE_S,
                              env={**os.environ, **variables})
    except subprocess.TimeoutExpired:
        return "hangs"
    return done.returncode, done.stdout


def main():
    library, program = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 60
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    dice, compared = random.Random(seed), 0
    with open(program, "rb") as file:
        whole = file.read()
    places = sections(whole)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            elf = bytearray(whole)
            for _ in range(dice.choice([1, 1, 2, 3, 8])):
                damage(elf, places, dice)
            path = os.path.join(folder, f"mutant{number}")
            with open(path, "wb") as file:
                file.write(elf)
            os.chmod(path, 0o755)
            bare = run(path)
            if bare == "hangs" or bare[0] != 0:
                continue
            recorded = run(path, LD_PRELOAD=library, FINLEAK_OPTIONS=f"recordings={folder}/r")
            compared += 1
            if recorded != bare:
                os.rename(path, f"mutant-{seed}-{number}")
                sys.exit(f"seed {seed}, round {number}: {recorded}, bare {bare}; "
                         f"kept as {os.getcwd()}/mutant-{seed}-{number}")
            os.unlink(path)
    print(f"seed {seed}: {compared} of {rounds} mutants run as bare")
    if compared < rounds / 2:
        sys.exit("too few mutants run bare: nothing is proven")


main()
