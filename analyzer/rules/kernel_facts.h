/* SPDX-License-Identifier: MIT */
/* What the kernel's last word on a socket is, from samples outside and from that at the exit. */
#ifndef FINLEAK_KERNEL_FACTS_H
#define FINLEAK_KERNEL_FACTS_H

#include "analyzer/rules/evidence.h"

/* By the last sample from outside, which found SOCKET. */
struct kernel_facts kernel_facts_by_sample(const struct observed_socket *socket);

/*
 * In the process of HOLDING, by all samples. What stayed in CLOSE_WAIT counts as stuck until the
 * process ended.
 */
struct kernel_facts kernel_facts_of(const struct socket_life *life, const struct holding *holding);

#endif
