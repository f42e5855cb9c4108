/* SPDX-License-Identifier: MIT */
/* Acting with the rights of another user, for good. */
#ifndef FINLEAK_USER_RIGHTS_H
#define FINLEAK_USER_RIGHTS_H

#include <stdbool.h>
#include <sys/types.h>

/* True where this process may do more than USER: it is root's, and USER is not root. */
bool user_rights_exceed(uid_t user);

/*
 * Takes on the rights of USER with the groups that the system's databases give to that user, and
 * drops all capabilities. There is no way back. False: rights may be partly changed; end the
 * process.
 */
bool user_rights_become(uid_t user);

#endif
