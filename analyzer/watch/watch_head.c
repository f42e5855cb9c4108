/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_head.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzer/base/duration.h"
#include "analyzer/base/allocate.h"
#include "analyzer/render/text_output.h"
#include "analyzer/base/utf8.h"
#include "analyzer/watch/watch_summary.h"
#include "analyzer/watch/watch_terminal.h"

/* Bytes of what is watched: the rest of the line has room in 80 columns. */
#define NAME_SHOWN 16

void watch_print_first_line(FILE *out, const char *text)
{
	char *line = allocate_printed("%.*s", (int)strcspn(text, "\n"), text);

	utf8_print_escaped(out, line);
	free(line);
}

/* The end of a long name is worth more than its beginning. */
static void print_name(FILE *out, const struct watch_state *state)
{
	const char *name = watch_subject_name(state->subject);
	size_t length = strlen(name);

	fputs("finleak watch ", out);
	if (length > NAME_SHOWN) {
		fputs("...", out);
		name += length - NAME_SHOWN + 3;
	}
	utf8_print_escaped(out, name);
	fputs(": ", out);
	watch_print_processes(out, state->model->report);
}

static void print_totals(FILE *out, const struct watch_state *state)
{
	watch_print_totals(out, state->model);
}

static void print_census(FILE *out, const struct watch_state *state)
{
	watch_print_census(out, state->model->report);
}

static void print_descriptors(FILE *out, const struct watch_state *state)
{
	watch_print_descriptors(out, state->model->report);
}

static void print_end(FILE *out, const struct watch_state *state)
{
	if (!watch_subject_ended(state->subject))
		return;
	if (watch_subject_end(state->subject) < 0) {
		fputs("All processes have ended.", out);
		return;
	}
	utf8_print_escaped(out, watch_subject_name(state->subject));
	fputs(" has ended.", out);
}

static void print_bareness(FILE *out, const struct watch_state *state)
{
	if (watch_subject_is_bare(state->subject))
		fputs("No recorder: this is what the kernel alone shows (finleak attach names "
		      "the code).",
		      out);
}

static void print_blindness(FILE *out, const struct watch_state *state)
{
	uint64_t count = state->model->report->not_judged;

	if (count)
		fprintf(out, "%llu %s could not be recorded (p: of which process).",
			(unsigned long long)count,
			count == 1 ? "socket or process" : "sockets or processes");
}

static void print_warning(FILE *out, const struct watch_state *state)
{
	watch_print_first_line(out, state->warning);
}

/* The lines above the sites; an empty one is left out. */
static const struct head_line {
	void (*print)(FILE *out, const struct watch_state *state);
	enum watch_style style;
	enum watch_style style_of_leaks;
} head_lines[] = {
	{ print_name, WATCH_BAR, WATCH_BAR },
	{ print_totals, WATCH_BOLD, WATCH_RED },
	{ print_census, WATCH_PLAIN, WATCH_PLAIN },
	{ print_descriptors, WATCH_PLAIN, WATCH_PLAIN },
	{ print_end, WATCH_YELLOW, WATCH_YELLOW },
	{ print_bareness, WATCH_YELLOW, WATCH_YELLOW },
	{ print_blindness, WATCH_YELLOW, WATCH_YELLOW },
	{ print_warning, WATCH_YELLOW, WATCH_YELLOW },
};

/* At the right of the first line: interval, time, and whether the screen is frozen. */
static void draw_clock(struct watch_head *head, const struct watch_state *state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	time_t now = time(NULL);
	struct tm local;

	if (!out)
		return;
	if (!state->frozen) {
		localtime_r(&now, &local);
		strftime(head->time, sizeof(head->time), "%H:%M:%S", &local);
		fputs("  every ", out);
		print_duration(out, state->interval_ms);
	} else {
		fputs("  FROZEN", out);
	}
	fprintf(out, "  %s", head->time);
	fclose(out);
	watch_terminal_put(0, watch_terminal_columns() - (int)size, 0, WATCH_BAR, text);
	free(text);
}

int watch_head_draw(struct watch_head *head, const struct watch_state *state, int room)
{
	int row = 0;
	size_t i;

	for (i = 0; i < sizeof(head_lines) / sizeof(head_lines[0]) && row < room; i++) {
		const struct head_line *line = &head_lines[i];
		char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		if (!out)
			break;
		line->print(out, state);
		fclose(out);
		if (size)
			watch_terminal_put(row++, 0, 0,
					   state->model->report->leaked_sockets
						   ? line->style_of_leaks
						   : line->style,
					   text);
		free(text);
	}
	if (row)
		draw_clock(head, state);
	return row;
}
