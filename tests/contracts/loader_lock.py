# SPDX-License-Identifier: MIT
"""P5, P8, P9: the loader's lock must never be waited for in a wrapper.

Bare, calls on sockets never ask for the lock of dl_iterate_phdr(). Recorded they do, where a stack
meets code that libunwind has not seen in this thread (its cold path takes the lock while it holds
locks of its own), and where module_map.c looks for new modules. So two programs can hang:

 - a child forked while another thread is in dlopen() or dlclose(): the lock is held forever there;
 - a program that uses sockets inside of dl_iterate_phdr(), while a new thread takes a stack: each
   has the lock that the other wants.

When it fails: stacks must be had without that lock (glibc's _dl_find_object() needs none), or be
counted as lost where it can't be had at once.
"""

from recorded import ORIGIN_FORK, Test, main, program

PATIENCE = 12  # seconds; bare each is through in one


class LoaderLock(Test):
    def test_child_forked_beside_dlopen(self):
        self.run_well([program("family"), "storm", program("plugin_small.so")], patience=PATIENCE)
        found = self.all_recordings()
        self.assertEqual(
            len([one for one in found if one["origin"] == ORIGIN_FORK]), 180)

    def test_sockets_inside_of_dl_iterate_phdr(self):
        for _ in range(3):
            self.run_well([program("in_loader_list")], patience=PATIENCE)


if __name__ == "__main__":
    main()
