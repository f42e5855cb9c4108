/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_sites.h"

#include <ncurses.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/duration.h"
#include "analyzer/base/allocate.h"
#include "analyzer/render/text_output.h"
#include "analyzer/watch/watch_summary.h"
#include "analyzer/watch/watch_terminal.h"

void watch_sites_clear(struct watch_sites *sites)
{
	free(sites->selected);
}

/* The index of the selected row, which may have gone. */
static size_t selected_row(const struct watch_sites *sites, const struct watch_model *model)
{
	size_t i;

	for (i = 0; sites->selected && i < model->row_count; i++)
		if (strcmp(model->rows[i]->key, sites->selected) == 0)
			return i;
	return 0;
}

static void select_row(struct watch_sites *sites, const struct watch_model *model, size_t index)
{
	if (!model->row_count)
		return;
	if (index >= model->row_count)
		index = model->row_count - 1;
	free(sites->selected);
	sites->selected = allocate_text(model->rows[index]->key);
}

static enum watch_style style_of(const struct watch_row *row, bool selected)
{
	double rate;
	bool grows = watch_trend_per_minute(&row->trend, &rate) && rate > 0;

	if (selected)
		return grows ? WATCH_RED_BAR : WATCH_BAR;
	if (!row->leak)
		return WATCH_DIM;
	if (grows)
		return WATCH_RED;
	return row->verdict == VERDICT_WARNING ? WATCH_YELLOW : WATCH_PLAIN;
}

/* Prints the output of PRINT right-aligned in a column of WIDTH. */
static void print_right(FILE *out, int width, const struct watch_row *row,
			void (*print)(FILE *, const struct watch_row *))
{
	char *text = NULL;
	size_t size;
	FILE *cell = open_memstream(&text, &size);

	if (!cell)
		return;
	print(cell, row);
	fclose(cell);
	fprintf(out, "%*s", width, text);
	free(text);
}

static void print_growth(FILE *out, const struct watch_row *row)
{
	watch_print_growth(out, watch_row_growth(row));
}

static void print_rate(FILE *out, const struct watch_row *row)
{
	watch_print_rate(out, &row->trend);
}

static void print_oldest(FILE *out, const struct watch_row *row)
{
	if (row->leak && row->oldest_ms >= 0)
		print_duration(out, row->oldest_ms);
	else
		fputc('-', out);
}

static void draw_row(int line, const struct watch_row *row, bool selected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	fprintf(out, "%c%6llu", selected ? '>' : ' ', (unsigned long long)row->count);
	print_right(out, 8, row, print_growth);
	print_right(out, 9, row, print_rate);
	print_right(out, 9, row, print_oldest);
	fprintf(out, "  %-17s  %s", leak_class_name(row->class), row->site);
	fclose(out);
	watch_terminal_put(line, 0, 0, style_of(row, selected), text);
	free(text);
}

/* Every column but the class can be sorted by; the current one has a star. */
static void draw_titles(int line, enum watch_order order)
{
	char *text = allocate_printed("%7s%8s%9s%9s  %-17s  %s",
				      order == WATCH_BY_COUNT ? "*COUNT" : "COUNT",
				      order == WATCH_BY_GROWTH ? "*GROWTH" : "GROWTH",
				      order == WATCH_BY_RATE ? "*PER MIN" : "PER MIN",
				      order == WATCH_BY_AGE ? "*OLDEST" : "OLDEST", "CLASS",
				      order == WATCH_BY_SITE ? "*SITE" : "SITE");

	watch_terminal_put(line, 0, 0, WATCH_BOLD, text);
	free(text);
}

void watch_sites_draw(struct watch_sites *sites, const struct watch_model *model, int line,
		      size_t rows)
{
	size_t selected = selected_row(sites, model), i;

	draw_titles(line++, model->order);
	sites->rows = rows > 1 ? rows - 1 : 0;
	if (!model->row_count)
		watch_terminal_put(line, 0, 0, WATCH_DIM, "  nothing leaks so far");
	/* The selected row must be visible, and no lines wasted. */
	if (sites->top + sites->rows > model->row_count)
		sites->top = model->row_count > sites->rows ? model->row_count - sites->rows : 0;
	if (selected < sites->top)
		sites->top = selected;
	if (sites->rows && selected >= sites->top + sites->rows)
		sites->top = selected - sites->rows + 1;
	for (i = 0; i < sites->rows && sites->top + i < model->row_count; i++)
		draw_row(line + (int)i, model->rows[sites->top + i], sites->top + i == selected);
}

void watch_sites_key(struct watch_sites *sites, const struct watch_model *model, int key)
{
	size_t row = selected_row(sites, model), page = sites->rows > 1 ? sites->rows - 1 : 1;

	switch (key) {
	case KEY_UP:
	case 'k':
		select_row(sites, model, row ? row - 1 : 0);
		break;
	case KEY_DOWN:
	case 'j':
		select_row(sites, model, row + 1);
		break;
	case KEY_PPAGE:
		select_row(sites, model, row > page ? row - page : 0);
		break;
	case KEY_NPAGE:
		select_row(sites, model, row + page);
		break;
	case KEY_HOME:
		select_row(sites, model, 0);
		break;
	case KEY_END:
		select_row(sites, model, model->row_count);
		break;
	}
}

bool watch_sites_hold(struct watch_sites *sites, const struct watch_model *model)
{
	select_row(sites, model, selected_row(sites, model));
	return model->row_count > 0;
}

const struct watch_row *watch_sites_held(const struct watch_sites *sites,
					 const struct watch_model *model)
{
	return sites->selected ? watch_model_find(model, sites->selected) : NULL;
}

void watch_sites_print_selected(FILE *out, const struct watch_sites *sites,
				const struct watch_model *model)
{
	const struct watch_row *row;
	const char *reason;

	if (!model->row_count)
		return;
	row = model->rows[selected_row(sites, model)];
	reason = leak_reason_name(row->reason);
	fputs(row->site, out);
	if (reason)
		fprintf(out, " (%s)", reason);
	if (row->verdict != VERDICT_LEAK)
		fprintf(out, " [%s]", verdict_name(row->verdict));
	if (!row->leak)
		fputs(": all closed by now", out);
}
