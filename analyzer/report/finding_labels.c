/* SPDX-License-Identifier: MIT */
#include "analyzer/report/finding_labels.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/line.h"

#define LABELS_SHOWN 3

struct label_count {
	struct report_label counted;
	UT_hash_handle hh;
};

struct label_counts {
	struct label_count *table;
	struct label_count *last; /* the sockets of a test follow each other */
};

static void count_label(struct label_counts *counts, const char *label)
{
	struct label_count *count = counts->last;

	if (!label)
		return;
	if (!count || count->counted.label != label)
		HASH_FIND_STR(counts->table, label, count);
	if (!count) {
		count = allocate_zeroed(1, sizeof(*count));
		count->counted.label = label;
		HASH_ADD_KEYPTR(hh, counts->table, label, strlen(label), count);
	}
	count->counted.count++;
	counts->last = count;
}

static int most_first(const struct label_count *a, const struct label_count *b)
{
	if (a->counted.count != b->counted.count)
		return a->counted.count > b->counted.count ? -1 : 1;
	return strcmp(a->counted.label, b->counted.label);
}

/* Ends COUNTS, and returns what they were, *count of them; NULL: there are none. */
static struct report_label *sorted_labels(struct label_counts *counts, size_t *count)
{
	struct report_label *labels = NULL;
	struct label_count *each, *next;

	*count = 0;
	HASH_SORT(counts->table, most_first);
	HASH_ITER(hh, counts->table, each, next) {
		*(struct report_label *)allocate_next(&labels, (*count)++, sizeof(*labels)) =
			each->counted;
		HASH_DEL(counts->table, each);
		free(each);
	}
	return labels;
}

/* "test_a (2), test_b and 4 more" */
static char *words_of(const struct report_label *labels, size_t count)
{
	struct line line;
	FILE *out = line_begin(&line);
	size_t i;

	for (i = 0; i < count && i < LABELS_SHOWN; i++) {
		fprintf(out, "%s%s", i ? ", " : "", labels[i].label);
		if (labels[i].count > 1)
			fprintf(out, " (%zu)", labels[i].count);
	}
	if (i < count)
		fprintf(out, " and %zu more", count - i);
	return line_end(&line);
}

void finding_labels_fill(struct report_leak *leak)
{
	struct label_counts counts = { NULL, NULL };
	char *words;
	size_t i;

	for (i = 0; i < leak->socket_count; i++)
		count_label(&counts, leak->sockets[i].opened_label ? leak->sockets[i].opened_label
								   : leak->sockets[i].ended_label);
	leak->labels = sorted_labels(&counts, &leak->label_count);
	if (!leak->label_count)
		return;
	words = words_of(leak->labels, leak->label_count);
	leak->leaked_by = allocate_printed("Leaked by %s.", words);
	free(words);
}

char *line_of_labels(const struct report_leak *leak)
{
	return leak->leaked_by ? allocate_text(leak->leaked_by) : NULL;
}

/* Of those that were opened under one label and ended under another. */
char *line_of_other_labels(const struct report_leak *leak)
{
	struct label_counts counts = { NULL, NULL };
	struct report_label *labels;
	char *words, *line;
	size_t count, i;

	for (i = 0; i < leak->socket_count; i++) {
		const struct report_socket *socket = &leak->sockets[i];

		if (socket->opened_label && socket->ended_label &&
		    strcmp(socket->opened_label, socket->ended_label) != 0)
			count_label(&counts, socket->ended_label);
	}
	labels = sorted_labels(&counts, &count);
	if (!count)
		return NULL;
	words = words_of(labels, count);
	line = allocate_printed("Opened there; the end was noticed in %s.", words);
	free(words);
	free(labels);
	return line;
}
