/* SPDX-License-Identifier: MIT */
#include "analyzer/render/gzip.h"

/* What zlib reads is const. */
#define ZLIB_CONST
#include <zlib.h>

#include "analyzer/base/allocate.h"

#define WINDOW_OF_GZIP (15 + 16)
#define MEMORY_LEVEL   8

/* What zlib takes at once: its counts are of 32 bits. */
#define PART_MAX (1u << 30)

void gzip_write(FILE *out, const void *bytes, size_t size)
{
	z_stream stream = { .next_in = bytes };
	unsigned char block[65536] = { 0 };
	int state;

	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_OF_GZIP, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		allocate_failed();
	do {
		if (!stream.avail_in) {
			stream.avail_in = size < PART_MAX ? (uInt)size : PART_MAX;
			size -= stream.avail_in;
		}
		stream.next_out = block;
		stream.avail_out = sizeof(block);
		state = deflate(&stream, size ? Z_NO_FLUSH : Z_FINISH);
		fwrite(block, 1, sizeof(block) - stream.avail_out, out);
	} while (state == Z_OK);
	deflateEnd(&stream);
}
