/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_AWAIT_HEIRS_H
#define FINLEAK_AWAIT_HEIRS_H

/*
 * PROGRAM has ended. A child that it forked and that inherited sockets may not have run yet (a
 * daemon, on a busy machine): waits until all such children have made their recording in FOLDER or
 * are gone, for a second at most.
 */
void await_heirs(const char *folder);

#endif
