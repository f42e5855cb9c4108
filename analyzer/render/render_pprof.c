/* SPDX-License-Identifier: MIT */
/*
 * A profile as pprof, Pyroscope, Parca and Polar Signals read it (profile.proto): each leak is a
 * sample of its deciding stack, with how many sockets are in CLOSE_WAIT or its like, and for how
 * long they were held together.
 *
 * Recordings have no addresses in memory that hold for several processes. So modules are laid out
 * one behind the other, each from its first byte on: address less start is the address in the file.
 */
#include "analyzer/render/render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/gzip.h"
#include "analyzer/render/profile_frames.h"
#include "analyzer/render/protobuf.h"
#include "analyzer/render/text_output.h"

#define PAGE 4096u

/* Where the first module is: 0 would read as no address. */
#define FIRST_START 0x10000u

/* Fields, by the names of profile.proto. */
enum profile_field {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING_TABLE = 6,
	PROFILE_TIME_NANOS = 9,
	PROFILE_DURATION_NANOS = 10,
	PROFILE_PERIOD_TYPE = 11,
	PROFILE_PERIOD = 12,
	PROFILE_DEFAULT_SAMPLE_TYPE = 14,
};
enum value_type_field { VALUE_TYPE_TYPE = 1, VALUE_TYPE_UNIT = 2 };
enum sample_field { SAMPLE_LOCATION_ID = 1, SAMPLE_VALUE = 2, SAMPLE_LABEL = 3 };
enum label_field { LABEL_KEY = 1, LABEL_STR = 2 };
enum mapping_field {
	MAPPING_ID = 1,
	MAPPING_MEMORY_START = 2,
	MAPPING_MEMORY_LIMIT = 3,
	MAPPING_FILENAME = 5,
	MAPPING_BUILD_ID = 6,
	MAPPING_HAS_FUNCTIONS = 7,
	MAPPING_HAS_FILENAMES = 8,
	MAPPING_HAS_LINE_NUMBERS = 9,
	MAPPING_HAS_INLINE_FRAMES = 10,
};
enum location_field {
	LOCATION_ID = 1,
	LOCATION_MAPPING_ID = 2,
	LOCATION_ADDRESS = 3,
	LOCATION_LINE = 4,
};
enum line_field { LINE_FUNCTION_ID = 1, LINE_LINE = 2 };
enum function_field {
	FUNCTION_ID = 1,
	FUNCTION_NAME = 2,
	FUNCTION_SYSTEM_NAME = 3,
	FUNCTION_FILENAME = 4
};

/* Something that is in the profile once: known by KEY, numbered as found. */
struct entry {
	char *key;
	size_t key_size;
	uint64_t id;
	UT_hash_handle hh;
};

struct module {
	const struct frame *frame; /* one that is in it */
	uint64_t size;             /* as far as frames reach */
	uint64_t start;
	bool nameless; /* has code without a name */
	bool fileless; /* ... without a line of source */
};

struct profile {
	struct protobuf message;
	struct entry *strings, *functions, *locations, *modules;
	struct module *module_list;
};

/* The number of KEY in ENTRIES, from FIRST on; *IS_NEW where it was not there. */
static uint64_t entry_id(struct entry **entries, const char *key, size_t size, uint64_t first,
			 bool *is_new)
{
	struct entry *entry;

	HASH_FIND(hh, *entries, key, size, entry);
	*is_new = !entry;
	if (entry)
		return entry->id;
	entry = allocate_zeroed(1, sizeof(*entry));
	entry->key = allocate_zeroed(size + 1, 1);
	memcpy(entry->key, key, size);
	entry->key_size = size;
	entry->id = first + HASH_COUNT(*entries);
	HASH_ADD_KEYPTR(hh, *entries, entry->key, entry->key_size, entry);
	return entry->id;
}

static void clear_entries(struct entry **entries)
{
	struct entry *entry, *next;

	HASH_ITER(hh, *entries, entry, next) {
		HASH_DEL(*entries, entry);
		free(entry->key);
		free(entry);
	}
}

/* TEXT's place in the table of strings, whose first is "". */
static uint64_t string_id(struct profile *profile, const char *text)
{
	bool is_new;

	return entry_id(&profile->strings, text, strlen(text), 0, &is_new);
}

/* As string_id; what may be hostile in ANY is escaped. */
static uint64_t escaped_id(struct profile *profile, const char *any)
{
	char *escaped = text_escaped(any);
	uint64_t id = string_id(profile, escaped);

	free(escaped);
	return id;
}

/* NAME is of a function, and taken over. */
static uint64_t function_id(struct profile *profile, char *name, const char *file)
{
	uint64_t of_name = string_id(profile, name), of_file = escaped_id(profile, file), id;
	struct protobuf function = { 0 };
	char key[64];
	bool is_new;

	free(name);
	snprintf(key, sizeof(key), "%llu %llu", (unsigned long long)of_name,
		 (unsigned long long)of_file);
	id = entry_id(&profile->functions, key, strlen(key), 1, &is_new);
	if (!is_new)
		return id;
	protobuf_number(&function, FUNCTION_ID, id);
	protobuf_number(&function, FUNCTION_NAME, of_name);
	protobuf_number(&function, FUNCTION_SYSTEM_NAME, of_name);
	protobuf_number(&function, FUNCTION_FILENAME, of_file);
	protobuf_message(&profile->message, PROFILE_FUNCTION, &function);
	return id;
}

/* A script is no code in memory. */
static bool is_in_module(const struct frame *frame)
{
	return frame->module[0] && !frame->script;
}

/* 0: FRAME is in no module. */
static uint64_t module_id(struct profile *profile, const struct frame *frame)
{
	char *key;
	uint64_t id;
	bool is_new;

	if (!is_in_module(frame))
		return 0;
	key = allocate_printed("%s\n%s", frame->build_id, frame->module);
	id = entry_id(&profile->modules, key, strlen(key), 1, &is_new);
	free(key);
	if (is_new)
		allocate_next(&profile->module_list, id - 1, sizeof(*profile->module_list));
	return id;
}

/* Of the call, which the return address follows. */
static uint64_t address_in_file(const struct frame *frame)
{
	return frame->offset ? frame->offset - 1 : 0;
}

static void measure(struct profile *profile, const struct frame *frame)
{
	uint64_t id = module_id(profile, frame);
	struct module *module;

	if (!id)
		return;
	module = &profile->module_list[id - 1];
	module->frame = frame;
	module->nameless |= !frame->function;
	module->fileless |= !frame->file;
	if (frame->offset > module->size)
		module->size = frame->offset;
}

/* All modules are known and measured before the first address is written. */
static void lay_out(struct profile *profile)
{
	uint64_t start = FIRST_START;
	size_t i;

	for (i = 0; i < HASH_COUNT(profile->modules); i++) {
		struct module *module = &profile->module_list[i];
		struct protobuf mapping = { 0 };

		module->start = start;
		module->size = (module->size / PAGE + 1) * PAGE;
		start += module->size;
		protobuf_number(&mapping, MAPPING_ID, i + 1);
		protobuf_number(&mapping, MAPPING_MEMORY_START, module->start);
		protobuf_number(&mapping, MAPPING_MEMORY_LIMIT, start);
		protobuf_number(&mapping, MAPPING_FILENAME,
				escaped_id(profile, module->frame->module));
		protobuf_number(&mapping, MAPPING_BUILD_ID,
				escaped_id(profile, module->frame->build_id));
		protobuf_number(&mapping, MAPPING_HAS_FUNCTIONS, !module->nameless);
		protobuf_number(&mapping, MAPPING_HAS_FILENAMES, !module->fileless);
		protobuf_number(&mapping, MAPPING_HAS_LINE_NUMBERS, !module->fileless);
		protobuf_number(&mapping, MAPPING_HAS_INLINE_FRAMES, !module->fileless);
		protobuf_message(&profile->message, PROFILE_MAPPING, &mapping);
	}
}

static void add_line(struct protobuf *location, uint64_t function, unsigned int number)
{
	struct protobuf line = { 0 };

	protobuf_number(&line, LINE_FUNCTION_ID, function);
	protobuf_number(&line, LINE_LINE, number);
	protobuf_message(location, LOCATION_LINE, &line);
}

/* COUNT frames of one call: the innermost inlined one first. */
static uint64_t location_id(struct profile *profile, const struct frame *frames, size_t count)
{
	const struct frame *call = &frames[count - 1];
	uint64_t module = module_id(profile, call), address = 0, id;
	struct protobuf lines = { 0 }, location = { 0 };
	bool is_new;
	size_t i;

	if (module)
		address = profile->module_list[module - 1].start + address_in_file(call);
	protobuf_number(&location, LOCATION_MAPPING_ID, module);
	protobuf_number(&location, LOCATION_ADDRESS, address);
	for (i = 0; i < count; i++)
		add_line(&location,
			 function_id(profile, profile_frame_name(&frames[i]),
				     frames[i].file ? frames[i].file : ""),
			 frames[i].line);
	id = entry_id(&profile->locations, (const char *)location.bytes, location.size, 1, &is_new);
	protobuf_number(&lines, LOCATION_ID, id);
	if (is_new) {
		protobuf_join(&lines, &location);
		protobuf_message(&profile->message, PROFILE_LOCATION, &lines);
	}
	protobuf_clear(&lines);
	protobuf_clear(&location);
	return id;
}

/* NAME stands for code, and is taken over. */
static uint64_t named_location_id(struct profile *profile, char *name)
{
	struct protobuf body = { 0 }, location = { 0 };
	bool is_new;
	uint64_t id;

	add_line(&body, function_id(profile, name, ""), 0);
	id = entry_id(&profile->locations, (const char *)body.bytes, body.size, 1, &is_new);
	if (is_new) {
		protobuf_number(&location, LOCATION_ID, id);
		protobuf_join(&location, &body);
		protobuf_message(&profile->message, PROFILE_LOCATION, &location);
	}
	protobuf_clear(&body);
	return id;
}

/* TEXT is taken over. */
static void add_label(struct profile *profile, struct protobuf *sample, const char *key, char *text)
{
	struct protobuf label = { 0 };

	protobuf_number(&label, LABEL_KEY, string_id(profile, key));
	protobuf_number(&label, LABEL_STR, string_id(profile, text));
	protobuf_message(sample, SAMPLE_LABEL, &label);
	free(text);
}

/* The stack of LEAK, a list of locations. */
static void add_stack(struct profile *profile, struct protobuf *sample,
		      const struct report_leak *leak)
{
	const struct report_stack *stack = profile_stack(leak);
	struct protobuf ids = { 0 };
	size_t i, end;

	if (!stack)
		protobuf_item(&ids, named_location_id(profile, profile_place_name(leak)));
	for (i = 0; stack && i < stack->count; i = end) {
		for (end = i + 1; end < stack->count && stack->frames[end - 1].inlined;)
			end++;
		protobuf_item(&ids, location_id(profile, &stack->frames[i], end - i));
	}
	protobuf_message(sample, SAMPLE_LOCATION_ID, &ids);
}

static void add_sample(struct profile *profile, const struct report *report,
		       const struct report_leak *leak)
{
	struct protobuf sample = { 0 }, values = { 0 };

	add_stack(profile, &sample, leak);
	protobuf_item(&values, report_leak_counting(leak));
	/* Whole seconds, and none is lost. */
	protobuf_item(&values, (uint64_t)ceil(profile_held_s(leak)));
	protobuf_message(&sample, SAMPLE_VALUE, &values);
	add_label(profile, &sample, "executable", profile_program(report, leak));
	add_label(profile, &sample, "class", allocate_text(leak_class_name(leak->class)));
	if (leak->reason != REASON_NONE)
		add_label(profile, &sample, "reason",
			  allocate_text(leak_reason_name(leak->reason)));
	add_label(profile, &sample, "id", allocate_text(leak->id));
	protobuf_message(&profile->message, PROFILE_SAMPLE, &sample);
}

static void add_value_type(struct profile *profile, unsigned int field, const char *type,
			   const char *unit)
{
	struct protobuf value_type = { 0 };

	protobuf_number(&value_type, VALUE_TYPE_TYPE, string_id(profile, type));
	protobuf_number(&value_type, VALUE_TYPE_UNIT, string_id(profile, unit));
	protobuf_message(&profile->message, field, &value_type);
}

static void add_times(struct profile *profile, const struct report *report)
{
	double longest_ms = 0;
	size_t i;

	for (i = 0; i < report->process_count; i++)
		if (report->processes[i].duration_ms > longest_ms)
			longest_ms = report->processes[i].duration_ms;
	protobuf_number(&profile->message, PROFILE_TIME_NANOS, (uint64_t)report->made_at_ns);
	protobuf_number(&profile->message, PROFILE_DURATION_NANOS, (uint64_t)(longest_ms * 1e6));
}

static void add_leaks(struct profile *profile, const struct report *report)
{
	size_t i, j;

	for (i = 0; i < report->leak_count; i++) {
		const struct report_stack *stack = profile_stack(&report->leaks[i]);

		for (j = 0; stack && profile_has(&report->leaks[i]) && j < stack->count; j++)
			measure(profile, &stack->frames[j]);
	}
	lay_out(profile);
	for (i = 0; i < report->leak_count; i++)
		if (profile_has(&report->leaks[i]))
			add_sample(profile, report, &report->leaks[i]);
}

void render_pprof(const struct report *report, FILE *out, bool color)
{
	struct profile profile = { .strings = NULL };
	const struct entry *string;

	(void)color;
	string_id(&profile, "");
	add_value_type(&profile, PROFILE_SAMPLE_TYPE, "close_wait", "count");
	add_value_type(&profile, PROFILE_SAMPLE_TYPE, "held", "seconds");
	add_leaks(&profile, report);
	add_times(&profile, report);
	add_value_type(&profile, PROFILE_PERIOD_TYPE, "close_wait", "count");
	protobuf_number(&profile.message, PROFILE_PERIOD, 1);
	protobuf_number(&profile.message, PROFILE_DEFAULT_SAMPLE_TYPE,
			string_id(&profile, "close_wait"));
	/* In the order of their numbers. */
	for (string = profile.strings; string; string = string->hh.next)
		protobuf_text(&profile.message, PROFILE_STRING_TABLE, string->key);
	gzip_write(out, profile.message.bytes, profile.message.size);
	clear_entries(&profile.strings);
	clear_entries(&profile.functions);
	clear_entries(&profile.locations);
	clear_entries(&profile.modules);
	free(profile.module_list);
	protobuf_clear(&profile.message);
}
