/* SPDX-License-Identifier: MIT */
/* The leaks that are known already: a JSON report, or what --update-baseline has made of one. */
#ifndef FINLEAK_BASELINE_H
#define FINLEAK_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

/* Of a leak's id: 16 hexadecimal digits. */
#define LEAK_ID_SIZE 17

struct known_leak {
	char id[LEAK_ID_SIZE];
	uint64_t count; /* sockets */
	char *class;    /* its name, untrusted; "" unknown */
	char *name;     /* "eof-unclosed (closed-at-exit) at worker.c:88 in read_request()" */
	UT_hash_handle hh;
};

/* Zeroed at first. */
struct baseline {
	const char *path;
	struct known_leak *leaks; /* by id, in uthash order: as they were read */
};

/*
 * Reads the leaks (verdict `leak`) of the JSON document PATH, which is hostile input. Those of one
 * id count together. Returns false with one line on stderr: file, line, reason. PATH must live as
 * long as the baseline; end with baseline_clear in any case.
 */
bool baseline_read(struct baseline *baseline, const char *path);
void baseline_clear(struct baseline *baseline);

/* Adds COUNT sockets of a leak to what BASELINE knows. REASON may be NULL. */
void baseline_add(struct baseline *baseline, const char *id, uint64_t count, const char *class,
		  const char *reason, const char *where);

/* NULL: the baseline does not know it. */
const struct known_leak *baseline_find(const struct baseline *baseline, const char *id);

#endif
