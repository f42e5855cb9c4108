/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/symbol_cache.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/cache_folder.h"
#include "preload/recording/recording.h"

/*
 * The file: a header, its places (by offset), its frames, its strings (each ends in NUL). A string
 * is spelled as 1 + its place among the strings; 0: none. Nobody reads it on another machine or by
 * another version of finleak: then it is made anew.
 */
#define CACHE_MAGIC      "FLSYMS1"
#define CACHE_BYTE_ORDER 0x01020304u
#define FRAMES_MAX       256u /* at one place */

struct cache_header {
	char magic[8];
	uint32_t byte_order;
	uint32_t build_id_size;
	char version[32]; /* of finleak: another one may spell names in another way */
	uint8_t build_id[RECORDED_BUILD_ID_MAX];
	uint32_t place_count, frame_count, strings_size;
	uint32_t reserved;
};

struct cached_place {
	uint64_t offset;
	uint32_t first_frame, frame_count;
};

struct cached_frame {
	uint32_t function, file, directory;
	uint32_t line;
	uint32_t inlined;
};

/* Frames that were added. */
struct added_place {
	uint64_t offset;
	struct code_frame *frames;
	size_t count;
};

struct symbol_cache {
	char *folder;
	char file[2 * RECORDED_BUILD_ID_MAX + sizeof(".frames")];
	uint8_t build_id[RECORDED_BUILD_ID_MAX];
	size_t build_id_size;
	unsigned char *bytes; /* NULL: nothing was cached */
	struct cache_header header;
	const struct cached_place *places;
	const struct cached_frame *frames;
	const char *strings;
	struct added_place *added;
	size_t added_count;
};

static struct cache_header header_of(const struct symbol_cache *cache)
{
	struct cache_header header;

	memset(&header, 0, sizeof(header));
	memcpy(header.magic, CACHE_MAGIC, sizeof(header.magic));
	header.byte_order = CACHE_BYTE_ORDER;
	header.build_id_size = (uint32_t)cache->build_id_size;
	strncpy(header.version, FINLEAK_VERSION, sizeof(header.version) - 1);
	memcpy(header.build_id, cache->build_id, cache->build_id_size);
	return header;
}

/* Does what was read hold what its header says, so that nothing in it leads out of it? */
static bool take_bytes(struct symbol_cache *cache, size_t size)
{
	const struct cache_header expected = header_of(cache);
	struct cache_header *header = &cache->header;
	size_t places_size, frames_size, i;

	if (size < sizeof(*header))
		return false;
	memcpy(header, cache->bytes, sizeof(*header));
	if (memcmp(header, &expected, offsetof(struct cache_header, place_count)) != 0)
		return false;
	/* No overflow: each is below 2^32 times a small size. */
	places_size = header->place_count * sizeof(struct cached_place);
	frames_size = header->frame_count * sizeof(struct cached_frame);
	if (size - sizeof(*header) != places_size + frames_size + header->strings_size)
		return false;
	cache->places = (const void *)(cache->bytes + sizeof(*header));
	cache->frames = (const void *)(cache->bytes + sizeof(*header) + places_size);
	cache->strings = (const char *)cache->bytes + sizeof(*header) + places_size + frames_size;
	if (header->strings_size && cache->strings[header->strings_size - 1] != '\0')
		return false;
	for (i = 0; i < header->place_count; i++) {
		const struct cached_place *place = &cache->places[i];

		if (place->frame_count == 0 || place->frame_count > FRAMES_MAX ||
		    place->first_frame > header->frame_count ||
		    place->frame_count > header->frame_count - place->first_frame)
			return false;
		/* They are searched by halves. */
		if (i && place->offset <= cache->places[i - 1].offset)
			return false;
	}
	for (i = 0; i < header->frame_count; i++) {
		const struct cached_frame *frame = &cache->frames[i];

		if (frame->function > header->strings_size || frame->file > header->strings_size ||
		    frame->directory > header->strings_size || frame->line > INT32_MAX)
			return false;
	}
	return true;
}

struct symbol_cache *symbol_cache_open(const char *folder, const uint8_t *build_id,
				       size_t build_id_size)
{
	struct symbol_cache *cache = allocate_zeroed(1, sizeof(*cache));
	size_t size = 0, i;

	cache->folder = allocate_text(folder);
	cache->build_id_size =
		build_id_size < RECORDED_BUILD_ID_MAX ? build_id_size : RECORDED_BUILD_ID_MAX;
	memcpy(cache->build_id, build_id, cache->build_id_size);
	for (i = 0; i < cache->build_id_size; i++)
		snprintf(cache->file + 2 * i, 3, "%02x", build_id[i]);
	strcat(cache->file, ".frames");
	cache->bytes = cache_folder_read(folder, cache->file, &size);
	if (cache->bytes && !take_bytes(cache, size)) {
		free(cache->bytes);
		cache->bytes = NULL;
		memset(&cache->header, 0, sizeof(cache->header));
	}
	return cache;
}

static const char *string_at(const struct symbol_cache *cache, uint32_t spelled)
{
	return spelled ? cache->strings + spelled - 1 : NULL;
}

static int by_offset(const void *left, const void *right)
{
	const struct cached_place *a = left, *b = right;

	return a->offset < b->offset ? -1 : a->offset > b->offset ? 1 : 0;
}

size_t symbol_cache_find(const struct symbol_cache *cache, uint64_t offset,
			 struct code_frame *frames, size_t max)
{
	const struct cached_place key = { .offset = offset }, *place;
	size_t i;

	if (!cache->bytes)
		return 0;
	place = bsearch(&key, cache->places, cache->header.place_count, sizeof(key), by_offset);
	for (i = 0; place && i < place->frame_count && i < max; i++) {
		const struct cached_frame *frame = &cache->frames[place->first_frame + i];

		frames[i] = (struct code_frame){
			.function = string_at(cache, frame->function),
			.file = string_at(cache, frame->file),
			.directory = string_at(cache, frame->directory),
			.line = frame->line,
			.inlined = frame->inlined != 0,
		};
	}
	return i;
}

void symbol_cache_add(struct symbol_cache *cache, uint64_t offset, const struct code_frame *frames,
		      size_t count)
{
	struct added_place *added;

	if (count == 0 || count > FRAMES_MAX)
		return;
	added = allocate_next(&cache->added, cache->added_count++, sizeof(*added));
	added->offset = offset;
	added->count = count;
	added->frames = allocate_zeroed(count, sizeof(*frames));
	memcpy(added->frames, frames, count * sizeof(*frames));
}

/* A string's place in the file that is being made. */
struct placed_string {
	const char *text;
	uint32_t spelled;
	UT_hash_handle hh;
};

/* The file that is being made. */
struct new_file {
	struct cache_header header;
	struct cached_place *places;
	struct cached_frame *frames;
	char *strings;
	size_t strings_room;
	struct placed_string *known;
};

static uint32_t place_string(struct new_file *file, const char *text)
{
	struct placed_string *known;
	size_t size;

	if (!text)
		return 0;
	HASH_FIND_STR(file->known, text, known);
	if (known)
		return known->spelled;
	size = strlen(text) + 1;
	while (file->header.strings_size + size > file->strings_room) {
		file->strings_room = file->strings_room ? 2 * file->strings_room : 4096;
		file->strings = realloc(file->strings, file->strings_room);
		if (!file->strings)
			exit(125);
	}
	known = allocate_zeroed(1, sizeof(*known));
	known->text = text;
	known->spelled = file->header.strings_size + 1;
	memcpy(file->strings + file->header.strings_size, text, size);
	file->header.strings_size += (uint32_t)size;
	HASH_ADD_KEYPTR(hh, file->known, known->text, size - 1, known);
	return known->spelled;
}

static void place_frames(struct new_file *file, uint64_t offset, const struct code_frame *frames,
			 size_t count)
{
	struct cached_place *place =
		allocate_next(&file->places, file->header.place_count++, sizeof(*place));
	size_t i;

	place->offset = offset;
	place->first_frame = file->header.frame_count;
	place->frame_count = (uint32_t)count;
	for (i = 0; i < count; i++)
		*(struct cached_frame *)allocate_next(&file->frames, file->header.frame_count++,
						      sizeof(*file->frames)) =
			(struct cached_frame){
				.function = place_string(file, frames[i].function),
				.file = place_string(file, frames[i].file),
				.directory = place_string(file, frames[i].directory),
				.line = frames[i].line,
				.inlined = frames[i].inlined,
			};
}

static size_t size_of(const struct new_file *file)
{
	return sizeof(file->header) + file->header.place_count * sizeof(*file->places) +
	       file->header.frame_count * sizeof(*file->frames) + file->header.strings_size;
}

static unsigned char *bytes_of(const struct new_file *file)
{
	unsigned char *bytes = allocate_zeroed(size_of(file), 1), *end = bytes;

	memcpy(end, &file->header, sizeof(file->header));
	end += sizeof(file->header);
	memcpy(end, file->places, file->header.place_count * sizeof(*file->places));
	end += file->header.place_count * sizeof(*file->places);
	memcpy(end, file->frames, file->header.frame_count * sizeof(*file->frames));
	end += file->header.frame_count * sizeof(*file->frames);
	if (file->strings)
		memcpy(end, file->strings, file->header.strings_size);
	return bytes;
}

/* What was added comes first: where not all fits, the oldest is left out. */
static void save(const struct symbol_cache *cache)
{
	struct new_file file = { .header = header_of(cache) };
	struct placed_string *known, *next;
	struct code_frame frames[FRAMES_MAX];
	unsigned char *bytes;
	size_t i, count;

	for (i = 0; i < cache->added_count && size_of(&file) < CACHE_FILE_MAX / 2; i++)
		place_frames(&file, cache->added[i].offset, cache->added[i].frames,
			     cache->added[i].count);
	for (i = 0; i < cache->header.place_count && size_of(&file) < CACHE_FILE_MAX / 2; i++) {
		count = symbol_cache_find(cache, cache->places[i].offset, frames, FRAMES_MAX);
		place_frames(&file, cache->places[i].offset, frames, count);
	}
	qsort(file.places, file.header.place_count, sizeof(*file.places), by_offset);
	bytes = bytes_of(&file);
	cache_folder_write(cache->folder, cache->file, bytes, size_of(&file));
	free(bytes);
	HASH_ITER(hh, file.known, known, next) {
		HASH_DEL(file.known, known);
		free(known);
	}
	free(file.places);
	free(file.frames);
	free(file.strings);
}

void symbol_cache_close(struct symbol_cache *cache)
{
	size_t i;

	if (!cache)
		return;
	if (cache->added_count)
		save(cache);
	for (i = 0; i < cache->added_count; i++)
		free(cache->added[i].frames);
	free(cache->added);
	free(cache->bytes);
	free(cache->folder);
	free(cache);
}
