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
#include <profile.pb-c.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/gzip.h"
#include "analyzer/render/profile_frames.h"
#include "analyzer/render/text_output.h"

#define PAGE 4096u

/* Where the first module is: 0 would read as no address. */
#define FIRST_START 0x10000u

/* Something that is in the profile once: known by KEY, numbered as found. */
struct entry {
	char *key;
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
	Perftools__Profiles__Profile *message;
	struct entry *strings, *functions, *locations, *modules;
	struct module *module_list;
};

/* The number of KEY in ENTRIES, from FIRST on; *IS_NEW where it was not there. */
static uint64_t entry_id(struct entry **entries, const char *key, uint64_t first, bool *is_new)
{
	struct entry *entry;

	HASH_FIND_STR(*entries, key, entry);
	*is_new = !entry;
	if (entry)
		return entry->id;
	entry = allocate_zeroed(1, sizeof(*entry));
	entry->key = allocate_text(key);
	entry->id = first + HASH_COUNT(*entries);
	HASH_ADD_KEYPTR(hh, *entries, entry->key, strlen(entry->key), entry);
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

/* An empty message, which is freed with the one that it becomes a part of. */
static void *new_message(const ProtobufCMessageDescriptor *type)
{
	void *message = allocate_zeroed(1, type->sizeof_message);

	protobuf_c_message_init(type, message);
	return message;
}

/* Adds one to *LIST of *COUNT. */
static void *add_message(void *list, size_t *count, const ProtobufCMessageDescriptor *type)
{
	void **added = allocate_next(list, *count, sizeof(*added));

	*added = new_message(type);
	(*count)++;
	return *added;
}

/* TEXT's place in the table of strings, whose first is "". */
static int64_t string_id(struct profile *profile, const char *text)
{
	Perftools__Profiles__Profile *message = profile->message;
	bool is_new;
	uint64_t id = entry_id(&profile->strings, text, 0, &is_new);

	if (is_new)
		*(char **)allocate_next(&message->string_table, message->n_string_table++,
					sizeof(*message->string_table)) = allocate_text(text);
	return (int64_t)id;
}

/* As string_id; what may be hostile in ANY is escaped. */
static int64_t escaped_id(struct profile *profile, const char *any)
{
	char *escaped = text_escaped(any);
	int64_t id = string_id(profile, escaped);

	free(escaped);
	return id;
}

/* NAME is of a function, and taken over. */
static uint64_t function_id(struct profile *profile, char *name, const char *file)
{
	int64_t of_name = string_id(profile, name), of_file = escaped_id(profile, file);
	char *key = allocate_printed("%lld %lld", (long long)of_name, (long long)of_file);
	Perftools__Profiles__Function *function;
	bool is_new;
	uint64_t id = entry_id(&profile->functions, key, 1, &is_new);

	free(key);
	free(name);
	if (!is_new)
		return id;
	function = add_message(&profile->message->function, &profile->message->n_function,
			       &perftools__profiles__function__descriptor);
	function->id = id;
	function->name = of_name;
	function->system_name = of_name;
	function->filename = of_file;
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
	id = entry_id(&profile->modules, key, 1, &is_new);
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
		Perftools__Profiles__Mapping *mapping =
			add_message(&profile->message->mapping, &profile->message->n_mapping,
				    &perftools__profiles__mapping__descriptor);

		module->start = start;
		module->size = (module->size / PAGE + 1) * PAGE;
		start += module->size;
		mapping->id = i + 1;
		mapping->memory_start = module->start;
		mapping->memory_limit = start;
		mapping->filename = escaped_id(profile, module->frame->module);
		mapping->build_id = escaped_id(profile, module->frame->build_id);
		mapping->has_functions = !module->nameless;
		mapping->has_filenames = !module->fileless;
		mapping->has_line_numbers = !module->fileless;
		mapping->has_inline_frames = !module->fileless;
	}
}

static void add_line(Perftools__Profiles__Location *location, uint64_t function,
		     unsigned int number)
{
	Perftools__Profiles__Line *line = add_message(&location->line, &location->n_line,
						      &perftools__profiles__line__descriptor);

	line->function_id = function;
	line->line = number;
}

/* What distinguishes LOCATION from others; the caller frees it. */
static char *location_key(const Perftools__Profiles__Location *location)
{
	char *key = allocate_printed("%llu %llu", (unsigned long long)location->mapping_id,
				     (unsigned long long)location->address);
	size_t i;

	for (i = 0; i < location->n_line; i++) {
		char *longer = allocate_printed("%s %llu:%lld", key,
						(unsigned long long)location->line[i]->function_id,
						(long long)location->line[i]->line);

		free(key);
		key = longer;
	}
	return key;
}

/* The number of LOCATION, which is taken over, where it was not known before. */
static uint64_t location_id(struct profile *profile, Perftools__Profiles__Location *location)
{
	Perftools__Profiles__Profile *message = profile->message;
	char *key = location_key(location);
	bool is_new;
	uint64_t id = entry_id(&profile->locations, key, 1, &is_new);

	free(key);
	if (!is_new) {
		perftools__profiles__location__free_unpacked(location, NULL);
		return id;
	}
	location->id = id;
	*(Perftools__Profiles__Location **)allocate_next(&message->location, message->n_location++,
							 sizeof(*message->location)) = location;
	return id;
}

/* COUNT frames of one call: the innermost inlined one first. */
static uint64_t call_id(struct profile *profile, const struct frame *frames, size_t count)
{
	Perftools__Profiles__Location *location =
		new_message(&perftools__profiles__location__descriptor);
	const struct frame *call = &frames[count - 1];
	uint64_t module = module_id(profile, call);
	size_t i;

	location->mapping_id = module;
	if (module)
		location->address = profile->module_list[module - 1].start + address_in_file(call);
	for (i = 0; i < count; i++)
		add_line(location,
			 function_id(profile, profile_frame_name(&frames[i]),
				     frames[i].file ? frames[i].file : ""),
			 frames[i].line);
	return location_id(profile, location);
}

/* NAME stands for code, and is taken over. */
static uint64_t named_location_id(struct profile *profile, char *name)
{
	Perftools__Profiles__Location *location =
		new_message(&perftools__profiles__location__descriptor);

	add_line(location, function_id(profile, name, ""), 0);
	return location_id(profile, location);
}

/* TEXT is taken over. */
static void add_label(struct profile *profile, Perftools__Profiles__Sample *sample, const char *key,
		      char *text)
{
	Perftools__Profiles__Label *label = add_message(&sample->label, &sample->n_label,
							&perftools__profiles__label__descriptor);

	label->key = string_id(profile, key);
	label->str = string_id(profile, text);
	free(text);
}

static void add_location(Perftools__Profiles__Sample *sample, uint64_t id)
{
	*(uint64_t *)allocate_next(&sample->location_id, sample->n_location_id++,
				   sizeof(*sample->location_id)) = id;
}

static void add_value(Perftools__Profiles__Sample *sample, uint64_t value)
{
	*(int64_t *)allocate_next(&sample->value, sample->n_value++, sizeof(*sample->value)) =
		(int64_t)value;
}

/* The stack of LEAK, a list of locations. */
static void add_stack(struct profile *profile, Perftools__Profiles__Sample *sample,
		      const struct report_leak *leak)
{
	const struct report_stack *stack = profile_stack(leak);
	size_t i, end;

	if (!stack)
		add_location(sample, named_location_id(profile, profile_place_name(leak)));
	for (i = 0; stack && i < stack->count; i = end) {
		for (end = i + 1; end < stack->count && stack->frames[end - 1].inlined;)
			end++;
		add_location(sample, call_id(profile, &stack->frames[i], end - i));
	}
}

static void add_sample(struct profile *profile, const struct report *report,
		       const struct report_leak *leak)
{
	Perftools__Profiles__Sample *sample =
		add_message(&profile->message->sample, &profile->message->n_sample,
			    &perftools__profiles__sample__descriptor);

	add_stack(profile, sample, leak);
	add_value(sample, report_leak_counting(leak));
	/* Whole seconds, and none is lost. */
	add_value(sample, (uint64_t)ceil(profile_held_s(leak)));
	add_label(profile, sample, "executable", profile_program(report, leak));
	add_label(profile, sample, "class", allocate_text(leak_class_name(leak->class)));
	if (leak->reason != REASON_NONE)
		add_label(profile, sample, "reason", allocate_text(leak_reason_name(leak->reason)));
	add_label(profile, sample, "id", allocate_text(leak->id));
}

static void add_value_type(struct profile *profile, const char *type, const char *unit)
{
	Perftools__Profiles__ValueType *added =
		add_message(&profile->message->sample_type, &profile->message->n_sample_type,
			    &perftools__profiles__value_type__descriptor);

	added->type = string_id(profile, type);
	added->unit = string_id(profile, unit);
}

static void set_period(struct profile *profile, const char *type, const char *unit)
{
	Perftools__Profiles__ValueType *period =
		new_message(&perftools__profiles__value_type__descriptor);

	period->type = string_id(profile, type);
	period->unit = string_id(profile, unit);
	profile->message->period_type = period;
	profile->message->period = 1;
	profile->message->default_sample_type = period->type;
}

static void set_times(struct profile *profile, const struct report *report)
{
	double longest_ms = 0;
	size_t i;

	for (i = 0; i < report->process_count; i++)
		if (report->processes[i].duration_ms > longest_ms)
			longest_ms = report->processes[i].duration_ms;
	profile->message->time_nanos = report->made_at_ns;
	profile->message->duration_nanos = (int64_t)(longest_ms * 1e6);
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

static void write_packed(const Perftools__Profiles__Profile *message, FILE *out)
{
	size_t size = perftools__profiles__profile__get_packed_size(message);
	uint8_t *packed = allocate_zeroed(size + 1, 1);

	perftools__profiles__profile__pack(message, packed);
	gzip_write(out, packed, size);
	free(packed);
}

void render_pprof(const struct report *report, FILE *out, bool color)
{
	struct profile profile = { .strings = NULL };

	(void)color;
	profile.message = new_message(&perftools__profiles__profile__descriptor);
	string_id(&profile, "");
	add_value_type(&profile, "close_wait", "count");
	add_value_type(&profile, "held", "seconds");
	add_leaks(&profile, report);
	set_times(&profile, report);
	set_period(&profile, "close_wait", "count");
	write_packed(profile.message, out);
	perftools__profiles__profile__free_unpacked(profile.message, NULL);
	clear_entries(&profile.strings);
	clear_entries(&profile.functions);
	clear_entries(&profile.locations);
	clear_entries(&profile.modules);
	free(profile.module_list);
}
