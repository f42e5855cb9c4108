/* SPDX-License-Identifier: MIT */
/*
 * Where the BPF program sees system calls. Each tracepoint costs every process of the machine, so
 * only those of the calls that matter are used where the kernel allows that.
 */
#ifndef FINLEAK_ATTACH_TRACEPOINTS_H
#define FINLEAK_ATTACH_TRACEPOINTS_H

#include <stdint.h>

#include "analyzer/attach/attach_event.h"

struct attach_bpf;
struct attach_tracepoints;

/* From the narrowest to the widest. */
enum attach_scope {
	ATTACH_SCOPE_SOCKETS, /* reads and writes of sockets; of other calls those that matter */
	ATTACH_SCOPE_CALLS,   /* the calls that matter */
	ATTACH_SCOPE_ALL,     /* all calls */
	ATTACH_SCOPES,
};

/* What each system call number stands for (enum attach_call), for the BPF program. */
void attach_tracepoints_calls(uint8_t calls[ATTACH_CALLS_MAX]);

/* Before BPF is loaded: no more of it is than SCOPE needs. */
void attach_tracepoints_choose(const struct attach_bpf *bpf, enum attach_scope scope);

/* Lets BPF, which has been loaded for SCOPE, see the calls. NULL with errno: that can't be. */
struct attach_tracepoints *attach_tracepoints_begin(const struct attach_bpf *bpf,
						    enum attach_scope scope);

/* Nothing is seen any more. */
void attach_tracepoints_end(struct attach_tracepoints *tracepoints);

#endif
