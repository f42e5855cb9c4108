/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_pane.h"

#include <ncurses.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/watch/watch_terminal.h"

#define COLUMNS_AT_ONCE 8

void watch_pane_clear(struct watch_pane *pane)
{
	free(pane->text);
	free(pane->lines);
	*pane = (struct watch_pane){ .top = pane->top, .left = pane->left };
}

void watch_pane_set(struct watch_pane *pane, char *text)
{
	char *rest = text, *line;

	watch_pane_clear(pane);
	pane->text = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char **next;

		/* The last newline begins no line. */
		if (!rest && !*line)
			break;
		next = allocate_next(&pane->lines, pane->line_count, sizeof(*pane->lines));
		*next = line;
		pane->line_count++;
	}
}

void watch_pane_rewind(struct watch_pane *pane)
{
	pane->top = pane->left = 0;
}

static void scroll_to(struct watch_pane *pane, size_t top, size_t rows)
{
	size_t last = pane->line_count > rows ? pane->line_count - rows : 0;

	pane->top = top < last ? top : last;
}

bool watch_pane_key(struct watch_pane *pane, int key, size_t rows)
{
	size_t page = rows > 1 ? rows - 1 : 1;

	switch (key) {
	case KEY_UP:
	case 'k':
		scroll_to(pane, pane->top ? pane->top - 1 : 0, rows);
		return true;
	case KEY_DOWN:
	case 'j':
		scroll_to(pane, pane->top + 1, rows);
		return true;
	case KEY_PPAGE:
		scroll_to(pane, pane->top > page ? pane->top - page : 0, rows);
		return true;
	case KEY_NPAGE:
		scroll_to(pane, pane->top + page, rows);
		return true;
	case KEY_HOME:
		watch_pane_rewind(pane);
		return true;
	case KEY_END:
		scroll_to(pane, pane->line_count, rows);
		return true;
	case KEY_LEFT:
		pane->left -= pane->left < COLUMNS_AT_ONCE ? pane->left : COLUMNS_AT_ONCE;
		return true;
	case KEY_RIGHT:
		pane->left += COLUMNS_AT_ONCE;
		return true;
	default:
		return false;
	}
}

void watch_pane_draw(struct watch_pane *pane, int first, size_t rows)
{
	size_t i;

	/* The text or the terminal may have become shorter. */
	scroll_to(pane, pane->top, rows);
	for (i = 0; i < rows && pane->top + i < pane->line_count; i++)
		watch_terminal_put(first + (int)i, 0, pane->left, WATCH_PLAIN,
				   pane->lines[pane->top + i]);
}
