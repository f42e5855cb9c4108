/* SPDX-License-Identifier: MIT */
#include "analyzer/base/progress.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/clock.h"
#include "analyzer/base/interruption.h"
#include "analyzer/base/utf8.h"

#define QUIET_MS 1000u /* work that is done by then is not shown */
#define AGAIN_MS 100u

static const char *work;
static size_t steps, steps_total;
static uint64_t next_ms;
static bool is_allowed, on_terminal, is_shown;

static uint64_t now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC_COARSE) / NS_PER_MS;
}

static void begin_line(void)
{
	is_shown = true;
	interruption_guard_line(true);
	fputs("\r\033[K", stderr);
}

static void clear(void)
{
	if (!is_shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	is_shown = false;
	interruption_guard_line(false);
}

void progress_allow(void)
{
	is_allowed = true;
}

void progress_begin(const char *what, size_t total)
{
	work = what;
	steps = 0;
	steps_total = total;
	on_terminal = is_allowed && isatty(STDERR_FILENO);
	next_ms = now_ms() + QUIET_MS;
}

void progress_step(void)
{
	uint64_t now;

	steps++;
	if (!on_terminal || !work)
		return;
	now = now_ms();
	if (now < next_ms)
		return;
	next_ms = now + AGAIN_MS;
	begin_line();
	fprintf(stderr, "finleak: %s, %zu of %zu", work, steps, steps_total);
	fflush(stderr);
}

void progress_wait(const char *what, const char *name)
{
	if (!is_allowed || !isatty(STDERR_FILENO))
		return;
	begin_line();
	fprintf(stderr, "finleak: %s ", what);
	utf8_print_escaped(stderr, name);
	fflush(stderr);
}

void progress_end(void)
{
	work = NULL;
	clear();
}
