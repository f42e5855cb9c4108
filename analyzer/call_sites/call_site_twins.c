/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/call_site_twins.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/fingerprint.h"
#include "analyzer/base/progress.h"
#include "analyzer/call_sites/identifying_frames.h"

/* What a reader sees of a site, as one number; twins have the same. */
struct spelling {
	uint64_t hash;
	struct call_site *site;
	UT_hash_handle hh;
};

static uint64_t mix_text(uint64_t hash, const char *text)
{
	return fingerprint_text(hash, text ? text : "");
}

struct reader {
	struct symbolizer *symbolizer;
	const struct own_globs *globs;
	const char *executable;
};

/*
 * A frame without a line is itself: its place in the module. Which way a library took inside of a
 * function is not the reader's: a read succeeds at once, or after a wait.
 */
static uint64_t mix_frame(uint64_t hash, const struct frame *frame, const struct reader *reader)
{
	hash = mix_text(hash, frame->function);
	if (frame->function && !own_code_is_own(frame, reader->executable, reader->globs))
		return mix_text(hash, frame->module);
	if (!frame->file || !frame->line)
		return fingerprint_bytes(mix_text(hash, frame->module), &frame->offset,
					 sizeof(frame->offset));
	return fingerprint_bytes(mix_text(hash, frame->file), &frame->line, sizeof(frame->line));
}

/* By what identifies BACKTRACE, or OWN_ALONE: by its frames of the program's own. */
static uint64_t mix_stack(uint64_t hash, struct backtrace *backtrace, bool own_alone,
			  const struct reader *reader)
{
	const struct frame **identifying;
	size_t count, mixed = 0, i;

	if (!backtrace)
		return mix_text(hash, NULL);
	backtrace_name(backtrace, reader->symbolizer);
	identifying = identifying_frames(backtrace->named, backtrace->named_count,
					 reader->executable, reader->globs, &count);
	for (i = 0; i < count; i++) {
		if (own_alone &&
		    !own_code_is_own(identifying[i], reader->executable, reader->globs))
			continue;
		hash = mix_frame(hash, identifying[i], reader);
		mixed++;
	}
	free(identifying);
	return fingerprint_bytes(hash, &mixed, sizeof(mixed));
}

static uint64_t read_site(const struct call_site *site, struct reader *reader)
{
	const uint64_t kinds[] = { site->key.class,    site->key.reason,   site->key.verdict,
				   site->key.deciding, site->key.listener, site->key.handler };
	uint64_t hash = fingerprint_bytes(FINGERPRINT_BASIS, kinds, sizeof(kinds));

	hash = fingerprint_bytes(hash, &site->key.pid, sizeof(site->key.pid));
	hash = fingerprint_bytes(hash, &site->key.place, sizeof(site->key.place));
	reader->executable = leak_executable(site->leaks[0]);
	/* Behind a loop the handler is the place: a library reads in several ways for it. */
	hash = mix_stack(hash, site->key.decided, site->key.handler != 0, reader);
	return mix_stack(hash, site->key.opened, false, reader);
}

static struct siblings *joined(struct siblings *siblings)
{
	while (siblings && siblings->joined_to)
		siblings = siblings->joined_to;
	return siblings;
}

static void join_siblings(struct call_site *site, struct call_site *twin)
{
	struct siblings *into = joined(site->siblings), *from = joined(twin->siblings);
	size_t i;

	site->siblings = into ? into : from;
	if (!into || !from || into == from)
		return;
	into->count += from->count;
	into->closed += from->closed;
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

void call_sites_join_twins(struct call_sites *sites, struct symbolizer *symbolizer,
			   const struct own_globs *globs)
{
	struct reader reader = { symbolizer, globs, "" };
	struct spelling *spellings = NULL, *spelling, *next_spelling;
	struct call_site *site, *next_site;

	progress_begin("naming the code of call sites", HASH_COUNT(sites->sites));
	HASH_ITER(hh, sites->sites, site, next_site) {
		uint64_t hash = read_site(site, &reader);

		progress_step();
		HASH_FIND(hh, spellings, &hash, sizeof(hash), spelling);
		if (spelling) {
			join(spelling->site, site);
			HASH_DEL(sites->sites, site);
			free(site->leaks);
			free(site);
			continue;
		}
		spelling = allocate_zeroed(1, sizeof(*spelling));
		spelling->hash = hash;
		spelling->site = site;
		HASH_ADD(hh, spellings, hash, sizeof(spelling->hash), spelling);
	}
	progress_end();
	/* Others may have the siblings that were joined. */
	for (site = sites->sites; site; site = site->hh.next)
		site->siblings = joined(site->siblings);
	HASH_ITER(hh, spellings, spelling, next_spelling) {
		HASH_DEL(spellings, spelling);
		free(spelling);
	}
}
