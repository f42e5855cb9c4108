/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/duration.h"
#include "analyzer/render/text_output.h"
#include "analyzer/report/line.h"
#include "analyzer/watch/watch_summary.h"

/* On so many columns a class and its reason fit beside a site. */
#define WIDE 110

static void print_count(FILE *out, const struct watch_row *row, bool wide)
{
	(void)wide;
	fprintf(out, "%llu", (unsigned long long)row->count);
}

static void print_growth(FILE *out, const struct watch_row *row, bool wide)
{
	(void)wide;
	watch_print_growth(out, watch_row_growth(row));
}

static void print_rate(FILE *out, const struct watch_row *row, bool wide)
{
	(void)wide;
	watch_print_rate(out, &row->trend);
}

static void print_oldest(FILE *out, const struct watch_row *row, bool wide)
{
	(void)wide;
	if (row->leak && row->oldest_ms >= 0)
		print_duration(out, row->oldest_ms);
	else
		fputc('-', out);
}

static void print_trend(FILE *out, const struct watch_row *row, bool wide)
{
	(void)wide;
	watch_print_bars(out, &row->trend);
}

/* Where there is not room for both: the reason is worth more than the class. */
static void print_kind(FILE *out, const struct watch_row *row, bool wide)
{
	const char *reason = leak_reason_name(row->reason);

	if (wide && reason)
		fprintf(out, "%s (%s)", leak_class_name(row->class), reason);
	else
		fputs(reason ? reason : leak_class_name(row->class), out);
}

static void print_site(FILE *out, const struct watch_row *row, bool wide)
{
	(void)wide;
	fputs(row->site, out);
}

static const struct column {
	const char *title;
	void (*print)(FILE *out, const struct watch_row *row, bool wide);
	int order;        /* enum watch_order that sorts by it; -1: none does */
	bool text;        /* flush left */
	bool is_the_rest; /* it has no width */
} all[WATCH_COLUMNS] = {
	{ "COUNT", print_count, WATCH_BY_COUNT, false, false },
	{ "GROWTH", print_growth, WATCH_BY_GROWTH, false, false },
	{ "PER MIN", print_rate, WATCH_BY_RATE, false, false },
	{ "OLDEST", print_oldest, WATCH_BY_AGE, false, false },
	{ "MINUTE", print_trend, -1, false, false },
	{ "REASON", print_kind, -1, true, false },
	{ "SITE", print_site, WATCH_BY_SITE, true, true },
};

static char *cell_of(const struct column *column, const struct watch_row *row, bool wide)
{
	struct line line;
	char *text;

	column->print(line_begin(&line), row, wide);
	text = line_end(&line);
	return text ? text : allocate_text("");
}

struct watch_columns watch_columns_of(const struct watch_row *const *rows, size_t count,
				      int screen_width)
{
	struct watch_columns columns = { .wide = screen_width >= WIDE };
	size_t i, j;

	for (i = 0; i < WATCH_COLUMNS; i++) {
		/* With the star, so that nothing moves when the order changes. */
		columns.widths[i] = (int)strlen(all[i].title) + (all[i].order >= 0);
		for (j = 0; j < count; j++) {
			char *cell = cell_of(&all[i], rows[j], columns.wide);
			int width = (int)text_columns(cell);

			if (width > columns.widths[i])
				columns.widths[i] = width;
			free(cell);
		}
	}
	return columns;
}

/* Prints TEXT, which takes COLUMNS, in a column of WIDTH. */
static void print_cell(FILE *out, const struct column *column, int width, const char *text)
{
	int blanks = width - (int)text_columns(text);

	if (column->is_the_rest)
		fputs(text, out);
	else if (column->text)
		fprintf(out, "%s%*s", text, blanks > 0 ? blanks : 0, "");
	else
		fprintf(out, "%*s%s", blanks > 0 ? blanks : 0, "", text);
}

char *watch_columns_titles(const struct watch_columns *columns, enum watch_order order)
{
	struct line line;
	FILE *out = line_begin(&line);
	size_t i;

	fputc(' ', out);
	for (i = 0; i < WATCH_COLUMNS; i++) {
		bool sorted = all[i].order == (int)order;
		char *title = allocate_printed("%s%s", sorted ? "*" : "", all[i].title);

		fputs(i ? " " : "", out);
		print_cell(out, &all[i], columns->widths[i], title);
		free(title);
	}
	return line_end(&line);
}

char *watch_columns_line(const struct watch_columns *columns, const struct watch_row *row)
{
	struct line line;
	FILE *out = line_begin(&line);
	size_t i;

	for (i = 0; i < WATCH_COLUMNS; i++) {
		char *cell = cell_of(&all[i], row, columns->wide);

		fputs(i ? " " : "", out);
		print_cell(out, &all[i], columns->widths[i], cell);
		free(cell);
	}
	return line_end(&line);
}
