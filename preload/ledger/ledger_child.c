/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger_child.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "preload/ledger/ledger_file.h"
#include "preload/ledger/ledger_views.h"

/* In the order in which they lie in the file. */
static const enum recording_section_id interned[] = { SECTION_STACKS, SECTION_MODULES,
						      SECTION_STRINGS, SECTION_SCRIPTS };
#define INTERNED (sizeof(interned) / sizeof(interned[0]))

void ledger_leave_to_parent(struct ledger *ledger)
{
	if (ledger->header)
		ledger->parent = ledger->header;
	__atomic_store_n(&ledger->header, NULL, __ATOMIC_RELEASE);
}

/*
 * How many of the parent's modules the child knows: the sequence is the one of the fork, and what
 * is younger, or was not complete then, the parent did later.
 */
static uint64_t known_modules(const struct ledger *ledger, uint64_t used)
{
	const struct recorded_module *rows = (const void *)ledger_base(ledger, SECTION_MODULES);
	uint64_t i, first = recorded_first_own(&ledger->parent->sections[SECTION_MODULES]);
	uint64_t inherited = ledger->parent->sections[SECTION_MODULES].inherited;

	for (i = 0; i < used; i++) {
		uint32_t seq = __atomic_load_n(&rows[i].loaded_seq, __ATOMIC_ACQUIRE);

		if (i >= inherited && i < first)
			continue;
		if (seq == 0 || seq > ledger->module_sequence)
			break;
	}
	return i;
}

/* The header refers to the parent's file, or, at the end of a chain, copies are to be made. */
static void refer_to_parent(const struct ledger *ledger, struct recording_header *header)
{
	const struct recording_header *parent = ledger->parent;
	size_t i;

	if (parent->generation < RECORDED_GENERATIONS_MAX && ledger->page_size <= RECORDING_CHUNK) {
		header->generation = parent->generation + 1;
		header->parent_file_start_ns = parent->start_ns;
		memcpy(header->parent_file, ledger->file_name, sizeof(header->parent_file));
	}
	for (i = 0; i < INTERNED; i++) {
		struct recording_section *section = &header->sections[interned[i]];
		uint64_t used =
			__atomic_load_n(&parent->sections[interned[i]].used, __ATOMIC_ACQUIRE);

		if (used > section->capacity)
			used = section->capacity;
		if (interned[i] == SECTION_MODULES)
			used = known_modules(ledger, used);
		section->inherited = header->generation ? (uint32_t)used : 0;
		section->used = header->generation ? recorded_first_own(section) : used;
	}
}

/*
 * FILE, which is whole, takes the place of the parent's, the header last: until then the parent's,
 * in which a recorded child and a lost one are counted, is there.
 */
static bool map_in_place(struct ledger *ledger, struct ledger_file *file,
			 const struct recording_header *header)
{
	uint64_t *heirs = &ledger->parent->heirs;
	char name[RECORDED_FILE_NAME_MAX];

	if (!ledger_views_replace(ledger, file, header) || !ledger_file_publish(file, name))
		return false;
	if (header->origin == ORIGIN_FORK)
		__atomic_fetch_add(heirs, 1, __ATOMIC_RELAXED);
	if (ledger_views_replace_header(ledger, file, header)) {
		memcpy(ledger->file_name, name, sizeof(ledger->file_name));
		return true;
	}
	if (header->origin == ORIGIN_FORK)
		__atomic_fetch_sub(heirs, 1, __ATOMIC_RELAXED);
	return false;
}

/* At the end of a chain: the interned sections are written into FILE, all generations of them. */
static bool write_copies(const struct ledger *ledger, const struct ledger_file *file,
			 const struct recording_header *header)
{
	size_t i;

	for (i = 0; i < INTERNED; i++) {
		const struct recording_section *section = &header->sections[interned[i]];
		uint64_t bytes = section->used * section->record_size;

		if (header->generation == 0 &&
		    !ledger_file_write(file, section->offset, ledger_base(ledger, interned[i]),
				       bytes))
			return false;
	}
	return true;
}

/* What the handle knows of the parent's tables that begin empty in the child. */
static void forget_parents_tables(struct ledger *ledger)
{
	size_t totals = ledger_slots(&ledger->totals) * sizeof(uint32_t);

	__atomic_store_n(&ledger->free_rows, 0, __ATOMIC_RELAXED);
	/* Cheaper than to store zeros: that would copy each page from the parent first. */
	if (madvise(ledger->totals.slots, totals, MADV_DONTNEED) != 0)
		memset(ledger->totals.slots, 0, totals);
	/* By a store: a load would map a page of zeros first, and the store another one. */
	__atomic_store_n(ledger->totals.slots, 0, __ATOMIC_RELAXED);
}

static void mark_interned(struct ledger *ledger, const struct recording_header *header)
{
	size_t i;

	ledger_forget_reservations(ledger);
	for (i = 0; i < INTERNED; i++) {
		const struct recording_section *section = &header->sections[interned[i]];

		ledger_mark_reserved(ledger, interned[i], 0, section->used * section->record_size);
	}
}

bool ledger_create_for_child(struct ledger *ledger, const struct ledger_identity *identity)
{
	struct recording_header header, *parent = ledger->parent;
	struct ledger_file file;

	if (!ledger_file_create(&(struct ledger_home){ ledger->folder, ledger->maker },
				identity->name, identity->pid, &file))
		goto lost;
	ledger_fill_header(&header, ledger->layout, identity);
	header.blind = parent->blind;
	refer_to_parent(ledger, &header);
	header.ready = 1;
	if (!ledger_file_size(&file, ledger->layout, identity->file_size_limit) ||
	    !ledger_file_write(&file, 0, &header, sizeof(header)) ||
	    !write_copies(ledger, &file, &header) || !map_in_place(ledger, &file, &header))
		goto no_room;
	ledger_file_close(&file, true);
	mark_interned(ledger, &header);
	forget_parents_tables(ledger);
	__atomic_store_n(&ledger->header, parent, __ATOMIC_RELEASE);
	return true;
no_room:
	ledger_file_close(&file, false);
lost:
	__atomic_fetch_add(&parent->lost[LOST_CHILDREN], 1, __ATOMIC_RELAXED);
	return false;
}
