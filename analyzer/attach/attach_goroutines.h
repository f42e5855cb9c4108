/* SPDX-License-Identifier: MIT */
/*
 * The functions of Go's library in which a goroutine has another one open a connection: net/http
 * dials in a goroutine of its own, net in one for each family of addresses. The kernel hands over
 * who enters them, in watched processes: a breakpoint is in their memory as long.
 */
#ifndef FINLEAK_ATTACH_GOROUTINES_H
#define FINLEAK_ATTACH_GOROUTINES_H

struct attach_bpf;
struct attach_goroutines;

/* Before BPF is loaded: leaves out what this kernel can't have. */
void attach_goroutines_choose(const struct attach_bpf *bpf);

/* BPF outlives it; end with attach_goroutines_free. */
struct attach_goroutines *attach_goroutines_new(const struct attach_bpf *bpf);
void attach_goroutines_free(struct attach_goroutines *goroutines);

/*
 * Process PID runs PATH, or is about to: watches it if that is a Go program, and no longer what PID
 * ran before. Where it can't, stacks end where the goroutine begins.
 */
void attach_goroutines_watch(struct attach_goroutines *goroutines, int pid, const char *path);
void attach_goroutines_leave(struct attach_goroutines *goroutines, int pid);

#endif
