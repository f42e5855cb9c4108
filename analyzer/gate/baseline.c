/* SPDX-License-Identifier: MIT */
#include "analyzer/gate/baseline.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/json_member.h"
#include "analyzer/base/whole_file.h"
#include "analyzer/gate/json_line.h"
#include "analyzer/gate/malformed.h"

/* More ids than this of one leak are not kept: each is compared with each. */
#define JOINED_MAX 256

/* json-c makes about ten times as much of it. */
#define FILE_MAX  (64u << 20)
#define DEPTH_MAX 32

/* More sockets than any machine has; sums stay in range. */
#define COUNT_MAX (1ll << 40)

#define REPORT_SCHEMA   "finleak-report/1"
#define BASELINE_SCHEMA "finleak-baseline/1"

struct joined_leak {
	char id[LEAK_ID_SIZE];
	struct known_leak *known;
	UT_hash_handle hh;
};

/*
 * *DOCUMENT becomes what is in the SIZE bytes of TEXT (NULL: null), for json_object_put(). Returns
 * false with one line on stderr.
 */
static bool parse(const char *path, const char *text, size_t size, struct json_object **document)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	enum json_tokener_error error;
	size_t end;

	if (!tokener)
		allocate_failed();
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	/* The NUL at the end of TEXT ends a document that is cut short. */
	*document = json_tokener_parse_ex(tokener, text, (int)size + 1);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_success && end + 1 >= size)
		return true;
	json_object_put(*document);
	*document = NULL;
	return malformed(path, whole_file_line(text, end < size ? end : size), "not JSON: %s",
			 error == json_tokener_success ? "there is more after the document"
			 : error == json_tokener_continue || error == json_tokener_error_parse_eof
				 ? "the document is cut short"
				 : json_tokener_error_desc(error));
}

static bool is_id(const char *text)
{
	return strlen(text) == LEAK_ID_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == LEAK_ID_SIZE - 1;
}

static char *name_of(const char *class, const char *reason, const char *where)
{
	char *why = reason ? allocate_printed(" (%.100s)", reason) : allocate_text("");
	char *name = allocate_printed("%.100s%s at %.1000s", class ? class : "leak", why,
				      where ? where : "an unknown site");

	free(why);
	return name;
}

/* Why LEAK is none that could be counted; NULL: it is one. */
static const char *wrong_with(struct json_object *leak)
{
	struct json_object *count = json_member(leak, "count", json_type_int);
	const char *id = json_text_at(leak, "id");

	if (!json_object_is_type(leak, json_type_object))
		return "it is not an object";
	if (!id || !is_id(id))
		return "its id is not 16 hexadecimal digits";
	if (!count || json_object_get_int64(count) < 0 || json_object_get_int64(count) > COUNT_MAX)
		return "its count is not a number of sockets";
	if (!json_text_at(leak, "verdict"))
		return "it has no verdict";
	return NULL;
}

struct known_leak *baseline_add(struct baseline *baseline, const char *id, uint64_t count,
				const char *class, const char *reason, const char *where)
{
	struct known_leak *known;

	HASH_FIND_STR(baseline->leaks, id, known);
	if (!known) {
		known = allocate_zeroed(1, sizeof(*known));
		memcpy(known->id, id, LEAK_ID_SIZE);
		known->class = allocate_text(class ? class : "");
		known->name = name_of(class, reason, where);
		HASH_ADD_STR(baseline->leaks, id, known);
	}
	known->count += count;
	return known;
}

void baseline_add_id(struct baseline *baseline, struct known_leak *known, const char *id)
{
	struct joined_leak *joined;

	HASH_FIND_STR(baseline->joined, id, joined);
	if (joined || known->joined_count == JOINED_MAX)
		return;
	joined = allocate_zeroed(1, sizeof(*joined));
	memcpy(joined->id, id, LEAK_ID_SIZE);
	joined->known = known;
	HASH_ADD_STR(baseline->joined, id, joined);
	memcpy(allocate_next(&known->joined_ids, known->joined_count, LEAK_ID_SIZE), id,
	       LEAK_ID_SIZE);
	known->joined_count++;
}

static void take_ids(struct baseline *baseline, struct known_leak *known, struct json_object *leak)
{
	struct json_object *ids = json_member(leak, "joined_ids", json_type_array);
	size_t i;

	for (i = 0; ids && i < json_object_array_length(ids); i++) {
		struct json_object *id = json_object_array_get_idx(ids, i);

		if (json_object_is_type(id, json_type_string) && is_id(json_object_get_string(id)))
			baseline_add_id(baseline, known, json_object_get_string(id));
	}
}

static void take_leak(struct baseline *baseline, struct json_object *leak)
{
	int64_t count = json_object_get_int64(json_member(leak, "count", json_type_int));
	int64_t suppressed = json_object_get_int64(json_member(leak, "suppressed", json_type_int));

	if (strcmp(json_text_at(leak, "verdict"), "leak") != 0)
		return;
	if (suppressed > 0)
		count = suppressed < count ? count - suppressed : 0;
	if (count)
		take_ids(baseline,
			 baseline_add(baseline, json_text_at(leak, "id"), (uint64_t)count,
				      json_text_at(leak, "class"), json_text_at(leak, "reason"),
				      json_text_at(leak, "where")),
			 leak);
}

static bool take_document(struct baseline *baseline, const char *text, struct json_object *document)
{
	struct json_object *leaks = json_member(document, "leaks", json_type_array);
	const char *schema = json_text_at(document, "schema"), *wrong;
	size_t i;

	if (!schema || (strcmp(schema, REPORT_SCHEMA) != 0 && strcmp(schema, BASELINE_SCHEMA) != 0))
		return malformed(baseline->path, 1,
				 "not a report: its schema is neither " REPORT_SCHEMA
				 " nor " BASELINE_SCHEMA);
	if (!leaks)
		return malformed(baseline->path, 1, "not a report: it has no list of leaks");
	for (i = 0; i < json_object_array_length(leaks); i++) {
		struct json_object *leak = json_object_array_get_idx(leaks, i);

		wrong = wrong_with(leak);
		if (wrong)
			return malformed(baseline->path, json_line_of_element(text, "leaks", i),
					 "leaks[%zu]: %s", i, wrong);
		take_leak(baseline, leak);
	}
	return true;
}

bool baseline_read(struct baseline *baseline, const char *path)
{
	struct json_object *document = NULL;
	bool good;
	size_t size;
	char *text;

	baseline->path = path;
	text = whole_file_read(path, FILE_MAX, &size);
	if (!text)
		return malformed_unreadable(path);
	good = parse(path, text, size, &document) && take_document(baseline, text, document);
	json_object_put(document);
	free(text);
	return good;
}

void baseline_clear(struct baseline *baseline)
{
	struct joined_leak *joined, *next_joined;
	struct known_leak *known, *next;

	HASH_ITER(hh, baseline->leaks, known, next) {
		HASH_DEL(baseline->leaks, known);
		free(known->class);
		free(known->name);
		free(known->joined_ids);
		free(known);
	}
	HASH_ITER(hh, baseline->joined, joined, next_joined) {
		HASH_DEL(baseline->joined, joined);
		free(joined);
	}
}

const struct known_leak *baseline_find(const struct baseline *baseline, const char *id)
{
	const struct joined_leak *joined;
	const struct known_leak *known;

	HASH_FIND_STR(baseline->leaks, id, known);
	if (known)
		return known;
	HASH_FIND_STR(baseline->joined, id, joined);
	return joined ? joined->known : NULL;
}

/* Did LEAK's id, or one of the first COUNT that it joins, lead to KNOWN? */
static bool has_led_to(const struct baseline *baseline, const struct known_leak *leak, size_t count,
		       const struct known_leak *known)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (baseline_find(baseline, leak->joined_ids[i]) == known)
			return true;
	return baseline_find(baseline, leak->id) == known;
}

uint64_t baseline_count(const struct baseline *baseline, const struct known_leak *leak)
{
	const struct known_leak *known = baseline_find(baseline, leak->id);
	uint64_t count = known ? known->count : 0;
	size_t i;

	for (i = 0; i < leak->joined_count; i++) {
		known = baseline_find(baseline, leak->joined_ids[i]);
		if (known && !has_led_to(baseline, leak, i, known))
			count += known->count;
	}
	return count;
}
