/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_sites.h"

#include <ncurses.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/watch/watch_columns.h"
#include "analyzer/watch/watch_terminal.h"

#define KEY_ESCAPE 27

void watch_sites_clear(struct watch_sites *sites)
{
	free(sites->selected);
	free(sites->shown);
}

static bool contains(const char *text, const char *part)
{
	return text && strcasestr(text, part) != NULL;
}

/* Lists the rows of MODEL that the filter lets through, in their order. */
static void show_matching(struct watch_sites *sites, const struct watch_model *model)
{
	size_t i;

	free(sites->shown);
	sites->shown = allocate_zeroed(model->row_count + 1, sizeof(*sites->shown));
	sites->shown_count = 0;
	for (i = 0; i < model->row_count; i++) {
		const struct watch_row *row = model->rows[i];

		if (!sites->filter[0] || contains(row->site, sites->filter) ||
		    contains(leak_class_name(row->class), sites->filter) ||
		    contains(leak_reason_name(row->reason), sites->filter))
			sites->shown[sites->shown_count++] = row;
	}
}

/* The index of the selected row among those shown; it may have gone. */
static size_t selected_row(const struct watch_sites *sites)
{
	size_t i;

	for (i = 0; sites->selected && i < sites->shown_count; i++)
		if (strcmp(sites->shown[i]->key, sites->selected) == 0)
			return i;
	return 0;
}

static void select_row(struct watch_sites *sites, size_t index)
{
	if (!sites->shown_count)
		return;
	if (index >= sites->shown_count)
		index = sites->shown_count - 1;
	free(sites->selected);
	sites->selected = allocate_text(sites->shown[index]->key);
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

static void draw_row(int line, const struct watch_columns *columns, const struct watch_row *row,
		     bool selected)
{
	char *text = watch_columns_line(columns, row);
	char *marked = allocate_printed("%c%s", selected ? '>' : ' ', text);

	watch_terminal_put(line, 0, 0, style_of(row, selected), marked);
	free(marked);
	free(text);
}

void watch_sites_draw(struct watch_sites *sites, const struct watch_model *model, int line,
		      size_t rows)
{
	struct watch_columns columns;
	size_t selected, i;
	char *titles;

	show_matching(sites, model);
	selected = selected_row(sites);
	columns = watch_columns_of(sites->shown, sites->shown_count, watch_terminal_columns());
	titles = watch_columns_titles(&columns, model->order);
	watch_terminal_put(line++, 0, 0, WATCH_BOLD, titles);
	free(titles);
	sites->rows = rows > 1 ? rows - 1 : 0;
	if (!sites->shown_count)
		watch_terminal_put(line, 0, 0, WATCH_DIM,
				   model->row_count ? "  nothing matches the filter"
						    : "  nothing leaks so far");
	/* The selected row must be visible, and no lines wasted. */
	if (sites->top + sites->rows > sites->shown_count)
		sites->top =
			sites->shown_count > sites->rows ? sites->shown_count - sites->rows : 0;
	if (selected < sites->top)
		sites->top = selected;
	if (sites->rows && selected >= sites->top + sites->rows)
		sites->top = selected - sites->rows + 1;
	for (i = 0; i < sites->rows && sites->top + i < sites->shown_count; i++)
		draw_row(line + (int)i, &columns, sites->shown[sites->top + i],
			 sites->top + i == selected);
}

bool watch_sites_is_filtering(const struct watch_sites *sites)
{
	return sites->filtering;
}

void watch_sites_begin_filter(struct watch_sites *sites)
{
	sites->filtering = true;
}

bool watch_sites_end_filter(struct watch_sites *sites)
{
	bool any = sites->filter[0] != '\0';

	sites->filtering = false;
	sites->filter[0] = '\0';
	return any;
}

void watch_sites_filter_key(struct watch_sites *sites, int key)
{
	size_t length = strlen(sites->filter);

	if (key == KEY_ESCAPE)
		watch_sites_end_filter(sites);
	else if (key == '\r' || key == '\n' || key == KEY_ENTER)
		sites->filtering = false;
	else if ((key == KEY_BACKSPACE || key == 127 || key == '\b') && length)
		sites->filter[length - 1] = '\0';
	else if (key >= ' ' && key < 127 && length + 1 < sizeof(sites->filter)) {
		sites->filter[length] = (char)key;
		sites->filter[length + 1] = '\0';
	}
}

void watch_sites_print_filter(FILE *out, const struct watch_sites *sites)
{
	if (sites->filtering || sites->filter[0])
		fprintf(out, "/%s%s", sites->filter, sites->filtering ? "_" : "");
}

void watch_sites_key(struct watch_sites *sites, const struct watch_model *model, int key)
{
	size_t page = sites->rows > 1 ? sites->rows - 1 : 1, row;

	show_matching(sites, model);
	row = selected_row(sites);

	switch (key) {
	case KEY_UP:
	case 'k':
		select_row(sites, row ? row - 1 : 0);
		break;
	case KEY_DOWN:
	case 'j':
		select_row(sites, row + 1);
		break;
	case KEY_PPAGE:
		select_row(sites, row > page ? row - page : 0);
		break;
	case KEY_NPAGE:
		select_row(sites, row + page);
		break;
	case KEY_HOME:
		select_row(sites, 0);
		break;
	case KEY_END:
		select_row(sites, sites->shown_count);
		break;
	}
}

bool watch_sites_hold(struct watch_sites *sites, const struct watch_model *model)
{
	show_matching(sites, model);
	select_row(sites, selected_row(sites));
	return sites->shown_count > 0;
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

	(void)model;
	if (!sites->shown_count)
		return;
	row = sites->shown[selected_row(sites)];
	reason = leak_reason_name(row->reason);
	fputs(row->site, out);
	if (reason)
		fprintf(out, " (%s)", reason);
	if (row->verdict != VERDICT_LEAK)
		fprintf(out, " [%s]", verdict_name(row->verdict));
	if (!row->leak)
		fputs(": all closed by now", out);
}
