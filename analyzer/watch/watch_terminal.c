/* SPDX-License-Identifier: MIT */
#define NCURSES_WIDECHAR 1
#include "analyzer/watch/watch_terminal.h"

#include <ncurses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/utf8.h"

/* An escape sequence is distinguished from the key Esc by how fast it arrives. */
#define ESCAPE_MS 25

enum color_pair {
	PAIR_RED = 1,
	PAIR_YELLOW,
};

static SCREEN *terminal;
static bool has_color;

/* For a crash: the sequences that restore the terminal without ncurses. */
static struct termios modes_before;
static char restoring[128];

static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS };

/* Appends capability NAME, without the pauses that terminals needed once. */
static void add_restoring(const char *name)
{
	size_t length = strlen(restoring);
	const char *text = tigetstr(name);

	if (!text || text == (const char *)-1)
		return;
	while (*text && length + 1 < sizeof(restoring)) {
		if (text[0] == '$' && text[1] == '<' && strchr(text, '>'))
			text = strchr(text, '>') + 1;
		else
			restoring[length++] = *text++;
	}
	restoring[length] = '\0';
}

/* Only async-signal-safe calls; SA_RESETHAND lets the second signal kill. */
static void crash(int signal_number)
{
	if (write(STDOUT_FILENO, restoring, strlen(restoring)) < 0) {
		/* Then there is no terminal to restore. */
	}
	tcsetattr(STDOUT_FILENO, TCSANOW, &modes_before);
	raise(signal_number);
}

static void install_crash_handlers(void)
{
	struct sigaction action = { .sa_handler = crash, .sa_flags = SA_RESETHAND };
	size_t i;

	restoring[0] = '\0';
	add_restoring("sgr0");
	add_restoring("rmkx");
	add_restoring("cnorm");
	add_restoring("rmcup");
	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &action, NULL);
}

static bool can_move_cursor(void)
{
	const char *text;
	bool can;

	if (setupterm(NULL, STDOUT_FILENO, &(int){ 0 }) == ERR)
		return false;
	text = tigetstr("cup");
	can = text && text != (const char *)-1 && text[0];
	del_curterm(cur_term);
	return can;
}

bool watch_terminal_begin(bool color)
{
	static bool at_exit;

	if (tcgetattr(STDOUT_FILENO, &modes_before) < 0)
		return false;
	/* Checked first: newterm() would clear the screen of an unusable terminal. */
	if (!can_move_cursor())
		return false;
	set_escdelay(ESCAPE_MS);
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return false;
	if (!at_exit) {
		at_exit = true;
		atexit(watch_terminal_end);
	}
	install_crash_handlers();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	has_color = color && has_colors() && start_color() == OK;
	if (has_color) {
		use_default_colors();
		init_pair(PAIR_RED, COLOR_RED, -1);
		init_pair(PAIR_YELLOW, COLOR_YELLOW, -1);
	}
	return true;
}

void watch_terminal_end(void)
{
	size_t i;

	if (!terminal)
		return;
	endwin();
	delscreen(terminal);
	terminal = NULL;
	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		signal(crashes[i], SIG_DFL);
}

void watch_terminal_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
}

int watch_terminal_key(void)
{
	return getch();
}

int watch_terminal_rows(void)
{
	return getmaxy(stdscr);
}

int watch_terminal_columns(void)
{
	return getmaxx(stdscr);
}

static attr_t attributes_of(enum watch_style style)
{
	switch (style) {
	case WATCH_BOLD:
		return A_BOLD;
	case WATCH_RED:
		return A_BOLD | (has_color ? COLOR_PAIR(PAIR_RED) : 0);
	case WATCH_YELLOW:
		return A_BOLD | (has_color ? COLOR_PAIR(PAIR_YELLOW) : 0);
	case WATCH_DIM:
		return A_DIM;
	case WATCH_BAR:
		return A_REVERSE;
	case WATCH_RED_BAR:
		return A_REVERSE | A_BOLD | (has_color ? COLOR_PAIR(PAIR_RED) : 0);
	default:
		return A_NORMAL;
	}
}

void watch_terminal_put(int row, int column, size_t left, enum watch_style style, const char *text)
{
	wchar_t *shown;
	size_t count = 0, length;
	uint32_t character;
	int end = -(int)left, room = watch_terminal_columns() - column;

	if (row < 0 || row >= watch_terminal_rows() || column < 0 || room <= 0)
		return;
	attrset(attributes_of(style));
	if (style == WATCH_BAR || style == WATCH_RED_BAR)
		mvhline(row, column, ' ', room);
	shown = allocate_zeroed(strlen(text) + 1, sizeof(*shown));
	for (; (length = utf8_decode(text, &character)) != 0; text += length) {
		int width = 1;

		/* In a locale of ASCII only, the terminal is taken to be so as well. */
		if (character >= 0x80)
			width = MB_CUR_MAX > 1 ? wcwidth((wchar_t)character) : -1;
		if (width < 0) {
			character = '?';
			width = 1;
		}
		if (end + width > room)
			break;
		if (end >= 0)
			shown[count++] = (wchar_t)character;
		end += width;
	}
	/* More follows behind the edge. */
	if (length && count)
		shown[count - 1] = MB_CUR_MAX > 1 ? 0x2026 : '>';
	mvaddnwstr(row, column, shown, (int)count);
	attrset(A_NORMAL);
	free(shown);
}

void watch_terminal_erase(void)
{
	erase();
}

void watch_terminal_refresh(void)
{
	refresh();
}

void watch_terminal_redraw(void)
{
	clearok(stdscr, TRUE);
}
