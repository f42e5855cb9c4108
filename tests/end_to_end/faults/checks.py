# SPDX-License-Identifier: MIT
"""Checks that only one or two rows need, and the small disk of those that fill it. A check gets
the finished run and returns what is wrong, one text each."""
import contextlib
import ctypes
import os

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_PRIVATE_ALL = (1 << 18) | (1 << 14)
MNT_DETACH = 2


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
