/* SPDX-License-Identifier: MIT */
/* How large a recording can become, and where its sections lie. */
#ifndef FINLEAK_LEDGER_LAYOUT_H
#define FINLEAK_LEDGER_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/recording/recording.h"

/* In what the recorder notes which bytes of the file can be touched: no page is smaller. */
#define LEDGER_GRAIN 4096u

/* Sections are at a multiple of this: no page is larger. */
#define LEDGER_ALIGNMENT 65536u

/* How much of each section there can be. Sparse, so capacity costs address space only. */
struct ledger_layout {
	bool written_whole; /* the file is allocated in full when it is created */
	uint64_t capacity[SECTION_COUNT];
	/* Slots of the indexes, powers of two: twice the rows, or as many as there can be at all.
	 */
	uint32_t stack_slots, total_slots, script_slots, string_slots;
};

/* Bytes of one record of each section. */
extern const uint32_t ledger_record_sizes[SECTION_COUNT];

/* The layouts in the order in which they are to be tried: the largest first. NULL: no more. */
const struct ledger_layout *ledger_layout(unsigned int choice);

/* 64-bit words of a bitmap with a bit for each grain of the file. */
uint64_t ledger_layout_words(const struct ledger_layout *layout);

/* Bytes of a file of this layout. */
uint64_t ledger_layout_size(const struct ledger_layout *layout);

/*
 * The file begins with its head, which is mapped as one: the header, the sections that are small at
 * their largest, and the front of those that begin empty in each process. Their rests are at the
 * end, and in between those that grow behind what is inherited.
 */
enum ledger_place {
	PLACE_HEAD,  /* whole, in the head */
	PLACE_FRONT, /* its front is in the head, the rest is not */
	PLACE_BEHIND /* whole, behind the head */
};

enum ledger_place ledger_place_of(unsigned int id);

/* Bytes of the head. */
uint64_t ledger_head_size(const struct ledger_layout *layout);

/* Where section ID, or its front, begins in the file; its bytes, in all and in that piece. */
uint64_t ledger_section_offset(const struct ledger_layout *layout, unsigned int id);
uint64_t ledger_section_size(const struct ledger_layout *layout, unsigned int id);
uint64_t ledger_front_size(const struct ledger_layout *layout, unsigned int id);

/* Of one with a front: where the rest begins in the file. */
uint64_t ledger_rest_offset(const struct ledger_layout *layout, unsigned int id);

/* The bit for the first grain of section ID; of the descriptors: 0. */
uint32_t ledger_first_grain(const struct ledger_layout *layout, unsigned int id);

/* BYTES rounded up to a multiple of RECORDING_CHUNK. */
uint64_t ledger_round_to_chunk(uint64_t bytes);

/* Fills in the section table of a new recording. */
void ledger_lay_out(const struct ledger_layout *layout, struct recording_header *header);

#endif
