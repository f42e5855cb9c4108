/* SPDX-License-Identifier: MIT */
/* Which lines a finding has, and in which order. */
#include "analyzer/report/finding_lines.h"

#include "analyzer/report/finding_labels.h"
#include "analyzer/report/lines_of_handler.h"
#include "analyzer/report/lines_of_history.h"
#include "analyzer/report/lines_of_kernel.h"
#include "analyzer/report/lines_of_sockets.h"

/* Returns a line that the caller frees; NULL: there is nothing to report. */
typedef char *line_of(const struct report_leak *leak);

static line_of *const recorded[] = {
	line_of_labels,
	line_of_other_labels,
	line_of_ages,
	line_of_accepting_ends,
	line_of_peers,
	line_of_finishers,
	line_of_holders,
	line_of_unread_bytes,
	line_of_interests,
	line_of_poller,
	line_of_listener,
	line_of_last_accept,
	line_of_unseen_read,
	line_of_unlisted,
	line_of_siblings,
	line_of_site,
	line_of_next,
	line_of_uses,
	line_of_number,
	line_of_owner,
	line_of_spinning,
	line_of_opened_before,
	NULL,
};

/* The kernel alone was asked. */
static line_of *const scanned[] = {
	line_of_silence,     line_of_unread_bytes,
	line_of_peers,       line_of_descriptors,
	line_of_finishers,   line_of_holders,
	line_of_interests,   line_of_listener,
	line_of_last_accept, NULL,
};

void finding_lines_fill(struct report_leak *leak)
{
	line_of *const *next = leak->place ? scanned : recorded;

	for (; *next; next++)
		sentences_add(&leak->lines, (*next)(leak));
}
