/* SPDX-License-Identifier: MIT */
#include "own_recording.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "expect.h"
#include "own_text.h"

#define NAME_BEFORE_FOLDER "recordings="

bool is_recorded(void)
{
	return getenv("FINLEAK_OPTIONS") != NULL;
}

/* The folder out of FINLEAK_OPTIONS, where it is the first option. */
static void recordings_folder(char *folder, size_t size)
{
	const char *options = getenv("FINLEAK_OPTIONS");

	if (!options || strncmp(options, NAME_BEFORE_FOLDER, strlen(NAME_BEFORE_FOLDER)) != 0)
		fail_msg("FINLEAK_OPTIONS must begin with " NAME_BEFORE_FOLDER);
	else
		snprintf(folder, size, "%.*s",
			 (int)strcspn(options + strlen(NAME_BEFORE_FOLDER), ":"),
			 options + strlen(NAME_BEFORE_FOLDER));
}

static const void *map_whole(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const void *map = NULL;
	struct stat status;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && status.st_size > 0) {
		map = mmap(NULL, status.st_size, PROT_READ, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED)
			map = NULL;
	}
	close(fd);
	return map;
}

/* Is NAME that of a recording (COMM.PID.N.finleak), and of process PID (0: of any)? */
static bool names_recording_of(const char *name, pid_t pid)
{
	const char *dot = strchr(name, '.');
	size_t length = strlen(name);

	if (length < strlen(RECORDING_SUFFIX) ||
	    strcmp(name + length - strlen(RECORDING_SUFFIX), RECORDING_SUFFIX) != 0)
		return false;
	return pid == 0 || (dot && atoi(dot + 1) == pid);
}

#define RECORDINGS_MAX 8

/* Maps the recordings of PID, oldest first. Returns how many there are. */
static unsigned int map_recordings(pid_t pid, const struct recording_header **maps)
{
	char folder[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
	unsigned int count = 0, i;
	struct dirent *entry;
	DIR *directory;

	recordings_folder(folder, sizeof(folder));
	directory = opendir(folder);
	if (!directory)
		return 0;
	while (count < RECORDINGS_MAX && (entry = readdir(directory))) {
		const struct recording_header *map;

		if (!names_recording_of(entry->d_name, pid))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		map = map_whole(path);
		if (!map || !map->ready)
			continue;
		for (i = count++; i > 0 && maps[i - 1]->start_ns > map->start_ns; i--)
			maps[i] = maps[i - 1];
		maps[i] = map;
	}
	closedir(directory);
	return count;
}

unsigned int count_recordings(void)
{
	char folder[PATH_MAX];
	struct dirent *entry;
	unsigned int count = 0;
	DIR *directory;

	recordings_folder(folder, sizeof(folder));
	directory = opendir(folder);
	if (!directory)
		return 0;
	while ((entry = readdir(directory)))
		count += names_recording_of(entry->d_name, 0);
	closedir(directory);
	return count;
}

const struct recording_header *recording_of(pid_t pid, unsigned int nth)
{
	const struct recording_header *maps[RECORDINGS_MAX];

	return nth < map_recordings(pid, maps) ? maps[nth] : NULL;
}

const struct recording_header *own_recording(void)
{
	static const struct recording_header *own;
	static pid_t owner;
	const struct recording_header *maps[RECORDINGS_MAX];
	unsigned int count;

	if (own && owner == getpid())
		return own;
	count = map_recordings(getpid(), maps);
	if (count == 0)
		fail_msg("process %d has no recording", getpid());
	own = count ? maps[count - 1] : NULL;
	owner = getpid();
	return own;
}

/* The recording in the file that RECORDING refers to. */
static const struct recording_header *parent_of(const struct recording_header *recording)
{
	char folder[PATH_MAX], path[PATH_MAX + RECORDED_FILE_NAME_MAX + 2];
	const struct recording_header *parent;

	recordings_folder(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/%s", folder, recording->parent_file);
	parent = map_whole(path);
	if (!parent || parent->start_ns != recording->parent_file_start_ns)
		fail_msg("there is no %s", path);
	return parent;
}

/*
 * The section of RECORDING, which is mapped as a whole, in one piece where the file has two: both
 * are mapped once more, one behind the other. The last ones that were asked for are kept.
 */
static const char *in_one_piece(const struct recording_header *recording,
				enum recording_section_id id)
{
	static struct {
		const struct recording_header *recording;
		char *joined;
	} kept[SECTION_COUNT];
	const struct recording_section *section = &recording->sections[id];
	const struct recording_extent *more = &recording->more[id];
	uint64_t size = section->capacity * section->record_size;
	char *whole = (char *)(uintptr_t)recording;

	if (more->bytes == 0)
		return whole + section->offset;
	if (kept[id].recording == recording)
		return kept[id].joined;
	kept[id].recording = recording;
	kept[id].joined = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (kept[id].joined == MAP_FAILED ||
	    mremap(whole + section->offset, 0, more->bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
		   kept[id].joined) == MAP_FAILED ||
	    mremap(whole + more->offset, 0, size - more->bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
		   kept[id].joined + more->bytes) == MAP_FAILED)
		fail_msg("a section can't be mapped in one piece");
	return kept[id].joined;
}

static const void *record_at(const struct recording_header *recording, enum recording_section_id id,
			     uint64_t index)
{
	const struct recording_section *section;

	while (index < recording->sections[id].inherited)
		recording = parent_of(recording);
	section = &recording->sections[id];
	return in_one_piece(recording, id) + index * section->record_size;
}

static uint64_t descriptor_word(const struct recording_header *recording, int fd)
{
	if (fd < 0 || (uint64_t)fd >= recording->sections[SECTION_DESCRIPTORS].used)
		return 0;
	return *(const uint64_t *)record_at(recording, SECTION_DESCRIPTORS, fd);
}

const struct recorded_socket *row_in(const struct recording_header *recording, int fd)
{
	uint32_t row = recorded_descriptor_row(descriptor_word(recording, fd));
	const struct recorded_socket *socket;

	if (row == 0)
		return NULL;
	socket = record_at(recording, SECTION_SOCKETS, row - 1);
	if (!(socket->life & LIFE_OPEN))
		fail_msg("descriptor %d refers to row %u, which is not open", fd, row - 1);
	return socket;
}

const struct recorded_socket *row_of(int fd)
{
	return row_in(own_recording(), fd);
}

const char *string_in(const struct recording_header *recording, uint32_t place)
{
	return record_at(recording, SECTION_STRINGS, place);
}

uint32_t duplicate_stack_of(int fd)
{
	return recorded_descriptor_stack(descriptor_word(own_recording(), fd));
}

const uint64_t *frames_of(const struct recording_header *recording, uint32_t stack, size_t *count)
{
	const struct recording_section *section = &recording->sections[SECTION_STACKS];
	const struct recorded_stack *found;

	*count = 0;
	if (stack == 0 || (uint64_t)stack * RECORDED_STACK_UNIT >= section->used)
		return NULL;
	found = record_at(recording, SECTION_STACKS, (uint64_t)stack * RECORDED_STACK_UNIT);
	*count = found->frames;
	return found->pc;
}

bool stack_begins_in(const struct recording_header *recording, uint32_t stack, const void *function)
{
	size_t count;
	const uint64_t *pc = frames_of(recording, stack, &count);

	return count > 0 && returns_into(pc[0], function);
}

bool stack_passes(const struct recording_header *recording, uint32_t stack, const void *function)
{
	size_t count, i;
	const uint64_t *pc = frames_of(recording, stack, &count);

	for (i = 0; i < count; i++)
		if (returns_into(pc[i], function))
			return true;
	return false;
}

uint64_t closed_in(const void *function, enum recorded_decision decision)
{
	const struct recording_header *own = own_recording();
	uint64_t count = 0, i;

	for (i = 0; i < own->sections[SECTION_TOTALS].used; i++) {
		const struct recorded_total *total = record_at(own, SECTION_TOTALS, i);

		if (total->count && total->decision == (uint32_t)decision &&
		    stack_begins_in(own, total->closed_stack, function))
			count += total->count;
	}
	return count;
}

const struct recorded_birth *birth_in(const void *function)
{
	const struct recording_header *own = own_recording();
	const struct recording_section *section = &own->sections[SECTION_BIRTHS];
	uint64_t i;

	for (i = section->used; i > 0; i--) {
		const struct recorded_birth *birth =
			record_at(own, SECTION_BIRTHS, (i - 1) % section->capacity);

		if (birth->ns && stack_begins_in(own, birth->stack, function))
			return birth;
	}
	return NULL;
}

const struct recorded_departure *departure_of(uint64_t cookie)
{
	const struct recording_header *own = own_recording();
	const struct recording_section *section = &own->sections[SECTION_DEPARTURES];
	uint64_t i;

	for (i = section->used; i > 0 && i + section->capacity > section->used; i--) {
		const struct recorded_departure *departure =
			record_at(own, SECTION_DEPARTURES, (i - 1) % section->capacity);

		if (departure->closed_ns && departure->cookie == cookie)
			return departure;
	}
	return NULL;
}

const struct recorded_poller *poller_of(int epoll)
{
	const struct recording_header *own = own_recording();
	const struct recorded_poller *poller;

	if (epoll < 0 || (uint64_t)epoll >= own->sections[SECTION_POLLERS].used)
		return NULL;
	poller = record_at(own, SECTION_POLLERS, (uint64_t)epoll);
	return poller->entered_ns ? poller : NULL;
}

const struct recorded_module *module_at(uint64_t address, uint32_t seq)
{
	const struct recording_header *own = own_recording();
	const struct recorded_module *found = NULL;
	uint64_t i;

	for (i = 0; i < own->sections[SECTION_MODULES].used; i++) {
		const struct recorded_module *module = record_at(own, SECTION_MODULES, i);

		if (address < module->start || address >= module->end || module->loaded_seq > seq)
			continue;
		if (!found || module->loaded_seq > found->loaded_seq)
			found = module;
	}
	return found;
}
