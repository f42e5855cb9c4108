# SPDX-License-Identifier: MIT
"""P9: libfinleak.so calls nothing that it may not call where it runs, and no sanitizer's libc.

When it fails: see the message there.
"""

import pathlib
import re
import shutil
import subprocess

from recorded import PRELOAD, Test, main

CALLS_OF_LIBC = (pathlib.Path(__file__).resolve().parents[2] /
                 "preload" / "platform" / "libc_calls.def")

# What libfinleak.so may call: lock-free, without allocation, in any thread and signal handler.
ANYWHERE = set("""
    __errno_location access clock_gettime feof_unlocked ferror_unlocked fileno fileno_unlocked
    fstatat ftruncate getgid getpeername getpid getppid getrlimit getsockname getuid getxattr
    ioctl link madvise memcmp memcpy memset mmap mprotect mremap munmap ntohs open posix_fallocate prctl
    pthread_setcancelstate renameat2 sched_yield snprintf stat statvfs strchr strchrnul strcmp
    strlen strncmp strncpy strnlen strrchr strstr unlink
    __cmsg_nxthdr __environ __libc_single_threaded environ stdin
""".split())
# In the constructor only.
AT_START = set("atoi dladdr dladdr1 dlerror dlopen dlsym getauxval getcwd gnu_get_libc_version mkdir "
               "putenv readlink strtol sysconf __register_atfork __cxa_finalize".split())
# What it may import by name. A call goes to whoever defines the name first, which may be a
# sanitizer's: no memory of the recorder's passes through these, and nobody stands in front of them.
BY_NAME = set("__errno_location dladdr dladdr1 dlerror dlopen dlsym gnu_get_libc_version "
              "__register_atfork __cxa_finalize __environ __libc_single_threaded environ stdin".split())
# Takes the loader's lock (recursive): where code comes up in a stack for the first time, after
# dlclose(). Never where bytes arrive.
LOCKING = {"dl_iterate_phdr"}
# Weak: whether it is there is asked at the start; it is never called.
PRESENCE = {"io_uring_queue_init_params", "finleak_program", "_ZN4node5StartEiPPc"}
TOOLCHAIN = {"_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable", "__gmon_start__",
             "__stack_chk_fail", "__tls_get_addr"}


class Imports(Test):
    def setUp(self):
        super().setUp()
        if not shutil.which("readelf"):
            self.skipTest("there is no readelf")

    def symbols(self):
        """(imported, exported) names of libfinleak.so."""
        table = subprocess.run(["readelf", "--dyn-syms", "-W", PRELOAD], capture_output=True,
                               text=True, check=True).stdout
        rows = [line.split() for line in table.splitlines() if re.match(r"\s+\d+:", line)]
        names = [(row[6], row[7].split("@")[0]) for row in rows if len(row) > 7]
        return ({name for section, name in names if section == "UND"},
                {name for section, name in names if section != "UND"})

    def test_imports_nothing_that_it_interposes(self):
        imported, exported = self.symbols()
        self.assertGreater(len(exported), 80)
        self.assertEqual(
            imported & exported, set(),
            "libfinleak.so calls these through the PLT, into its own wrappers or another "
            "preload's: call them through real_calls.h")
        relocated = subprocess.run(["readelf", "-rW", PRELOAD], capture_output=True, text=True,
                                   check=True).stdout
        through = {match for match in re.findall(r"R_\w+\s+[0-9a-f]+\s+(\w+)", relocated)}
        self.assertEqual(through & exported, set(), "relocations against its own wrappers")

    def test_calls_libc_past_whoever_is_in_front_of_it(self):
        imported, _ = self.symbols()
        self.assertEqual(imported - BY_NAME - LOCKING - PRESENCE - TOOLCHAIN, set(),
                         "add these to preload/platform/libc_calls.def")

    def test_calls_only_what_is_known_to_be_safe(self):
        imported, _ = self.symbols()
        bound = set(re.findall(r"^LIBC_CALL\(\w+, (\w+)\)", CALLS_OF_LIBC.read_text(), re.M))
        self.assertGreater(len(bound), 30)
        new = (imported | bound) - ANYWHERE - AT_START - LOCKING - PRESENCE - TOOLCHAIN
        self.assertEqual(
            new, set(),
            "libfinleak.so calls something new. Think before it joins a list of p9_signal_safe: "
            "may it be called in a signal handler, in a thread that holds the allocator's lock, "
            "inside of malloc(), in a forked child of a threaded program? Does it allocate, lock, "
            "use stdio, or end in a cancellation point? If any is yes, do without it")

    def test_links_to_libc_alone(self):
        dynamic = subprocess.run(["readelf", "-dW", PRELOAD], capture_output=True, text=True,
                                 check=True).stdout
        needed = set(re.findall(r"NEEDED.*\[(.*)\]", dynamic))
        self.assertLessEqual({pathlib.Path(name).name.split(".so")[0] for name in needed},
                             {"libc", "ld-linux-x86-64", "ld-linux-aarch64"},
                             "whatever it links to comes into every program's global scope")


if __name__ == "__main__":
    main()
