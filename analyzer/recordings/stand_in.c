/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/stand_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/interned.h"

#define NAME_BEGIN "unrecorded."

char *stand_in_path(const char *folder, int pid, uint64_t run)
{
	return allocate_printed("%s/" NAME_BEGIN "%d.%" PRIu64 RECORDING_SUFFIX, folder, pid, run);
}

bool stand_in_parse(const char *name, int *pid, uint64_t *run)
{
	return sscanf(name, NAME_BEGIN "%d.%" SCNu64 ".", pid, run) == 2 && *pid > 0;
}

struct recording *stand_in_recording(const char *path, int pid, const char *command)
{
	struct recording *recording = allocate_zeroed(1, sizeof(*recording));
	struct recording_header *header = &recording->header;

	recording->path = allocate_text(path);
	recording->is_stand_in = true;
	header->pid = pid;
	header->parent_pid = -1;
	snprintf(header->executable, sizeof(header->executable), "%s", command);
	/* Two NULs end it. */
	snprintf(header->command, sizeof(header->command) - 1, "%s", command);
	return recording;
}

void stand_in_give_modules(struct recording *recording, struct recorded_module *modules,
			   size_t count, char *texts, size_t size)
{
	struct interned *interned = allocate_zeroed(1, sizeof(*interned));

	interned->references = 1;
	interned->sections[SECTION_MODULES] = (struct interned_section){
		.records = (uint8_t *)modules, .end = count, .record_size = sizeof(*modules)
	};
	interned->sections[SECTION_STRINGS] = (struct interned_section){
		.records = (uint8_t *)texts, .end = size, .record_size = 1
	};
	recording->interned = interned;
}
