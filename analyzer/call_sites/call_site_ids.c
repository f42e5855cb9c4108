/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/call_site_ids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/fingerprint.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/printed_text.h"
#include "analyzer/call_sites/identifying_frames.h"
#include "analyzer/call_sites/leak_executable.h"

/* By default rules: an id must not depend on --own. */
static const struct own_globs no_globs = { NULL, NULL };

struct identity {
	struct call_site *site;
	uint64_t hash;  /* of names: what survives a rebuild */
	uint64_t build; /* of the program: there may be recordings of several */
	char *places;   /* lines, or offsets where there are none */
};

/* An identity in the making. */
struct making {
	uint64_t hash;
	FILE *places;
	const char *executable;
	const struct frame *first; /* own frame; NULL none */
};

/* The length of FUNCTION without what a compiler appends to a part or a clone of a function. */
static size_t length_in_source(const char *function)
{
	static const char *const suffixes[] = { ".isra.",     ".constprop.", ".part.", ".cold",
						".lto_priv.", ".llvm.",      ".clone." };
	size_t length = strlen(function), i;

	/* Nearly no function has any. */
	for (i = 0; strchr(function, '.') && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		const char *suffix = strstr(function, suffixes[i]);

		if (suffix && suffix > function && (size_t)(suffix - function) < length)
			length = (size_t)(suffix - function);
	}
	return length;
}

static bool same_function(const struct frame *a, const struct frame *b)
{
	size_t length;

	if (!a || !a->function || !b->function)
		return false;
	length = length_in_source(a->function);
	return length == length_in_source(b->function) &&
	       strncmp(a->function, b->function, length) == 0;
}

static void mix_name(struct making *making, const struct frame *frame)
{
	const char *function = frame->function ? frame->function : "";
	const char *file = frame->file ? frame->file : frame->function ? "" : frame->module;

	making->hash = fingerprint_bytes(making->hash, function, length_in_source(function));
	making->hash = fingerprint_text(making->hash, "");
	making->hash = fingerprint_text(making->hash, path_base(file));
}

static bool same_place(const struct frame *a, const struct frame *b)
{
	return a && a->offset == b->offset && a->line == b->line && a->module == b->module;
}

/* Of code without lines there are tens of thousands of frames, and fprintf() is slow. */
static void print_offset(FILE *out, const struct frame *frame)
{
	char text[] = "+0000000000000000\n";
	uint64_t rest = frame->offset;
	size_t digit;

	for (digit = 16; rest; digit--, rest >>= 4)
		text[digit] = "0123456789abcdef"[rest & 15];
	fputs(frame->module, out);
	fwrite(text, 1, sizeof(text) - 1, out);
}

static void print_place(FILE *out, const struct frame *frame)
{
	if (frame->file && frame->line)
		fprintf(out, "%s:%010u\n", frame->file, frame->line);
	else
		print_offset(out, frame);
}

/* Outermost frame first: places are numbered in that order. */
static void mix_frames(struct making *making, const struct frame *const *frames, size_t count)
{
	const struct frame *before = NULL;
	size_t i;

	for (i = count; i-- > 0;) {
		/* An optimizer splits functions, and recursion has any depth. */
		if (!same_place(before, frames[i]))
			print_place(making->places, frames[i]);
		if (!same_function(before, frames[i]))
			mix_name(making, frames[i]);
		before = frames[i];
	}
	if (count)
		making->first = frames[0];
}

static size_t keep_own(const struct frame **frames, size_t count, const char *executable)
{
	bool script = frames_run_script(frames, count, executable, &no_globs);
	size_t kept = 0, i;

	for (i = 0; i < count; i++)
		if (own_code_is_own(frames[i], executable, &no_globs) &&
		    (!script || frames[i]->script))
			frames[kept++] = frames[i];
	/* Where all is a library's, that is what there is. */
	return kept ? kept : count;
}

static void mix_backtrace(struct making *making, struct backtrace *backtrace,
			  struct symbolizer *symbolizer)
{
	const struct frame **frames;
	size_t count = 0;

	if (backtrace) {
		backtrace_name(backtrace, symbolizer);
		frames = identifying_frames(backtrace->named, backtrace->named_count,
					    making->executable, &no_globs, &count);
		mix_frames(making, frames, keep_own(frames, count, making->executable));
		free(frames);
	}
	making->hash = fingerprint_text(making->hash, "");
	fputs("\n", making->places);
}

static uint64_t build_of(const struct making *making)
{
	uint64_t hash = fingerprint_text(FINGERPRINT_BASIS, making->executable);

	if (!making->first)
		return hash;
	hash = fingerprint_text(hash, making->first->module);
	return fingerprint_text(hash, making->first->build_id);
}

static void identify(struct identity *identity, struct call_site *site,
		     struct symbolizer *symbolizer)
{
	struct making making = { .executable = leak_executable(site->leaks[0]) };

	making.hash = fingerprint_text(
		FINGERPRINT_BASIS,
		leak_class_name(class_if_older(site->key.class, site->key.deciding)));
	making.places = printed_text_begin();
	if (leak_is_by_kernel_alone(site->leaks[0])) {
		making.hash = fingerprint_text(making.hash, path_base(making.executable));
		making.hash =
			fingerprint_bytes(making.hash, &site->key.place, sizeof(site->key.place));
	}
	mix_backtrace(&making, site->key.opened, symbolizer);
	mix_backtrace(&making, site->key.decided, symbolizer);
	if (site->key.handler)
		mix_name(&making, site->choice.frame);
	/* The first listener adds nothing: a second one that is opened later changes no id. */
	if (site->key.listener)
		making.hash = fingerprint_bytes(making.hash, &site->key.listener,
						sizeof(site->key.listener));
	identity->site = site;
	identity->places = printed_text_end(making.places);
	identity->hash = making.hash;
	identity->build = build_of(&making);
}

static int by_identity(const void *left, const void *right)
{
	const struct identity *a = left, *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->build != b->build)
		return a->build < b->build ? -1 : 1;
	return strcmp(a->places, b->places);
}

static void number_alike(const struct identity *sorted, size_t count)
{
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct identity *identity = &sorted[i], *before = i ? identity - 1 : NULL;
		uint64_t hash = identity->hash;

		if (!before || before->hash != hash || before->build != identity->build)
			number = 0;
		else if (strcmp(before->places, identity->places) != 0)
			number++;
		if (number)
			hash = fingerprint_bytes(hash, &number, sizeof(number));
		snprintf(identity->site->id, sizeof(identity->site->id), "%016llx",
			 (unsigned long long)hash);
		identity->site->rank = i;
	}
}

void call_sites_identify(struct call_sites *sites, struct symbolizer *symbolizer)
{
	size_t all = HASH_COUNT(sites->sites), count = 0, i;
	struct identity *list = allocate_zeroed(all + 1, sizeof(*list));
	struct call_site *site;

	for (site = sites->sites; site; site = site->hh.next)
		identify(&list[count++], site, symbolizer);
	qsort(list, count, sizeof(*list), by_identity);
	number_alike(list, count);
	for (i = 0; i < count; i++)
		free(list[i].places);
	free(list);
}
