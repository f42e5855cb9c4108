/* SPDX-License-Identifier: MIT */
/* Judges a socket that its program has closed and something that was not recorded still holds. */
#ifndef FINLEAK_LEFT_BEHIND_H
#define FINLEAK_LEFT_BEHIND_H

#include "analyzer/classify/classify.h"

/*
 * Is LIFE, which its processes have closed, kept in CLOSE_WAIT by something that was not recorded:
 * a program without the recorder, or io_uring? Then fills LEAK likewise; it has no holder.
 */
bool judge_left_behind(const struct socket_life *life, const struct judge_options *options,
		       struct leak *leak);

#endif
