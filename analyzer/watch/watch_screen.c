/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_screen.h"

#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/watch/watch_detail.h"
#include "analyzer/watch/watch_head.h"
#include "analyzer/watch/watch_pane.h"
#include "analyzer/watch/watch_sites.h"
#include "analyzer/watch/watch_terminal.h"

/* Lines below the sites: the selected site or a message, and the keys. */
#define ROWS_BELOW 2

/* The head is cut if it leaves the sites fewer lines than this. */
#define SITES_MIN 3

#define KEY_ESCAPE 27
#define KEY_REDRAW ('L' & 31)

/* What is shown between the head and the last lines. */
enum watch_page {
	PAGE_SITES,
	PAGE_SITE, /* the selected one */
	PAGE_PROCESSES,
	PAGE_KEYS,
};

struct watch_screen {
	enum watch_page page;
	struct watch_pane pane; /* for all pages but the first */
	struct watch_head head;
	struct watch_sites sites;
	size_t rows;   /* of the page, as last drawn */
	char *message; /* NULL none */
};

struct watch_screen *watch_screen_begin(enum color_choice color)
{
	const char *no_color = getenv("NO_COLOR");
	bool colored = color == COLOR_AUTO ? !no_color || !no_color[0] : color == COLOR_ALWAYS;

	if (!watch_terminal_begin(colored))
		return NULL;
	return allocate_zeroed(1, sizeof(struct watch_screen));
}

void watch_screen_end(struct watch_screen *screen)
{
	if (!screen)
		return;
	watch_terminal_end();
	watch_pane_clear(&screen->pane);
	watch_sites_clear(&screen->sites);
	free(screen->message);
	free(screen);
}

void watch_screen_resize(void)
{
	watch_terminal_resize();
}

void watch_screen_say(struct watch_screen *screen, const char *text)
{
	free(screen->message);
	screen->message = allocate_text(text);
}

static void draw_text(struct watch_screen *screen, const struct watch_model *model, int line)
{
	const struct watch_row *row = watch_sites_held(&screen->sites, model);

	if (screen->page == PAGE_PROCESSES)
		watch_pane_set(&screen->pane, watch_detail_processes(model->report));
	else if (screen->page == PAGE_KEYS)
		watch_pane_set(&screen->pane, watch_detail_keys());
	else if (row)
		watch_pane_set(&screen->pane, watch_detail_site(model, row));
	/* Else it is gone for so long that nothing is known any more: its last text stays. */
	watch_pane_draw(&screen->pane, line, screen->rows);
}

static void draw_last_lines(const struct watch_screen *screen, const struct watch_model *model)
{
	static const char site_keys[] = "Enter open  s sort  z zero  / filter  p procs  "
					"f freeze  w write  h keys  q quit";
	static const char text_keys[] = "Esc back  arrows scroll  f freeze  w write report  q quit";
	int row = watch_terminal_rows() - ROWS_BELOW;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	if (screen->message)
		watch_print_first_line(out, screen->message);
	else if (screen->page == PAGE_SITES && watch_sites_is_filtering(&screen->sites))
		watch_sites_print_filter(out, &screen->sites);
	else if (screen->page == PAGE_SITES)
		watch_sites_print_selected(out, &screen->sites, model);
	fclose(out);
	watch_terminal_put(row, 0, 0, screen->message ? WATCH_YELLOW : WATCH_PLAIN, text);
	watch_terminal_put(row + 1, 0, 0, WATCH_BAR,
			   screen->page == PAGE_SITES ? site_keys : text_keys);
	free(text);
}

void watch_screen_show(struct watch_screen *screen, const struct watch_state *state)
{
	int line, rows;

	watch_terminal_erase();
	line = watch_head_draw(&screen->head, state,
			       watch_terminal_rows() - ROWS_BELOW - SITES_MIN - 1);
	rows = watch_terminal_rows() - ROWS_BELOW - line;
	screen->rows = rows > 0 ? (size_t)rows : 0;
	if (screen->page == PAGE_SITES)
		watch_sites_draw(&screen->sites, state->model, line, screen->rows);
	else
		draw_text(screen, state->model, line);
	draw_last_lines(screen, state->model);
	watch_terminal_refresh();
}

static void open_page(struct watch_screen *screen, enum watch_page page)
{
	screen->page = page;
	watch_pane_rewind(&screen->pane);
}

static bool is_enter(int key)
{
	return key == '\r' || key == '\n' || key == KEY_ENTER;
}

static void turn_pages(struct watch_screen *screen, const struct watch_state *state, int key)
{
	if (screen->page != PAGE_SITES) {
		if (key == KEY_ESCAPE || key == KEY_BACKSPACE || key == 127 || is_enter(key))
			open_page(screen, PAGE_SITES);
		else
			watch_pane_key(&screen->pane, key, screen->rows);
	} else if (key == KEY_ESCAPE) {
		watch_sites_end_filter(&screen->sites);
	} else if (is_enter(key)) {
		if (watch_sites_hold(&screen->sites, state->model))
			open_page(screen, PAGE_SITE);
	} else {
		watch_sites_key(&screen->sites, state->model, key);
	}
}

enum watch_wish watch_screen_key(struct watch_screen *screen, const struct watch_state *state)
{
	int key = watch_terminal_key();

	if (key == ERR)
		return WISH_NONE;
	free(screen->message);
	screen->message = NULL;
	if (screen->page == PAGE_SITES && watch_sites_is_filtering(&screen->sites)) {
		watch_sites_filter_key(&screen->sites, key);
		return WISH_SHOW;
	}
	switch (key) {
	case 'q':
	case 'Q':
		return WISH_QUIT;
	case 'f':
	case ' ':
		return WISH_FREEZE;
	case 'w':
		return WISH_WRITE;
	case 's':
		watch_model_sort(state->model, (state->model->order + 1) % WATCH_ORDERS);
		break;
	case 'z':
		watch_model_zero(state->model);
		break;
	case '/':
		open_page(screen, PAGE_SITES);
		watch_sites_begin_filter(&screen->sites);
		break;
	case 'p':
		open_page(screen, PAGE_PROCESSES);
		break;
	case 'h':
	case '?':
		open_page(screen, PAGE_KEYS);
		break;
	case KEY_REDRAW:
		watch_terminal_redraw();
		break;
	default:
		turn_pages(screen, state, key);
	}
	return WISH_SHOW;
}
