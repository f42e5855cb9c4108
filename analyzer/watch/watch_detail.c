/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_detail.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/render_text.h"
#include "analyzer/render/render_text_finding.h"
#include "analyzer/report/socket_words.h"
#include "analyzer/base/utf8.h"
#include "analyzer/watch/watch_summary.h"

/* Enough to find some; the others are alike, and a report has them all. */
#define SOCKETS_SHOWN 100

static void print_socket(FILE *out, const struct report_socket *socket)
{
	char *words = socket_words(socket);

	fputs("  ", out);
	utf8_print_escaped(out, words);
	fputc('\n', out);
	free(words);
}

static void print_sockets(FILE *out, const struct report_leak *leak)
{
	size_t i;

	if (leak->socket_count)
		fputs("\n  Sockets\n", out);
	for (i = 0; i < leak->socket_count && i < SOCKETS_SHOWN; i++)
		print_socket(out, &leak->sockets[i]);
	if (i < leak->socket_count)
		fprintf(out, "  and %zu more\n", leak->socket_count - i);
}

static char *finish(FILE *out, char **text)
{
	if (out)
		fclose(out);
	return *text ? *text : allocate_text("");
}

char *watch_detail_site(const struct watch_model *model, const struct watch_row *row)
{
	const struct report *report = model->report;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct text plain = { .out = out };

	if (!out)
		return finish(out, &text);
	fprintf(out, "%s at %s\n", leak_class_name(row->class), row->site);
	fprintf(out, "%llu now, ", (unsigned long long)row->count);
	watch_print_growth(out, watch_row_growth(row));
	fputs(model->zeroed ? " since it was zeroed, " : " since the watch began, ", out);
	watch_print_rate(out, &row->trend);
	fputs(" per minute\n", out);
	if (!row->leak) {
		fputs("\nAll of them have been closed.\n", out);
	} else {
		text_finding(&plain, report, row->leak);
		print_sockets(out, row->leak);
	}
	return finish(out, &text);
}

static void print_process(FILE *out, const struct report *report,
			  const struct report_process *process)
{
	fprintf(out, "\npid %d, %s: ", process->pid, process->state);
	utf8_print_escaped(out, process->command);
	fputs("\n  ", out);
	if (!report->observed)
		fprintf(out, "%llu opened, %llu EOF%s read, %llu closed, ",
			(unsigned long long)process->opened, (unsigned long long)process->eof,
			process->eof == 1 ? "" : "s", (unsigned long long)process->closed);
	fprintf(out, "%llu open\n", (unsigned long long)process->open_at_end);
}

char *watch_detail_processes(const struct report *report)
{
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);
	struct text plain = { .out = out };

	if (!out)
		return finish(out, &text);
	text_sections(&plain, report);
	for (i = 0; i < report->process_count; i++)
		print_process(out, report, &report->processes[i]);
	return finish(out, &text);
}

/* Each fits into 80 columns, as a terminal that is not wider would cut it. */
static const char *const keys[] = {
	"Up, Down, PgUp, PgDn, Home, End   choose a site; scroll a text",
	"Left, Right                       scroll a text sideways",
	"Enter       open a site: its stacks, source and sockets",
	"Esc         back to the sites (Enter and Backspace, too)",
	"s           sort by count, growth, rate, age or site",
	"z           zero the growth: count from now on",
	"/           show only what has a text in its site, class or reason; Esc ends it",
	"p           show the processes: counts, TCP states, what was not visible",
	"f, Space    freeze the screen, or go on",
	"w           write a report to the file of -o, or finleak-watch.TIME.txt",
	"Ctrl-L      redraw the screen",
	"q           quit",
	"",
	"COUNT       sockets that are leaked at the site now",
	"GROWTH      ... more than when the watch began or z was pressed",
	"PER MIN     ... growth per minute, over the last minute",
	"OLDEST      how long the oldest of them has been held",
	"MINUTE      the count over the last minute",
	"REASON      why they leak, or the class where there is no reason",
};

char *watch_detail_keys(void)
{
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; out && i < sizeof(keys) / sizeof(keys[0]); i++)
		fprintf(out, "%s\n", keys[i]);
	return finish(out, &text);
}
