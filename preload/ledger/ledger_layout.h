/* SPDX-License-Identifier: MIT */
/* How large a recording can become, and where its sections lie. */
#ifndef FINLEAK_LEDGER_LAYOUT_H
#define FINLEAK_LEDGER_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/recording/recording.h"

/* In what the recorder notes which bytes of the file can be touched: no page is smaller. */
#define LEDGER_GRAIN 4096u

/* No layout has more grains. */
#define LEDGER_GRAINS_MAX 131072u

/* How much of each section there can be. Sparse, so capacity costs address space only. */
struct ledger_layout {
	bool written_whole; /* the file is allocated in full when it is created */
	uint64_t capacity[SECTION_COUNT];
};

/* Bytes of one record of each section. */
extern const uint32_t ledger_record_sizes[SECTION_COUNT];

/* The layouts in the order in which they are to be tried: the largest first. NULL: no more. */
const struct ledger_layout *ledger_layout(unsigned int choice);

/* Bytes of a file of this layout. */
uint64_t ledger_layout_size(const struct ledger_layout *layout);

/* BYTES rounded up to a multiple of RECORDING_CHUNK. */
uint64_t ledger_round_to_chunk(uint64_t bytes);

/* Fills in the section table of a new recording. */
void ledger_lay_out(const struct ledger_layout *layout, struct recording_header *header);

#endif
