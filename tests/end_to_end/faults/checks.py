# SPDX-License-Identifier: MIT
"""Checks that only one or two rows need, and the small disk of those that fill it. A check gets
the finished run and returns what is wrong, one text each."""
import contextlib
import ctypes
import glob
import os
import re
import shutil
import subprocess
import tempfile

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_PRIVATE_ALL = (1 << 18) | (1 << 14)
MNT_DETACH = 2
PAGE = 4096


class Skip(Exception):
    """The row can't be tried here; says why."""


def enter_mount_namespace(libc):
    """Mounts end with the test, and nobody else sees them."""
    user = os.getuid()
    if libc.unshare(CLONE_NEWNS) != 0:
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
            return False
        with open("/proc/self/setgroups", "w") as file:
            file.write("deny")
        with open("/proc/self/uid_map", "w") as file:
            file.write("0 %d 1" % user)
    return libc.mount(b"none", b"/", None, MS_PRIVATE_ALL, None) == 0


@contextlib.contextmanager
def small_disk(path, size):
    libc = ctypes.CDLL(None, use_errno=True)
    os.mkdir(path, 0o700)
    if not enter_mount_namespace(libc) or libc.mount(
            b"tmpfs", path.encode(), b"tmpfs", 0, b"size=%d" % size) != 0:
        raise Skip("mounting is not permitted here")
    try:
        yield
    finally:
        libc.umount2(path.encode(), MNT_DETACH)


def young_are_left_out(run):
    """Who lived too shortly for the kernel to be asked is a blind spot that no gate minds."""
    spots = [spot for process in run.document["processes"] for spot in process["blind_spots"]]
    wrong = ["blind spot: " + spot for spot in spots
             if not re.match("it was killed at an unknown|the kernel was not asked", spot)]
    wrong += ["printed: " + line for line in run.errors.splitlines()
              if not line.startswith("finleak: no leaks")]
    if run.gate_status != 0:
        wrong.append("the gate: %d" % run.gate_status)
    if run.row.recorder == "run":
        wrong += ["left: " + name for name in os.listdir(run.recordings)
                  if name.endswith(".starting")]
    return wrong


def spinning_counted(run):
    """How often the end was read, by the sockets where they have rows still, or by the text."""
    reads = [socket["eof_reads"] for leak in run.document["leaks"] for socket in leak["sockets"]]
    reads += [int(times.replace(",", "")) for times in re.findall(r"([\d,]+) times", run.text)]
    return [] if reads and max(reads) > 10000 else ["ends read: %r times" % reads]


def in_ms(number, unit):
    return float(number) * {"ms": 1, "s": 1000}[unit]


def medians_in_range(run):
    """No median of how long sockets were held is above the longest."""
    longest = [in_ms(*held) for held in re.findall(r"Closed (?:up to )?([\d.]+) (ms|s) after EOF", run.text)]
    medians = [in_ms(*held) for held in re.findall(r"median ([\d.]+) (ms|s)", run.text)]
    if len(longest) != 1 or not medians:
        return ["held for %r, medians %r" % (longest, medians)]
    return ["median %g ms, longest %g ms" % (median, longest[0])
            for median in medians if median > longest[0]]


def listeners_shown(run):
    """Each finding is one listener's, and the text names it."""
    wrong = []
    locals_of = [{socket["local"] for socket in leak["sockets"]} for leak in run.document["leaks"]]
    for addresses in locals_of:
        if len(addresses) != 1:
            wrong.append("a finding of the listeners %r" % addresses)
        wrong += ["the text does not show " + address for address in addresses
                  if address not in run.text]
    return wrong


def time_wait_is_own(run):
    """The connections that the program itself has closed first, and no others."""
    process, = run.document["processes"]
    own = int(run.row.program[-1])
    wrong = ["advice: " + text for text in process["tuning"]]
    if process["tcp_states"]["TIME_WAIT"] != own:
        wrong.append("TIME_WAIT %d, of which %d are its own" % (
            process["tcp_states"]["TIME_WAIT"], own))
    return wrong


def recording_is_readable(run):
    """It may have lost something, and it may not be there: but it is no rubbish."""
    if run.document is None:
        return [] if not glob.glob(os.path.join(run.recordings, "*.finleak")) else [
            "no report: " + run.errors]
    return []


def sums_hold(run):
    return ["opened %(opened)d, closed %(closed)d, open at the end %(open_at_end)d" % process
            for process in run.document["processes"]
            if process["opened"] - process["closed"] != process["open_at_end"]]


def child_size(run):
    """The median of what the recordings take on the disk. Nearly all are of children."""
    sizes = sorted(os.stat(path).st_blocks * 512
                   for path in glob.glob(os.path.join(run.recordings, "*.finleak")))
    return sizes[len(sizes) // 2]


def children_are_small(run):
    """A parent with many stacks, against one with few: its children must not differ."""
    with_many = child_size(run)
    shutil.rmtree(run.recordings)
    subprocess.run([*run.command[:-1], "1"], env=run.environment, check=True)
    with_few = child_size(run)
    if with_many > with_few + PAGE:
        return ["a child takes %d bytes, %d where its parent has one stack" % (
            with_many, with_few)]
    return []


def count_system_calls(command, environment):
    with tempfile.NamedTemporaryFile("r") as trace:
        done = subprocess.run(["strace", "-f", "-o", trace.name, *command], env=environment,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Skip("strace is refused here: " + done.stderr)
        return sum(1 for _ in trace)


def two_system_calls_each(run):
    """Of the recorder's for each socket: a connection to oneself has two."""
    if not shutil.which("strace"):
        raise Skip("no strace")
    bare = {name: value for name, value in run.environment.items() if name != "LD_PRELOAD"}
    extra = [count_system_calls([*run.command[:-1], rounds], run.environment) -
             count_system_calls([*run.command[:-1], rounds], bare) for rounds in ("10", "110")]
    each = (extra[1] - extra[0]) / 200
    return ["%g system calls for each socket" % each] if each > 2 else []
