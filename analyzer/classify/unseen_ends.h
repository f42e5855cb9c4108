/* SPDX-License-Identifier: MIT */
/*
 * A FIN can come in one piece with the last data: whoever reads these takes it along and is not
 * told. To the kernel that is an end of stream that was read, while the program knows nothing of
 * it. What became of the other connections from the same place tells it from a read that was not
 * recorded.
 */
#ifndef FINLEAK_UNSEEN_ENDS_H
#define FINLEAK_UNSEEN_ENDS_H

#include "analyzer/classify/classify.h"

/*
 * Makes those of LEAKS whose read was not seen fin-unread, with the same reason, where others that
 * were opened at the same stack are.
 */
void join_unseen_ends(struct leaks *leaks);

#endif
