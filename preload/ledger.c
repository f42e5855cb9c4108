/* SPDX-License-Identifier: MIT */
#include "preload/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "preload/clock.h"
#include "preload/real_calls.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

struct recording_header *ledger_header;

/* In a forked child that has no recording yet: that of its nearest ancestor that had one. */
static struct recording_header *parent_header;

static char recordings_folder[PATH_MAX];
static size_t ledger_size;

/*
 * Which chunks of the file can be stored to. One bit a chunk; the largest layout (about 290 MiB in
 * chunks of 16 KiB) needs 18,500.
 */
#define CHUNKS_MAX 32768
static uint64_t reserved_chunks[CHUNKS_MAX / 64];

/* How much of each section there can be. Sparse, so capacity costs address space only. */
struct layout {
	uint64_t capacity[SECTION_COUNT];
};

static const uint32_t record_sizes[SECTION_COUNT] = {
	[SECTION_DESCRIPTORS] = sizeof(recorded_descriptor_word),
	[SECTION_SOCKETS] = sizeof(struct recorded_socket),
	[SECTION_STACKS] = 1,
	[SECTION_MODULES] = sizeof(struct recorded_module),
	[SECTION_STRINGS] = 1,
	[SECTION_TOTALS] = sizeof(struct recorded_total),
	[SECTION_DEPARTURES] = sizeof(struct recorded_departure),
	[SECTION_BIRTHS] = sizeof(struct recorded_birth),
	[SECTION_SCRIPTS] = sizeof(struct recorded_script),
};

static const struct layout layouts[] = {
	/* the usual one: a million sockets */
	{ .capacity = { [SECTION_DESCRIPTORS] = 1 << 20,
			[SECTION_SOCKETS] = 1 << 20,
			[SECTION_STACKS] = 64 << 20,
			[SECTION_MODULES] = 4096,
			[SECTION_STRINGS] = 4 << 20,
			[SECTION_TOTALS] = 16384,
			[SECTION_DEPARTURES] = 4096,
			[SECTION_BIRTHS] = 256,
			[SECTION_SCRIPTS] = 1 << 16 } },
	/* where address space or file size is limited (ulimit -v, -f) */
	{ .capacity = { [SECTION_DESCRIPTORS] = 1 << 16,
			[SECTION_SOCKETS] = 1 << 14,
			[SECTION_STACKS] = 4 << 20,
			[SECTION_MODULES] = 1024,
			[SECTION_STRINGS] = 256 << 10,
			[SECTION_TOTALS] = 2048,
			[SECTION_DEPARTURES] = 1024,
			[SECTION_BIRTHS] = 256,
			[SECTION_SCRIPTS] = 1 << 14 } },
	/* Linux before 5.14 can't reserve pages one by one: small enough to be written whole */
	{ .capacity = { [SECTION_DESCRIPTORS] = 4096,
			[SECTION_SOCKETS] = 4096,
			[SECTION_STACKS] = 1 << 20,
			[SECTION_MODULES] = 512,
			[SECTION_STRINGS] = 64 << 10,
			[SECTION_TOTALS] = 1024,
			[SECTION_DEPARTURES] = 512,
			[SECTION_BIRTHS] = 128,
			[SECTION_SCRIPTS] = 2048 } },
};
#define LAYOUT_WRITTEN_WHOLE (&layouts[2])

static const struct layout *layout;

static uint64_t round_to_chunk(uint64_t bytes)
{
	return (bytes + RECORDING_CHUNK - 1) / RECORDING_CHUNK * RECORDING_CHUNK;
}

static uint64_t layout_size(const struct layout *l)
{
	uint64_t size = RECORDING_CHUNK;
	unsigned int i;

	for (i = 0; i < SECTION_COUNT; i++)
		size += round_to_chunk(l->capacity[i] * record_sizes[i]);
	return size;
}

/* The file being created: longer than any path that the kernel takes. */
struct file_path {
	char text[PATH_MAX + 64];
};

/* Opens a new file COMM.PID.N.finleak in the folder. Returns the descriptor, or -1. */
static int create_file(struct file_path *path)
{
	char comm[17] = "";
	unsigned int n;
	char *c;
	int fd;

	prctl(PR_GET_NAME, comm, 0, 0, 0);
	for (c = comm; *c; c++)
		if (*c == '/' || *c == '%' || *c <= ' ' || *c == 0x7f || *c == '.')
			*c = '_';
	for (n = 0; n < 1000000; n++) {
		snprintf(path->text, sizeof(path->text), "%s/%s.%d.%u" RECORDING_SUFFIX,
			 recordings_folder, comm, (int)getpid(), n);
		fd = open(path->text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

/* Makes the pages of [start, start + length) of MAP storable. */
static bool populate(void *map, size_t start, size_t length)
{
	return madvise((char *)map + start, length, MADV_POPULATE_WRITE) == 0;
}

/* Sizes the new file for layout L and maps it. Returns the mapping, or NULL. */
static void *map_file(int fd, const struct layout *l)
{
	size_t size = layout_size(l);
	struct rlimit limit;
	void *map;

	/* Growing a file over RLIMIT_FSIZE would send SIGXFSZ to the program. */
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
	    limit.rlim_cur < size)
		return NULL;
	if (ftruncate(fd, size) < 0)
		return NULL;
	if (l == LAYOUT_WRITTEN_WHOLE && posix_fallocate(fd, 0, size) != 0)
		return NULL;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return NULL;
	/* Else a first touch reads ahead megabytes of zeros: 1.6 ms in place of 25 us (ext4). */
	madvise(map, size, MADV_RANDOM);
	if (l == LAYOUT_WRITTEN_WHOLE || populate(map, 0, RECORDING_CHUNK))
		return map;
	munmap(map, size);
	return NULL;
}

/*
 * Closes the file (its mapping keeps it) without being a cancellation point: the program never
 * asked for one here.
 */
static void close_file(int fd)
{
	real.syscall(SYS_close, fd);
}

static void fill_header(struct recording_header *header, const struct ledger_identity *identity)
{
	uint64_t offset = RECORDING_CHUNK;
	struct rlimit limit;
	struct timespec now;
	unsigned int i;

	memcpy(header->magic, RECORDING_MAGIC, sizeof(RECORDING_MAGIC));
	header->version = RECORDING_VERSION;
	header->byte_order = RECORDING_BYTE_ORDER;
	header->header_size = sizeof(*header);
	header->section_count = SECTION_COUNT;
	for (i = 0; i < SECTION_COUNT; i++) {
		header->sections[i] = (struct recording_section){
			.offset = offset,
			.capacity = layout->capacity[i],
			.record_size = record_sizes[i],
		};
		offset += round_to_chunk(layout->capacity[i] * record_sizes[i]);
	}
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
	if (layout == LAYOUT_WRITTEN_WHOLE)
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
	memset(reserved_chunks, layout == LAYOUT_WRITTEN_WHOLE ? 0xff : 0, sizeof(reserved_chunks));
	reserved_chunks[0] |= 1;
}

bool ledger_create(const char *folder, const struct ledger_identity *identity)
{
	struct file_path path;
	void *map = NULL;
	unsigned int i;
	int fd;

	snprintf(recordings_folder, sizeof(recordings_folder), "%s", folder);
	fd = create_file(&path);
	if (fd < 0)
		return false;
	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]) && !map; i++) {
		layout = &layouts[i];
		map = map_file(fd, layout);
	}
	close_file(fd);
	if (!map) {
		unlink(path.text);
		return false;
	}
	ledger_size = layout_size(layout);
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
	if (layout != LAYOUT_WRITTEN_WHOLE && !populate(child, to->offset, round_to_chunk(bytes)))
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
	struct recording_header *header;
	struct file_path path;
	unsigned int i;
	int fd;

	fd = create_file(&path);
	if (fd < 0)
		goto lost;
	header = map_file(fd, layout);
	close_file(fd);
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
					      record_sizes[taken_over[i]]);
	__atomic_store_n(&ledger_header, header, __ATOMIC_RELEASE);
	publish_header(header);
	return true;
no_room:
	if (header)
		munmap(header, ledger_size);
	unlink(path.text);
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
		if (!populate(ledger_header, chunk * RECORDING_CHUNK, RECORDING_CHUNK))
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

void ledger_touch(uint64_t time)
{
	__atomic_store_n(&ledger_header->last_event_ns, time, __ATOMIC_RELAXED);
}
