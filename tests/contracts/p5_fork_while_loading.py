# SPDX-License-Identifier: MIT
"""P5, P8: a child forked while another thread is in dlopen() or dlclose() must not hang.

The loader's lock (that of dl_iterate_phdr) is then held for ever in the child. A bare child that
only uses sockets never asks for it; a recorded one does when a stack meets code that its unwinder
has not seen (libunwind's cold path), and when module_map.c looks for new modules.

When it fails: the child waits for that lock. Stacks must be had without it in a forked child (by
_dl_find_object(), by what was learned before the fork), or be counted as lost.
"""

from recorded import main, program
from p5_fork import Fork


class ForkWhileLoading(Fork):
    def test_storm(self):
        self.storm(program("plugin_small.so"))


# The other tests of Fork are p5_fork's.
for name in [name for name in dir(Fork) if name.startswith("test_") and name != "test_storm"]:
    setattr(ForkWhileLoading, name, None)
del Fork


if __name__ == "__main__":
    main()
