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
	/* What it is called where it was seen in part: the ids of the findings that it joins. */
	char (*joined_ids)[LEAK_ID_SIZE];
	size_t joined_count;
	char *class; /* its name, untrusted; "" unknown */
	char *name;  /* "eof-unclosed (closed-at-exit) at worker.c:88 in read_request()" */
	UT_hash_handle hh;
};

/* Zeroed at first. */
struct baseline {
	const char *path;
	struct known_leak *leaks; /* by id, in uthash order: as they were read */

	/* Private. */
	struct joined_leak *joined; /* by each of the ids that they join */
};

/*
 * Reads the leaks (verdict `leak`) of the JSON document PATH, which is hostile input. Those of one
 * id count together. Returns false with one line on stderr: file, line, reason. PATH must live as
 * long as the baseline; end with baseline_clear in any case.
 */
bool baseline_read(struct baseline *baseline, const char *path);
void baseline_clear(struct baseline *baseline);

/* Adds COUNT sockets of a leak to what BASELINE knows. REASON may be NULL. */
struct known_leak *baseline_add(struct baseline *baseline, const char *id, uint64_t count,
				const char *class, const char *reason, const char *where);

/* KNOWN, one of BASELINE's, goes by ID too. */
void baseline_add_id(struct baseline *baseline, struct known_leak *known, const char *id);

/* The leak that has ID, or joins it; NULL: the baseline knows none. */
const struct known_leak *baseline_find(const struct baseline *baseline, const char *id);

/* The sockets that BASELINE knows of LEAK, which may be another's: by all of its ids. */
uint64_t baseline_count(const struct baseline *baseline, const struct known_leak *leak);

#endif
