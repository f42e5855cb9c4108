/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/run_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/json_member.h"
#include "analyzer/base/new_file.h"
#include "analyzer/base/utf8.h"

#define SCHEMA         "finleak-run/1"
#define SIZE_MAX_READ  (16u << 20)
#define UNRECORDED_MAX 100000

/* As for options: sums of two stay in range. */
#define RUN_DURATION_MAX_NS 9000000000000000000ull

static void add_text(struct json_object *object, const char *key, const char *text)
{
	char *valid = utf8_valid_copy(text);

	json_object_object_add(object, key, json_object_new_string(valid));
	free(valid);
}

static struct json_object *unrecorded_to_json(const struct unrecorded *unrecorded)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "pid", json_object_new_int(unrecorded->pid));
	add_text(object, "command", unrecorded->command);
	add_text(object, "reason", unrecorded->reason);
	json_object_object_add(object, "run", json_object_new_int64((int64_t)unrecorded->run));
	json_object_object_add(object, "seen_ms", json_object_new_double(unrecorded->seen_ms));
	json_object_object_add(object, "no_sockets",
			       json_object_new_boolean(unrecorded->no_sockets));
	json_object_object_add(object, "intercepted",
			       json_object_new_boolean(unrecorded->intercepted));
	return object;
}

static void add_ns(struct json_object *object, const char *key, uint64_t ns)
{
	json_object_object_add(object, key, json_object_new_int64((int64_t)ns));
}

static struct json_object *options_to_json(const struct run_options *options)
{
	struct json_object *object = json_object_new_object();

	add_ns(object, "min_held_ns", options->min_held_ns);
	add_ns(object, "late_ns", options->late_ns);
	add_ns(object, "idle_ns", options->idle_ns);
	json_object_object_add(object, "min_held_is_given",
			       json_object_new_boolean(options->min_held_is_given));
	json_object_object_add(object, "strict", json_object_new_boolean(options->strict));
	return object;
}

static struct json_object *to_json(const struct run_record *record)
{
	struct json_object *document = json_object_new_object();
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < record->unrecorded_count; i++)
		json_object_array_add(list, unrecorded_to_json(&record->unrecorded[i]));
	json_object_object_add(document, "schema", json_object_new_string(SCHEMA));
	json_object_object_add(document, "runs", json_object_new_int64((int64_t)record->runs));
	json_object_object_add(document, "no_connections",
			       json_object_new_boolean(record->no_connections));
	if (record->has_options)
		json_object_object_add(document, "options", options_to_json(&record->options));
	json_object_object_add(document, "unrecorded", list);
	return document;
}

int run_record_write(const struct run_record *record, const char *folder)
{
	struct json_object *document = to_json(record);
	char *path = allocate_printed("%s/" RUN_RECORD_NAME, folder);
	struct new_file file;
	int failure = new_file_begin(&file, path, NULL, 0600);

	if (!failure) {
		fputs(json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY |
								       JSON_C_TO_STRING_SPACED),
		      file.stream);
		failure = new_file_end(&file, 0);
	}
	free(path);
	json_object_put(document);
	return failure;
}

int run_record_add(const struct run_record *record, const struct run_record *earlier,
		   const char *folder)
{
	size_t before = earlier ? earlier->unrecorded_count : 0;
	size_t count = before + record->unrecorded_count;
	struct run_record all = *record;
	int failure;

	all.unrecorded = allocate_zeroed(count + 1, sizeof(*all.unrecorded));
	all.unrecorded_count = count;
	all.runs = earlier ? earlier->runs + 1 : 1;
	all.no_connections = record->no_connections && (!earlier || earlier->no_connections);
	if (before)
		memcpy(all.unrecorded, earlier->unrecorded, before * sizeof(*all.unrecorded));
	if (record->unrecorded_count)
		memcpy(all.unrecorded + before, record->unrecorded,
		       record->unrecorded_count * sizeof(*all.unrecorded));
	failure = run_record_write(&all, folder);
	free(all.unrecorded);
	return failure;
}

/* The text of the regular file PATH; NULL: none, or too large. The caller frees it. */
static char *read_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	struct stat status;
	char *text = NULL;
	ssize_t length;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size > SIZE_MAX_READ)
		goto out;
	text = allocate_zeroed((size_t)status.st_size + 1, 1);
	length = read(fd, text, (size_t)status.st_size);
	if (length < 0) {
		free(text);
		text = NULL;
	}
out:
	close(fd);
	return text;
}

static void take_text(char *text, size_t size, struct json_object *object, const char *key)
{
	const char *value = json_text_at(object, key);

	if (value)
		snprintf(text, size, "%s", value);
}

/* Of what is no such number, FALLBACK. */
static uint64_t number_at(struct json_object *object, const char *key, uint64_t fallback)
{
	struct json_object *value = json_member(object, key, json_type_int);
	int64_t number = json_object_get_int64(value);

	return value && number >= 0 && (uint64_t)number <= RUN_DURATION_MAX_NS ? (uint64_t)number
									       : fallback;
}

static bool is_true_at(struct json_object *object, const char *key)
{
	return json_object_get_boolean(json_member(object, key, json_type_boolean));
}

static void take_unrecorded(struct run_record *record, struct json_object *object)
{
	struct json_object *pid = NULL, *seen = NULL;
	struct unrecorded *next;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, "pid", &pid))
		return;
	next = allocate_next(&record->unrecorded, record->unrecorded_count, sizeof(*next));
	record->unrecorded_count++;
	next->pid = json_object_get_int(pid);
	take_text(next->command, sizeof(next->command), object, "command");
	take_text(next->reason, sizeof(next->reason), object, "reason");
	if (json_object_object_get_ex(object, "seen_ms", &seen))
		next->seen_ms = json_object_get_double(seen);
	next->run = number_at(object, "run", 0);
	next->no_sockets = is_true_at(object, "no_sockets");
	next->intercepted = is_true_at(object, "intercepted");
	if (!(next->seen_ms >= 0 && next->seen_ms < 1e15))
		next->seen_ms = 0;
}

/* All of them or none: a file that lacks one is damaged. */
static void take_options(struct run_record *record, struct json_object *object)
{
	struct run_options options = {
		.min_held_ns = number_at(object, "min_held_ns", UINT64_MAX),
		.late_ns = number_at(object, "late_ns", UINT64_MAX),
		.idle_ns = number_at(object, "idle_ns", UINT64_MAX),
		.min_held_is_given = is_true_at(object, "min_held_is_given"),
		.strict = is_true_at(object, "strict"),
	};

	record->has_options = options.min_held_ns != UINT64_MAX && options.late_ns != UINT64_MAX &&
			      options.idle_ns != UINT64_MAX;
	record->options = options;
}

static struct run_record *from_json(struct json_object *document)
{
	struct run_record *record;
	struct json_object *value;
	size_t count, i;

	if (!json_object_is_type(document, json_type_object) ||
	    !json_object_object_get_ex(document, "schema", &value) ||
	    !json_object_is_type(value, json_type_string) ||
	    strcmp(json_object_get_string(value), SCHEMA) != 0)
		return NULL;
	record = allocate_zeroed(1, sizeof(*record));
	record->runs = number_at(document, "runs", 0);
	record->no_connections = is_true_at(document, "no_connections");
	if (json_object_object_get_ex(document, "options", &value) &&
	    json_object_is_type(value, json_type_object))
		take_options(record, value);
	if (!json_object_object_get_ex(document, "unrecorded", &value) ||
	    !json_object_is_type(value, json_type_array))
		return record;
	count = json_object_array_length(value);
	for (i = 0; i < count && i < UNRECORDED_MAX; i++)
		take_unrecorded(record, json_object_array_get_idx(value, i));
	return record;
}

struct run_record *run_record_read(const char *folder)
{
	char *path = allocate_printed("%s/" RUN_RECORD_NAME, folder), *text = read_text(path);
	struct json_object *document = text ? json_tokener_parse(text) : NULL;
	struct run_record *record = document ? from_json(document) : NULL;

	json_object_put(document);
	free(text);
	free(path);
	return record;
}

void run_record_free(struct run_record *record)
{
	if (!record)
		return;
	free(record->unrecorded);
	free(record);
}
