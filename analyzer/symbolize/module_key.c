/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/module_key.h"

#include <stdint.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "preload/recording/recording.h"

struct module_key {
	uint64_t file_size;
	int64_t file_mtime_ns;
	uint64_t build_id_size;
	uint64_t recorded_by;
	uint64_t path_size;
	uint8_t build_id[RECORDED_BUILD_ID_MAX];
	char path[]; /* without its NUL */
};

struct module_key *module_key_new(const struct code_module *module, size_t *size)
{
	size_t path_size = strlen(module->path);
	struct module_key *key;

	*size = sizeof(*key) + path_size;
	key = allocate_zeroed(*size, 1);
	/* A build-id identifies the module: a copy with another time is the same one. */
	if (module->build_id_size) {
		key->build_id_size = module->build_id_size;
		memcpy(key->build_id, module->build_id, module->build_id_size);
	} else {
		key->file_size = module->file_size;
		key->file_mtime_ns = module->file_mtime_ns;
	}
	key->recorded_by = module->recorded_by;
	key->path_size = path_size;
	memcpy(key->path, module->path, path_size);
	return key;
}

bool module_key_is_of(const struct module_key *key, const struct code_module *module)
{
	if (key->recorded_by != module->recorded_by ||
	    key->build_id_size != module->build_id_size || strlen(module->path) != key->path_size ||
	    memcmp(key->path, module->path, key->path_size) != 0)
		return false;
	if (key->build_id_size)
		return memcmp(key->build_id, module->build_id, key->build_id_size) == 0;
	return key->file_size == module->file_size && key->file_mtime_ns == module->file_mtime_ns;
}
