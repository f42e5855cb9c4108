/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/call_site_twins.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/fingerprint.h"
#include "analyzer/base/progress.h"

/* What a reader sees of a site, as one number; twins have the same. */
struct reading {
	uint64_t hash;
	struct call_site *site;
	UT_hash_handle hh;
};

static uint64_t mix_text(uint64_t hash, const char *text)
{
	return fingerprint_text(hash, text ? text : "");
}

/* A frame without a line is itself: its place in the module. */
static uint64_t mix_frame(uint64_t hash, const struct frame *frame)
{
	hash = mix_text(hash, frame->function);
	if (!frame->file || !frame->line)
		return fingerprint_bytes(mix_text(hash, frame->module), &frame->offset,
					 sizeof(frame->offset));
	return fingerprint_bytes(mix_text(hash, frame->file), &frame->line, sizeof(frame->line));
}

static uint64_t mix_stack(uint64_t hash, struct backtrace *backtrace, struct symbolizer *symbolizer)
{
	size_t i;

	if (!backtrace)
		return mix_text(hash, NULL);
	backtrace_name(backtrace, symbolizer);
	for (i = 0; i < backtrace->named_count; i++)
		hash = mix_frame(hash, &backtrace->named[i]);
	return fingerprint_bytes(hash, &backtrace->named_count, sizeof(backtrace->named_count));
}

static uint64_t read_site(const struct call_site *site, struct symbolizer *symbolizer)
{
	const uint32_t kinds[] = { site->key.class, site->key.reason, site->key.verdict,
				   site->key.deciding };
	uint64_t hash = fingerprint_bytes(FINGERPRINT_BASIS, kinds, sizeof(kinds));

	hash = mix_stack(hash, site->key.decided, symbolizer);
	return mix_stack(hash, site->key.opened, symbolizer);
}

static struct decision_site *joined(struct decision_site *site)
{
	while (site && site->joined_to)
		site = site->joined_to;
	return site;
}

static void join_siblings(struct call_site *site, struct call_site *twin)
{
	struct decision_site *into = joined(site->siblings), *from = joined(twin->siblings);
	size_t i;

	site->siblings = into ? into : from;
	if (!into || !from || into == from)
		return;
	into->decided_here += from->decided_here;
	into->closed_here += from->closed_here;
	for (i = 0; i < from->closing_count; i++) {
		*(struct closing *)allocate_next(&into->closings, into->closing_count,
						 sizeof(*into->closings)) = from->closings[i];
		into->closing_count++;
	}
	from->joined_to = into;
}

static void join(struct call_site *site, struct call_site *twin)
{
	size_t i;

	for (i = 0; i < twin->leak_count; i++) {
		const struct leak **next =
			allocate_next(&site->leaks, site->leak_count, sizeof(*site->leaks));

		*next = twin->leaks[i];
		site->leak_count++;
	}
	site->count += twin->count;
	join_siblings(site, twin);
}

void call_sites_join_twins(struct call_sites *sites, struct symbolizer *symbolizer)
{
	struct reading *readings = NULL, *reading, *next_reading;
	struct call_site *site, *next_site;

	progress_begin("naming the code of call sites", HASH_COUNT(sites->sites));
	HASH_ITER(hh, sites->sites, site, next_site) {
		uint64_t hash = read_site(site, symbolizer);

		progress_step();
		HASH_FIND(hh, readings, &hash, sizeof(hash), reading);
		if (reading) {
			join(reading->site, site);
			HASH_DEL(sites->sites, site);
			free(site->leaks);
			free(site);
			continue;
		}
		reading = allocate_zeroed(1, sizeof(*reading));
		reading->hash = hash;
		reading->site = site;
		HASH_ADD(hh, readings, hash, sizeof(reading->hash), reading);
	}
	progress_end();
	/* Others may have the siblings that were joined. */
	for (site = sites->sites; site; site = site->hh.next)
		site->siblings = joined(site->siblings);
	HASH_ITER(hh, readings, reading, next_reading) {
		HASH_DEL(readings, reading);
		free(reading);
	}
}
