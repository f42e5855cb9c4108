/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/java/java_state.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include "preload/platform/loaded_symbols.h"
#include "preload/platform/readable.h"
#include "preload/platform/real_calls.h"
#include "preload/runtimes/runtime.h"

/* A thread's object is smaller; its environment lies in it. */
#define THREAD_SIZE_MAX 8192u

/* More entries than any table has. */
#define ENTRIES_MAX 65536u

static struct {
	uint64_t machine_start, machine_end;
	uint64_t state, os_thread; /* offsets in a thread's object */
	uint64_t id;               /* offset in what OS_THREAD leads to: as of gettid() */
	int32_t native;            /* the state of a thread in native code */
} fields;

/* Where in a thread's object its environment is; 0: not known yet. */
static uint64_t environment_at;

/* A table of the machine's: an array of entries that ends with one without a name. */
struct table {
	const char *entries;
	uint64_t stride;
	uint64_t type, name, value; /* offsets in an entry */
};

static bool find_word(const struct loaded_symbols *symbols, const char *name, uint64_t *word)
{
	const uint64_t *place = loaded_symbols_find(symbols, name);

	if (place)
		*word = *place;
	return place != NULL;
}

static bool find_entries(const struct loaded_symbols *symbols, const char *name,
			 struct table *table)
{
	uint64_t entries;

	if (!find_word(symbols, name, &entries))
		return false;
	table->entries = (const char *)(uintptr_t)entries;
	return table->entries != NULL && table->stride >= sizeof(uint64_t);
}

static const char *text_at(const char *entry, uint64_t offset)
{
	return *(const char *const *)(const void *)(entry + offset);
}

/* The entry NAME, of TYPE or of one that it is made of; NULL: there is none. */
static const char *find_entry(const struct table *table, const char *const *types, const char *name)
{
	const char *entry = table->entries;
	unsigned int i;

	for (i = 0; i < ENTRIES_MAX && text_at(entry, table->type); i++, entry += table->stride) {
		const char *const *type = types;
		const char *found = text_at(entry, table->name);

		if (!found || strcmp(found, name) != 0)
			continue;
		for (; *type; type++)
			if (strcmp(text_at(entry, table->type), *type) == 0)
				return entry;
	}
	return NULL;
}

static bool find_field(const struct table *table, const char *const *types, const char *name,
		       uint64_t *offset)
{
	const char *entry = find_entry(table, types, name);

	if (entry)
		*offset = *(const uint64_t *)(const void *)(entry + table->value);
	return entry && *offset < THREAD_SIZE_MAX;
}

static bool find_constant(const struct loaded_symbols *symbols, const char *name, int32_t *value)
{
	const char *const names[] = { name, NULL };
	struct table table = { 0 };
	const char *entry;

	if (!find_word(symbols, "gHotSpotVMIntConstantEntryArrayStride", &table.stride) ||
	    !find_word(symbols, "gHotSpotVMIntConstantEntryNameOffset", &table.name) ||
	    !find_word(symbols, "gHotSpotVMIntConstantEntryValueOffset", &table.value) ||
	    !find_entries(symbols, "gHotSpotVMIntConstants", &table))
		return false;
	table.type = table.name;
	entry = find_entry(&table, names, name);
	if (entry)
		*value = *(const int32_t *)(const void *)(entry + table.value);
	return entry != NULL;
}

bool java_state_find(const struct runtime_module *module)
{
	static const char *const thread[] = { "JavaThread", "Thread", NULL };
	static const char *const os_thread[] = { "OSThread", NULL };
	const struct loaded_symbols *symbols = module->symbols;
	struct table table = { 0 };

	fields.machine_start = module->start;
	fields.machine_end = module->end;
	return find_word(symbols, "gHotSpotVMStructEntryArrayStride", &table.stride) &&
	       find_word(symbols, "gHotSpotVMStructEntryTypeNameOffset", &table.type) &&
	       find_word(symbols, "gHotSpotVMStructEntryFieldNameOffset", &table.name) &&
	       find_word(symbols, "gHotSpotVMStructEntryOffsetOffset", &table.value) &&
	       find_entries(symbols, "gHotSpotVMStructs", &table) &&
	       find_field(&table, thread, "_thread_state", &fields.state) &&
	       find_field(&table, thread, "_osthread", &fields.os_thread) &&
	       find_field(&table, os_thread, "_thread_id", &fields.id) &&
	       find_constant(symbols, "_thread_in_native", &fields.native);
}

static bool read_word(uint64_t place, uint64_t *word)
{
	if (place % sizeof(*word) || place < READABLE_PAGE || !readable(place))
		return false;
	*word = *(const uint64_t *)(uintptr_t)place;
	return true;
}

/* Is there at PLACE the object of the calling thread, which is ID? It begins with its functions. */
static bool is_thread(uint64_t place, int32_t id)
{
	uint64_t functions, os_thread, found;

	return read_word(place, &functions) && functions >= fields.machine_start &&
	       functions < fields.machine_end && read_word(place + fields.os_thread, &os_thread) &&
	       read_word((os_thread + fields.id) & ~7ull, &found) &&
	       (int32_t)(fields.id % 8 ? found >> 32 : found) == id;
}

/* The environment is a part of the thread's object. */
static uint64_t find_environment(uint64_t environment)
{
	int32_t id = (int32_t)real.syscall(SYS_gettid);
	uint64_t at;

	for (at = sizeof(uint64_t); at < THREAD_SIZE_MAX; at += sizeof(uint64_t))
		if (is_thread(environment - at, id))
			return at;
	return 0;
}

bool java_state_is_native(const struct java_object *jni)
{
	uint64_t environment = (uint64_t)(uintptr_t)jni;
	uint64_t at = __atomic_load_n(&environment_at, __ATOMIC_RELAXED);
	const volatile int32_t *state;

	if (at == 0) {
		at = find_environment(environment);
		if (at == 0)
			return false;
		__atomic_store_n(&environment_at, at, __ATOMIC_RELAXED);
	}
	state = (const volatile int32_t *)(uintptr_t)(environment - at + fields.state);
	return *state == fields.native;
}
