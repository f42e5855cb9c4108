/* SPDX-License-Identifier: MIT */
/* Writes a small good recording for fuzz_recording to start from. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/recording_builder.h"

int main(int argc, char **argv)
{
	struct recording_builder *builder = calloc(1, sizeof(*builder));
	const uint64_t opened[] = { 0x401010, 0x401020 }, eof[] = { 0x7f0010, 0x401030 };
	struct recorded_socket *row;
	struct recorded_total *total;

	if (argc != 2 || !builder) {
		fputs("usage: fuzz_recording_seed FILE\n", stderr);
		return 2;
	}
	builder_begin(builder, 77, 1);
	builder_add_module(builder, "/opt/server", 0x400000, 0x500000);
	builder_add_module(builder, "/lib/libx.so", 0x7f0000, 0x800000);
	row = builder_add_socket(builder, 5, 42);
	row->opened_stack = builder_add_stack(builder, opened, 2);
	row->eof_stack = builder_add_stack(builder, eof, 2);
	row->eof_ns = at_ms(5000);
	row = builder_add_socket(builder, 6, 43);
	row->source = SOURCE_FORK;
	builder_add_departure(builder, 43)->closed_ns = at_ms(4000);
	builder->departures[0].eof_ns = at_ms(3900);
	builder_add_birth(builder, 78);
	total = builder_add_total(builder, DECIDED_EOF, 9, 20000);
	total->decided_stack = builder->sockets[0].eof_stack;
	builder_write(builder, argv[1]);
	free(builder);
	return 0;
}
