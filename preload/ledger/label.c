/* SPDX-License-Identifier: MIT */
#include "preload/ledger/label.h"

#include <string.h>
#include "preload/ledger/string_table.h"

/* Bytes of TEXT that are kept: whole characters, where it is UTF-8. */
static size_t length_kept(const char *text)
{
	size_t length = strnlen(text, RECORDED_LABEL_MAX);

	if (length < RECORDED_LABEL_MAX)
		return length;
	for (length--; length > 0 && (text[length] & 0xc0) == 0x80;)
		length--;
	return length;
}

bool label_set(struct ledger *ledger, const char *text)
{
	size_t length = length_kept(text);
	char kept[RECORDED_LABEL_MAX];
	uint32_t place = 0;

	memcpy(kept, text, length);
	kept[length] = '\0';
	if (length > 0)
		place = string_intern(ledger, kept);
	__atomic_store_n(&ledger->label, place, __ATOMIC_RELAXED);
	return place || length == 0;
}
