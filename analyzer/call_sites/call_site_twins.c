/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/call_site_twins.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/fingerprint.h"
#include "analyzer/base/progress.h"
#include "analyzer/call_sites/divergence.h"
#include "analyzer/call_sites/identifying_frames.h"
#include "analyzer/call_sites/leak_executable.h"

/* Among more sites than this the handlers are not compared, each with each. */
#define COMPARED_MAX 1024u

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
	bool script = false;

	if (!backtrace)
		return mix_text(hash, NULL);
	backtrace_name(backtrace, reader->symbolizer);
	identifying = identifying_frames(backtrace->named, backtrace->named_count,
					 reader->executable, reader->globs, &count);
	for (i = 0; i < count; i++)
		script |= identifying[i]->script;
	for (i = 0; i < count; i++) {
		/* How a machine came to run a script is its own matter: greenlets, say. */
		if (script && !identifying[i]->script)
			continue;
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
	hash = mix_stack(hash, site->key.decided, site->own_decides, reader);
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

static void add_leaks(struct call_site *site, const struct leak *const *leaks, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct leak **next =
			allocate_next(&site->leaks, site->leak_count, sizeof(*site->leaks));

		*next = leaks[i];
		site->leak_count++;
	}
}

/* Adds TWIN, which ends, to SITE. */
static void join(struct call_sites *sites, struct call_site *site, struct call_site *twin)
{
	add_leaks(site, twin->leaks, twin->leak_count);
	site->count += twin->count;
	join_siblings(site, twin);
	HASH_DEL(sites->sites, twin);
	free(twin->leaks);
	free(twin->joined_ids);
	free(twin);
}

/* Others may have the siblings that were joined. */
static void settle_siblings(struct call_sites *sites)
{
	struct call_site *site;

	for (site = sites->sites; site; site = site->hh.next)
		site->siblings = joined(site->siblings);
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
			join(sites, spelling->site, site);
			continue;
		}
		spelling = allocate_zeroed(1, sizeof(*spelling));
		spelling->hash = hash;
		spelling->site = site;
		HASH_ADD(hh, spellings, hash, sizeof(spelling->hash), spelling);
	}
	progress_end();
	settle_siblings(sites);
	HASH_ITER(hh, spellings, spelling, next_spelling) {
		HASH_DEL(spellings, spelling);
		free(spelling);
	}
}

/* Do the stacks of SITE lead to a loop, and none of them to a handler? */
static bool is_vague(const struct call_site *site)
{
	return site->choice.in_loop && site->side == SIDE_ACCEPTED &&
	       (site->choice.stack == STACK_OPENED || site->choice.stack == STACK_LISTEN);
}

/* Does SITE differ from OTHER in nothing but what its stacks show of a handler? */
static bool is_same_matter(const struct call_site *site, const struct call_site *other,
			   struct reader *reader)
{
	if (site == other || site->key.class != other->key.class ||
	    site->key.reason != other->key.reason || site->key.verdict != other->key.verdict ||
	    site->key.deciding != other->key.deciding ||
	    site->key.listener != other->key.listener || site->side != other->side ||
	    strcmp(leak_executable(site->leaks[0]), leak_executable(other->leaks[0])) != 0)
		return false;
	reader->executable = leak_executable(site->leaks[0]);
	return true;
}

/* Were both learned of by the same own code, which runs the loop? */
static bool share_loop(const struct call_site *site, const struct call_site *other,
		       const struct reader *reader)
{
	return mix_stack(FINGERPRINT_BASIS, site->key.decided, true, reader) ==
	       mix_stack(FINGERPRINT_BASIS, other->key.decided, true, reader);
}

/* Did OTHER's handler call at SITE, in the same line, the function that read the end itself? */
static bool calls_reader(const struct call_site *site, const struct call_site *other)
{
	const struct backtrace *decided = site->key.decided;
	size_t i;

	if (!decided || !other->choice.wrapper ||
	    !frames_share_function(site->choice.frame, other->choice.wrapper))
		return false;
	for (i = 0; i < decided->named_count; i++)
		if (frames_share_call(&decided->named[i], other->choice.frame))
			return true;
	return false;
}

/* Is OTHER's handler the one that read the end itself at SITE? */
static bool share_handler(const struct call_site *site, const struct call_site *other)
{
	return !site->choice.in_loop && site->choice.is_handler && site->choice.frame &&
	       other->choice.is_handler && other->choice.frame &&
	       (frames_share_function(site->choice.frame, other->choice.frame) ||
		calls_reader(site, other));
}

/* The finding behind a loop that SITE belongs to; NULL: it stays, or it is not clear which. */
static struct call_site *defect_of(struct call_sites *sites, const struct call_site *site,
				   struct reader *reader)
{
	struct call_site *found = NULL, *other;

	for (other = sites->sites; other; other = other->hh.next) {
		if (!other->choice.in_loop || is_vague(other) ||
		    !is_same_matter(site, other, reader))
			continue;
		if (is_vague(site) ? !share_loop(site, other, reader) : !share_handler(site, other))
			continue;
		if (found && (!found->choice.frame || !other->choice.frame ||
			      !frames_share_function(found->choice.frame, other->choice.frame)))
			return NULL;
		found = found ? found : other;
	}
	return found;
}

void call_sites_join_handlers(struct call_sites *sites, struct symbolizer *symbolizer,
			      const struct own_globs *globs)
{
	struct reader reader = { symbolizer, globs, "" };
	struct call_site *site, *next_site, *defect;

	if (HASH_COUNT(sites->sites) > COMPARED_MAX)
		return;
	HASH_ITER(hh, sites->sites, site, next_site) {
		size_t count = site->leak_count;

		if (site->choice.in_loop && !is_vague(site))
			continue;
		defect = defect_of(sites, site, &reader);
		if (!defect)
			continue;
		join(sites, defect, site);
		defect->vague_count += count;
	}
	settle_siblings(sites);
}

static void add_id(struct call_site *site, const char *id)
{
	char(*next)[CALL_SITE_ID_SIZE] =
		allocate_next(&site->joined_ids, site->joined_count, sizeof(*next));

	memcpy(*next, id, sizeof(*next));
	site->joined_count++;
}

struct call_site *call_sites_join_two(struct call_sites *sites, struct call_site *a,
				      struct call_site *b)
{
	struct call_site *site = a->rank < b->rank ? a : b, *other = site == a ? b : a;
	size_t vague = site->vague_count, other_clear = other->leak_count - other->vague_count;
	const struct leak **last = allocate_zeroed(vague + 1, sizeof(*last));
	size_t i;

	add_id(site, other->id);
	for (i = 0; i < other->joined_count; i++)
		add_id(site, other->joined_ids[i]);

	/* What shows less of the site stays at the end, of both. */
	site->leak_count -= vague;
	memcpy(last, site->leaks + site->leak_count, vague * sizeof(*last));
	add_leaks(site, other->leaks, other_clear);
	add_leaks(site, last, vague);
	add_leaks(site, other->leaks + other_clear, other->vague_count);
	free(last);
	site->vague_count += other->vague_count;
	other->leak_count = 0;
	join(sites, site, other);
	settle_siblings(sites);
	return site;
}
