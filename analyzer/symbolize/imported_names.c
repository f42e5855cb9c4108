/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/imported_names.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/frame_names.h"

struct imported_call {
	char *key;
	size_t count;
	UT_hash_handle hh;
	struct code_name list[];
};

struct imported_line {
	char *key;
	const char *line; /* kept */
	UT_hash_handle hh;
};

struct imported_names {
	struct frame_names *texts;
	struct imported_call *calls;
	struct imported_line *lines;
};

char *module_identity(const struct code_module *module)
{
	char *identity;
	size_t i;

	if (!module->build_id_size)
		return allocate_printed("%llu:%lld", (unsigned long long)module->file_size,
					(long long)module->file_mtime_ns);
	identity = allocate_zeroed(2 * module->build_id_size + 1, 1);
	for (i = 0; i < module->build_id_size; i++)
		snprintf(identity + 2 * i, 3, "%02x", module->build_id[i]);
	return identity;
}

static char *key_of(const char *path, const char *identity, uint64_t offset)
{
	return allocate_printed("%s\n%s\n%llx", path, identity, (unsigned long long)offset);
}

static char *key_of_line(const char *file, unsigned int number)
{
	return allocate_printed("%u\n%s", number, file);
}

struct imported_names *imported_names_new(void)
{
	struct imported_names *names = allocate_zeroed(1, sizeof(*names));

	names->texts = frame_names_new(NULL);
	return names;
}

void imported_names_free(struct imported_names *names)
{
	struct imported_call *call, *next_call;
	struct imported_line *line, *next_line;

	if (!names)
		return;
	HASH_ITER(hh, names->calls, call, next_call) {
		HASH_DEL(names->calls, call);
		free(call->key);
		free(call);
	}
	HASH_ITER(hh, names->lines, line, next_line) {
		HASH_DEL(names->lines, line);
		free(line->key);
		free(line);
	}
	frame_names_free(names->texts);
	free(names);
}

static const char *kept(struct imported_names *names, const char *text)
{
	return text ? frame_names_keep(names->texts, text) : NULL;
}

void imported_names_add(struct imported_names *names, const char *path, const char *identity,
			uint64_t offset, const struct code_name *list, size_t count)
{
	char *key = key_of(path, identity, offset);
	struct imported_call *call;
	size_t i;

	HASH_FIND_STR(names->calls, key, call);
	if (call || count == 0 || count > CODE_NAMES_MAX) {
		free(key);
		return;
	}
	call = allocate_zeroed(1, sizeof(*call) + count * sizeof(call->list[0]));
	call->key = key;
	call->count = count;
	for (i = 0; i < count; i++)
		call->list[i] = (struct code_name){
			.function = kept(names, list[i].function),
			.file = kept(names, list[i].file),
			.line = list[i].line,
			.inlined = list[i].inlined,
			.ends_with_call = list[i].ends_with_call,
			.callee = kept(names, list[i].callee),
		};
	HASH_ADD_KEYPTR(hh, names->calls, call->key, strlen(call->key), call);
}

void imported_names_add_line(struct imported_names *names, const char *file, unsigned int number,
			     const char *line)
{
	char *key = key_of_line(file, number);
	struct imported_line *known;

	HASH_FIND_STR(names->lines, key, known);
	if (known) {
		free(key);
		return;
	}
	known = allocate_zeroed(1, sizeof(*known));
	known->key = key;
	known->line = kept(names, line);
	HASH_ADD_KEYPTR(hh, names->lines, known->key, strlen(known->key), known);
}

size_t imported_names_of(const struct imported_names *names, const struct code_module *module,
			 uint64_t offset, struct code_name *list)
{
	const struct imported_call *call;
	char *identity, *key;

	if (!names || !names->calls)
		return 0;
	identity = module_identity(module);
	key = key_of(module->path, identity, offset);
	HASH_FIND_STR(names->calls, key, call);
	free(identity);
	free(key);
	if (!call)
		return 0;
	memcpy(list, call->list, call->count * sizeof(*list));
	return call->count;
}

const char *imported_names_line(const struct imported_names *names, const char *file,
				unsigned int number)
{
	const struct imported_line *known;
	char *key;

	if (!names)
		return NULL;
	key = key_of_line(file, number);
	HASH_FIND_STR(names->lines, key, known);
	free(key);
	return known ? known->line : NULL;
}
