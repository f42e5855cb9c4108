/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_tables.h"

#include <stddef.h>
#include "preload/platform/loaded_object.h"

enum unwind_found unwind_tables_find(uint64_t address, struct unwind_entry *entry)
{
	struct loaded_unwind_header loaded;
	struct unwind_header found;

	if (!loaded_object_unwind_header(address, &loaded))
		return UNWIND_NOT_LOADED;
	found = (struct unwind_header){ loaded.header, loaded.start, loaded.end };
	return unwind_entry_find(&found, address, entry);
}
