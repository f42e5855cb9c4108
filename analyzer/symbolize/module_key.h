/* SPDX-License-Identifier: MIT */
/* A module as the key of a map: two recordings of the same file have the same key. */
#ifndef FINLEAK_MODULE_KEY_H
#define FINLEAK_MODULE_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/symbolize/code_module.h"

struct module_key;

/* The key of MODULE, *size bytes without padding to compare; the caller frees it. */
struct module_key *module_key_new(const struct code_module *module, size_t *size);

/* Is KEY, of module_key_new(), that of MODULE? */
bool module_key_is_of(const struct module_key *key, const struct code_module *module);

#endif
