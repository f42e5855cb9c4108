/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "preload/platform/clock.h"
#include "preload/ledger/ledger_file.h"
#include "preload/ledger/ledger_layout.h"

struct recording_header *ledger_header;

/* In a forked child that has no recording yet: that of its nearest ancestor that had one. */
static struct recording_header *parent_header;

static char recordings_folder[PATH_MAX];
static size_t ledger_size;
static const struct ledger_layout *layout;

/*
 * Which chunks of the file can be stored to. One bit a chunk; the largest layout (about 290 MiB in
 * chunks of 16 KiB) needs 18,500.
 */
#define CHUNKS_MAX 32768
static uint64_t reserved_chunks[CHUNKS_MAX / 64];

static void fill_header(struct recording_header *header, const struct ledger_identity *identity)
{
	struct rlimit limit;
	struct timespec now;

	memcpy(header->magic, RECORDING_MAGIC, sizeof(RECORDING_MAGIC));
	header->version = RECORDING_VERSION;
	header->byte_order = RECORDING_BYTE_ORDER;
	header->header_size = sizeof(*header);
	ledger_lay_out(layout, header);
	header->origin = identity->origin;
	header->pid = getpid();
	header->parent_pid = identity->parent_pid;
	header->start_ns = clock_now();
	clock_gettime(CLOCK_REALTIME, &now);
	header->start_realtime_ns = now.tv_sec * 1000000000ll + now.tv_nsec;
	header->birth_stack = identity->birth_stack;
	header->frames_limit = identity->frames_limit;
	header->options = identity->options;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		header->descriptor_limit = limit.rlim_cur;
	if (layout->written_whole)
		header->blind |= BLIND_OLD_KERNEL;
	strncpy(header->executable, identity->executable, sizeof(header->executable) - 1);
	memcpy(header->command, identity->command,
	       identity->command_size < RECORDED_COMMAND_MAX - 2 ? identity->command_size
								 : RECORDED_COMMAND_MAX - 2);
	strncpy(header->finleak_version, FINLEAK_VERSION, sizeof(header->finleak_version) - 1);
}

static void publish_header(struct recording_header *header)
{
	__atomic_store_n(&header->ready, 1, __ATOMIC_RELEASE);
}

static void forget_reservations(void)
{
	memset(reserved_chunks, layout->written_whole ? 0xff : 0, sizeof(reserved_chunks));
	reserved_chunks[0] |= 1;
}

bool ledger_create(const char *folder, const struct ledger_identity *identity)
{
	struct ledger_file file;
	void *map = NULL;
	unsigned int i;

	snprintf(recordings_folder, sizeof(recordings_folder), "%s", folder);
	if (!ledger_file_create(recordings_folder, &file))
		return false;
	for (i = 0; !map && ledger_layout(i); i++) {
		layout = ledger_layout(i);
		map = ledger_file_map(&file, layout);
	}
	ledger_file_close(&file, map != NULL);
	if (!map)
		return false;
	ledger_size = ledger_layout_size(layout);
	forget_reservations();
	fill_header(map, identity);
	__atomic_store_n(&ledger_header, map, __ATOMIC_RELEASE);
	/* Offset 0 of the stacks means "no stack". */
	ledger_append(SECTION_STACKS, RECORDED_STACK_UNIT);
	publish_header(map);
	return true;
}

/* Copies the used part of an append-only section from the parent's mapping. */
static bool inherit_section(const struct recording_header *parent, struct recording_header *child,
			    enum recording_section_id id)
{
	const struct recording_section *from = &parent->sections[id];
	struct recording_section *to = &child->sections[id];
	uint64_t used = __atomic_load_n(&from->used, __ATOMIC_ACQUIRE);
	uint64_t bytes;

	if (used > from->capacity)
		used = from->capacity;
	bytes = used * from->record_size;
	if (bytes == 0)
		return true;
	if (!layout->written_whole &&
	    !ledger_file_reserve(child, to->offset, ledger_round_to_chunk(bytes)))
		return false;
	memcpy((char *)child + to->offset, (const char *)parent + from->offset, bytes);
	to->used = used;
	return true;
}

static void mark_reserved(uint64_t first_byte, uint64_t end_byte)
{
	uint64_t chunk;

	for (chunk = first_byte / RECORDING_CHUNK; chunk * RECORDING_CHUNK < end_byte; chunk++)
		__atomic_fetch_or(&reserved_chunks[chunk / 64], 1ull << (chunk % 64),
				  __ATOMIC_RELAXED);
}

void ledger_leave_to_parent(void)
{
	if (ledger_header)
		parent_header = ledger_header;
	ledger_header = NULL;
}

bool ledger_create_for_child(const struct ledger_identity *identity)
{
	static const enum recording_section_id taken_over[] = { SECTION_STACKS, SECTION_SCRIPTS,
								SECTION_MODULES, SECTION_STRINGS };
	static const unsigned int count = sizeof(taken_over) / sizeof(taken_over[0]);
	struct recording_header *header = NULL;
	struct ledger_file file;
	unsigned int i;

	if (!ledger_file_create(recordings_folder, &file))
		goto lost;
	header = ledger_file_map(&file, layout);
	if (!header)
		goto no_room;
	fill_header(header, identity);
	for (i = 0; i < count; i++)
		if (!inherit_section(parent_header, header, taken_over[i]))
			goto no_room;
	header->blind = parent_header->blind;
	if (mremap(header, ledger_size, ledger_size, MREMAP_MAYMOVE | MREMAP_FIXED,
		   parent_header) == MAP_FAILED)
		goto no_room;
	header = parent_header;
	forget_reservations();
	for (i = 0; i < count; i++)
		mark_reserved(header->sections[taken_over[i]].offset,
			      header->sections[taken_over[i]].offset +
				      header->sections[taken_over[i]].used *
					      ledger_record_sizes[taken_over[i]]);
	__atomic_store_n(&ledger_header, header, __ATOMIC_RELEASE);
	publish_header(header);
	ledger_file_close(&file, true);
	return true;
no_room:
	if (header)
		munmap(header, ledger_size);
	ledger_file_close(&file, false);
lost:
	__atomic_fetch_add(&parent_header->lost[LOST_CHILDREN], 1, __ATOMIC_RELAXED);
	return false;
}

bool ledger_reserve(enum recording_section_id id, uint64_t first, uint64_t count)
{
	const struct recording_section *section = ledger_section(id);
	uint64_t start, end, chunk;

	if (first + count > section->capacity)
		return false;
	start = section->offset + first * section->record_size;
	end = start + count * section->record_size;
	for (chunk = start / RECORDING_CHUNK; chunk * RECORDING_CHUNK < end; chunk++) {
		uint64_t bit = 1ull << (chunk % 64);

		if (__atomic_load_n(&reserved_chunks[chunk / 64], __ATOMIC_RELAXED) & bit)
			continue;
		if (!ledger_file_reserve(ledger_header, chunk * RECORDING_CHUNK, RECORDING_CHUNK))
			return false;
		mark_reserved(chunk * RECORDING_CHUNK, chunk * RECORDING_CHUNK + 1);
	}
	return true;
}

void *ledger_record(enum recording_section_id id, uint64_t index)
{
	const struct recording_section *section = ledger_section(id);

	return (char *)ledger_header + section->offset + index * section->record_size;
}

void ledger_raise_used(enum recording_section_id id, uint64_t used)
{
	uint64_t *place = &ledger_section(id)->used;
	uint64_t seen = __atomic_load_n(place, __ATOMIC_RELAXED);

	while (seen < used && !__atomic_compare_exchange_n(place, &seen, used, true,
							   __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

uint64_t ledger_append(enum recording_section_id id, uint64_t count)
{
	struct recording_section *section = ledger_section(id);
	uint64_t first = __atomic_load_n(&section->used, __ATOMIC_RELAXED);

	/*
	 * Reserve before taking: a record is never taken that can't be stored to, so a full file
	 * system leaves no holes and the next try starts at the same place.
	 */
	do {
		if (!ledger_reserve(id, first, count))
			return UINT64_MAX;
	} while (!__atomic_compare_exchange_n(&section->used, &first, first + count, true,
					      __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	return first;
}

void ledger_count_lost(enum recording_lost what)
{
	__atomic_fetch_add(&ledger_header->lost[what], 1, __ATOMIC_RELAXED);
}

/* To a millisecond only: the line is shared by all threads, and read where each accepts. */
void ledger_touch(uint64_t time)
{
	uint64_t last = __atomic_load_n(&ledger_header->last_event_ns, __ATOMIC_RELAXED);

	if (time >= last + 1000000)
		__atomic_store_n(&ledger_header->last_event_ns, time, __ATOMIC_RELAXED);
}
