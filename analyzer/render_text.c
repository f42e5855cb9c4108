/* SPDX-License-Identifier: MIT */
#include "analyzer/render.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/allocate.h"
#include "analyzer/utf8.h"

#define FRAMES_SHOWN       16
#define PEERS_SHOWN        3
#define CLOSINGS_SHOWN     3
#define BLIND_SPOTS_SHOWN  20
#define SOURCE_LINES_ROUND 2
#define SOURCE_WIDTH       92
#define TEXT_WIDTH         100

struct text {
	FILE *out;
	bool color;
};

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_RED,
	STYLE_YELLOW,
	STYLE_DIM,
};

static void begin(const struct text *text, enum style style)
{
	static const char *const codes[] = {
		[STYLE_PLAIN] = "",         [STYLE_BOLD] = "\033[1m",
		[STYLE_RED] = "\033[1;31m", [STYLE_YELLOW] = "\033[1;33m",
		[STYLE_DIM] = "\033[2m",
	};

	if (text->color)
		fputs(codes[style], text->out);
}

static void end(const struct text *text)
{
	if (text->color)
		fputs("\033[0m", text->out);
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* "740 us", "2 ms", "1.2 s", "3 min", "2.5 h" */
static void print_duration(FILE *out, double ms)
{
	if (ms < 1)
		fprintf(out, "%.0f us", ms * 1000);
	else if (ms < 10)
		fprintf(out, "%.1f ms", ms);
	else if (ms < 1000)
		fprintf(out, "%.0f ms", ms);
	else if (ms < 120e3)
		fprintf(out, "%.1f s", ms / 1e3);
	else if (ms < 7200e3)
		fprintf(out, "%.0f min", ms / 60e3);
	else
		fprintf(out, "%.1f h", ms / 3600e3);
}

/* "worker.c:88" or, where the line is unknown, "libx.so+0x1234" */
static void print_place(FILE *out, const struct frame *frame)
{
	if (!frame) {
		fputs("an unknown place", out);
	} else if (frame->file && frame->line) {
		utf8_print_escaped(out, path_base(frame->file));
		fprintf(out, ":%u", frame->line);
	} else {
		utf8_print_escaped(out, frame->module[0] ? path_base(frame->module) : "?");
		fprintf(out, "+0x%llx", (unsigned long long)frame->offset);
	}
}

static bool ends_with(const char *text, char last)
{
	size_t length = strlen(text);

	return length && text[length - 1] == last;
}

static void print_site(FILE *out, const struct frame *frame)
{
	print_place(out, frame);
	if (frame && frame->function) {
		fputs(" in ", out);
		utf8_print_escaped(out, frame->function);
		/* Demangled C++ names bring their parameters; <module> and <lambda> have none. */
		if (!strchr(frame->function, '(') &&
		    !(frame->script && ends_with(frame->function, '>')))
			fputs("()", out);
	}
}

static void print_source(const struct text *text, const struct report *report,
			 const struct frame *site)
{
	unsigned int first, number;

	if (!site || !site->file || !site->line ||
	    !symbolizer_source_line(report->symbolizer, site->file, site->line))
		return;
	fputc('\n', text->out);
	first = site->line > SOURCE_LINES_ROUND ? site->line - SOURCE_LINES_ROUND : 1;
	for (number = first; number <= site->line + SOURCE_LINES_ROUND; number++) {
		const char *line = symbolizer_source_line(report->symbolizer, site->file, number);
		unsigned int column = 0;

		if (!line)
			break;
		if (number == site->line)
			begin(text, STYLE_BOLD);
		fprintf(text->out, "  %c %5u  ", number == site->line ? '>' : ' ', number);
		for (; *line && column < SOURCE_WIDTH; column++) {
			uint32_t character;
			char piece[5] = "";
			size_t length = utf8_decode(line, &character);

			memcpy(piece, line, length);
			if (*line == '\t')
				fputs("    ", text->out);
			else
				utf8_print_escaped(text->out, piece);
			line += length;
		}
		if (number == site->line)
			end(text);
		fputc('\n', text->out);
	}
}

static const struct report_stack *stack_named(const struct report_leak *leak, const char *name)
{
	size_t i;

	for (i = 0; i < leak->stack_count; i++)
		if (strcmp(leak->stacks[i].name, name) == 0)
			return &leak->stacks[i];
	return NULL;
}

static const char *stack_title(const struct report_leak *leak, const char *name)
{
	static const char *const titles[][2] = {
		{ "eof", "End of stream read at" }, { "error", "Failed at" },
		{ "shutdown", "Shut down at" },     { "connect", "Connect failed at" },
		{ "closed", "Closed at" },          { "duplicated", "Duplicated at" },
		{ "forked", "Child forked at" },    { "execed", "Program started at" },
		{ "last_use", "Last used at" },     { "opened", "Opened at" },
	};
	size_t i;

	/* Where the process itself has it open still, the close was not the socket's last. */
	if (leak->class == CLASS_DUPLICATE_HELD && strcmp(name, "closed") == 0)
		return "Closed (one of its descriptors) at";
	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strcmp(titles[i][0], name) == 0)
			return titles[i][1];
	return name;
}

static void print_frame(const struct text *text, size_t number, const struct frame *frame,
			bool is_site)
{
	FILE *out = text->out;

	if (is_site)
		begin(text, STYLE_BOLD);
	fprintf(out, "    #%-2zu ", number);
	if (frame->function)
		utf8_print_escaped(out, frame->function);
	else
		fputs("??", out);
	if (frame->inlined)
		fputs(" (inlined)", out);
	if (frame->file && frame->line) {
		fputs("  ", out);
		utf8_print_escaped(out, frame->file);
		fprintf(out, ":%u", frame->line);
	} else {
		fputs("  ", out);
		utf8_print_escaped(out, frame->module[0] ? frame->module : "(unknown module)");
		fprintf(out, "+0x%llx", (unsigned long long)frame->offset);
	}
	if (is_site)
		end(text);
	fputc('\n', out);
}

static void print_stack(const struct text *text, const struct report_leak *leak,
			const struct report_stack *stack, const struct frame *site)
{
	size_t i;

	if (!stack)
		return;
	fprintf(text->out, "\n  %s\n", stack_title(leak, stack->name));
	for (i = 0; i < stack->count && i < FRAMES_SHOWN; i++)
		print_frame(text, i, &stack->frames[i], &stack->frames[i] == site);
	if (i < stack->count)
		fprintf(text->out, "    and %zu more frame%s\n", stack->count - i,
			plural(stack->count - i));
}

/* The deciding stack and the opened one always; of the others those that the class is about. */
static void print_stacks(const struct text *text, const struct report_leak *leak)
{
	const struct report_stack *opened = stack_named(leak, "opened");
	const struct report_stack *eof = stack_named(leak, "eof");
	const struct report_stack *closed = stack_named(leak, "closed");

	if (leak->stack_count && &leak->stacks[0] != opened)
		print_stack(text, leak, &leak->stacks[0], leak->site);
	print_stack(text, leak, opened, leak->site);
	if (leak->class == CLASS_DUPLICATE_HELD || leak->class == CLASS_HELD_ELSEWHERE) {
		if (eof && eof != &leak->stacks[0])
			print_stack(text, leak, eof, NULL);
		print_stack(text, leak, closed, NULL);
	} else if (leak->class == CLASS_LATE_CLOSE || leak->reason == REASON_CLOSED_AT_EXIT) {
		print_stack(text, leak, closed, NULL);
	}
}

static void print_ages(FILE *out, const struct report_leak *leak)
{
	if (leak->class == CLASS_LATE_CLOSE) {
		fputs("  Closed late, after up to ", out);
		print_duration(out, leak->held_max_ms);
		fputs(".\n", out);
		return;
	}
	if (leak->reason == REASON_CLOSED_AT_EXIT) {
		fputs("  Held for up to ", out);
		print_duration(out, leak->held_max_ms);
		fputs(", until the end of the program closed everything.\n", out);
		return;
	}
	if (!leak->socket_count)
		return;
	fputs("  Held for ", out);
	if (leak->socket_count > 1) {
		print_duration(out, leak->held_min_ms);
		fputs(" to ", out);
		print_duration(out, leak->held_max_ms);
		fputs(" (median ", out);
		print_duration(out, leak->held_median_ms);
		fputc(')', out);
	} else {
		print_duration(out, leak->held_max_ms);
	}
	fputs(".\n", out);
}

static void print_peers(FILE *out, const struct report_leak *leak)
{
	size_t shown = 0, known = 0, i;

	for (i = 0; i < leak->socket_count; i++) {
		if (!leak->sockets[i].peer[0])
			continue;
		known++;
		if (shown == PEERS_SHOWN)
			continue;
		fprintf(out, "%s%s", shown ? ", " : "  Peers: ", leak->sockets[i].peer);
		shown++;
	}
	if (known > shown)
		fprintf(out, " and %zu more", known - shown);
	if (shown)
		fputs(".\n", out);
}

static void print_holders(FILE *out, const struct report_leak *leak)
{
	const struct report_socket *socket = leak->socket_count ? &leak->sockets[0] : NULL;
	size_t i;

	if (!socket || (socket->holder_count < 2 && leak->class != CLASS_HELD_ELSEWHERE))
		return;
	fputs("  Held by ", out);
	for (i = 0; i < socket->holder_count && i < PEERS_SHOWN; i++)
		fprintf(out, "%spid %d (descriptor %d)", i ? ", " : "", socket->holders[i].pid,
			socket->holders[i].fd);
	if (i < socket->holder_count)
		fprintf(out, " and %zu more", socket->holder_count - i);
	fputs(".\n", out);
}

static const char *decided_noun(enum recorded_decision decision)
{
	switch (decision) {
	case DECIDED_ERROR:
		return "failures";
	case DECIDED_SHUTDOWN:
		return "shutdowns";
	case DECIDED_CONNECT:
		return "failed connects";
	default:
		return "EOFs read";
	}
}

static void print_siblings(FILE *out, const struct report_leak *leak)
{
	uint64_t never = leak->decided_here - leak->closed_here;
	size_t i;

	if (leak->closed_here == 0 || leak->decided_here < leak->closed_here)
		return;
	fprintf(out, "  %llu of %llu %s here %s closed", (unsigned long long)leak->closed_here,
		(unsigned long long)leak->decided_here, decided_noun(leak->decision),
		leak->closed_here == 1 ? "was" : "were");
	for (i = 0; i < leak->closing_count && i < CLOSINGS_SHOWN; i++) {
		fputs(i ? ", at " : ", at ", out);
		print_place(out, leak->closings[i].site);
		fputs(" (", out);
		if (leak->closing_count > 1)
			fprintf(out, "%llu, ", (unsigned long long)leak->closings[i].count);
		fputs("median ", out);
		print_duration(out, leak->closings[i].median_held_ms);
		fputc(')', out);
	}
	if (never)
		fprintf(out, "; %llu never %s", (unsigned long long)never,
			never == 1 ? "was" : "were");
	fputs(".\n", out);
}

static void print_last_use(FILE *out, const struct report_leak *leak)
{
	static const char *const uses[] = {
		[USE_EPOLL_DEL] = "epoll_ctl(EPOLL_CTL_DEL)",
		[USE_EPOLL_MOD] = "epoll_ctl(EPOLL_CTL_MOD)",
		[USE_READ] = "another read of the EOF",
		[USE_WRITE_FAILED] = "a write that failed",
		[USE_SHUTDOWN] = "shutdown()",
		[USE_DUP] = "a duplication",
	};

	if (leak->last_use != USE_NONE) {
		fprintf(out, "  After that came only %s at ", uses[leak->last_use]);
		print_place(out, leak->last_use_site);
		fputs(", ", out);
		print_duration(out, leak->last_use_before_end_ms);
		fputs(" before the end.\n", out);
	}
	if (leak->eof_reads_max > 1)
		fprintf(out, "  Its EOF was read %u times: the program spins.\n",
			leak->eof_reads_max);
}

static const char *sentence_of(const struct report_leak *leak)
{
	static const char *const sentences[CLASS_COUNT] = {
		[CLASS_EOF_UNCLOSED] = "the end of stream was read, the socket never closed",
		[CLASS_FIN_UNREAD] = "the peer closed, the program never read that",
		[CLASS_NEVER_ACCEPTED] = "died in the listen backlog",
		[CLASS_DUPLICATE_HELD] = "closed, but a duplicate in the process is still open",
		[CLASS_HELD_ELSEWHERE] = "finished with here, but another process holds it",
		[CLASS_SHUTDOWN_UNCLOSED] = "shut down, never closed",
		[CLASS_ERROR_UNCLOSED] = "failed for good, never closed",
		[CLASS_CONNECT_UNCLOSED] = "connect failed, never closed",
		[CLASS_LATE_CLOSE] = "closed, but late",
		[CLASS_EXIT_UNCLOSED] = "the process ended right after the end of stream",
	};

	if (leak->reason == REASON_CLOSED_AT_EXIT)
		return "closed by nothing but the end of the program";
	return sentences[leak->class];
}

/*
 * LABEL and TEXT, broken at blanks into lines of TEXT_WIDTH columns (bytes, to be exact) that begin
 * below TEXT. A longer word is left whole.
 */
static void print_wrapped(FILE *out, const char *label, const char *text)
{
	size_t column = strlen(label);

	fputs(label, out);
	while (*text) {
		size_t length = strcspn(text, " ");
		char *word = allocate_printed("%.*s", (int)length, text);

		if (column > strlen(label) && column + 1 + length > TEXT_WIDTH) {
			fprintf(out, "\n%*s", (int)strlen(label), "");
			column = strlen(label);
		} else if (column > strlen(label)) {
			fputc(' ', out);
			column++;
		}
		utf8_print_escaped(out, word);
		free(word);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void print_finding(const struct text *text, const struct report *report,
			  const struct report_leak *leak, size_t number)
{
	static const enum style styles[VERDICT_COUNT] = { STYLE_RED, STYLE_YELLOW, STYLE_DIM };
	FILE *out = text->out;

	fputc('\n', out);
	begin(text, styles[leak->verdict]);
	fprintf(out, "%zu. %s", number, leak_class_name(leak->class));
	if (leak->reason != REASON_NONE)
		fprintf(out, " (%s)", leak_reason_name(leak->reason));
	if (leak->verdict != VERDICT_LEAK)
		fprintf(out, " [%s]", verdict_name(leak->verdict));
	end(text);
	fprintf(out, ": %llu socket%s at ", (unsigned long long)leak->count, plural(leak->count));
	begin(text, STYLE_BOLD);
	print_site(out, leak->site);
	end(text);
	fprintf(out, "\n   %s\n", sentence_of(leak));
	print_source(text, report, leak->site);
	print_stacks(text, leak);
	fputc('\n', out);
	print_ages(out, leak);
	print_peers(out, leak);
	print_holders(out, leak);
	print_siblings(out, leak);
	print_last_use(out, leak);
	print_wrapped(out, "  Fix: ", leak->fix);
}

/* Never reads as clean where something could not be seen. */
static void print_blind_spots(const struct text *text, const struct report *report)
{
	size_t shown = 0, total = 0, i, j;

	for (i = 0; i < report->process_count; i++)
		total += report->processes[i].blind_spot_count;
	if (!total && !report->unreadable)
		return;
	fputc('\n', text->out);
	begin(text, STYLE_YELLOW);
	fputs("finleak could not see everything:", text->out);
	end(text);
	fputc('\n', text->out);
	if (report->unreadable)
		fprintf(text->out, "  %llu recording%s could not be read\n",
			(unsigned long long)report->unreadable, plural(report->unreadable));
	for (i = 0; i < report->process_count; i++) {
		const struct report_process *process = &report->processes[i];

		for (j = 0; j < process->blind_spot_count; j++) {
			if (shown++ == BLIND_SPOTS_SHOWN) {
				fprintf(text->out, "  and %zu more\n", total - BLIND_SPOTS_SHOWN);
				return;
			}
			if (shown > BLIND_SPOTS_SHOWN)
				return;
			fprintf(text->out, "  pid %d (", process->pid);
			utf8_print_escaped(text->out, path_base(process->executable));
			fputs("): ", text->out);
			utf8_print_escaped(text->out, process->blind_spots[j]);
			fputc('\n', text->out);
		}
	}
}

/* What the report rests on: of a process without an end the last word is not spoken. */
static void print_open_ends(FILE *out, const struct report *report)
{
	size_t running = 0, unknown = 0, i;

	for (i = 0; i < report->process_count; i++) {
		const struct report_process *process = &report->processes[i];

		if (strcmp(process->state, "running") == 0)
			running++;
		else if (process->duration_ms < 0)
			unknown++;
	}
	if (report->process_count == 1) {
		fputs(running ? ", still running" : unknown ? ", killed, end unknown" : "", out);
		return;
	}
	if (running)
		fprintf(out, ", %zu still running", running);
	if (unknown)
		fprintf(out, ", %zu killed, end unknown", unknown);
}

static void print_processes(FILE *out, const struct report *report)
{
	fputs(" (", out);
	if (report->process_count == 1 && report->leaked_sockets) {
		utf8_print_escaped(out, path_base(report->processes[0].executable));
		fprintf(out, ", pid %d", report->processes[0].pid);
	} else {
		fprintf(out, "%zu process%s", report->process_count,
			report->process_count == 1 ? "" : "es");
	}
	print_open_ends(out, report);
	fputc(')', out);
}

static void print_headline(FILE *out, const struct report *report)
{
	if (report->process_count == 0) {
		fputs("finleak: nothing was recorded", out);
		return;
	}
	if (report->leaked_sockets) {
		fprintf(out, "finleak: %llu socket%s leaked at %llu site%s",
			(unsigned long long)report->leaked_sockets, plural(report->leaked_sockets),
			(unsigned long long)report->leak_sites, plural(report->leak_sites));
	} else {
		fputs("finleak: no leaks", out);
		if (report->warnings)
			fprintf(out, ", %llu socket%s closed late",
				(unsigned long long)report->warnings, plural(report->warnings));
		fprintf(out, ": %llu socket%s opened, %llu end%s of stream read",
			(unsigned long long)report->opened, plural(report->opened),
			(unsigned long long)report->eof, plural(report->eof));
	}
	print_processes(out, report);
}

static void print_summary(const struct text *text, const struct report *report)
{
	FILE *out = text->out;

	begin(text, report->leaked_sockets ? STYLE_RED
		    : report->warnings     ? STYLE_YELLOW
					   : STYLE_BOLD);
	print_headline(out, report);
	end(text);
	fputc('\n', out);
	if (report->warnings && report->leaked_sockets)
		fprintf(out, "  %llu socket%s closed late (a warning)\n",
			(unsigned long long)report->warnings,
			report->warnings == 1 ? " was" : "s were");
	if (report->notes)
		fprintf(out, "  %llu note%s (--all shows them)\n",
			(unsigned long long)report->notes, plural(report->notes));
}

void render_text(const struct report *report, FILE *out, bool color)
{
	struct text text = { .out = out, .color = color };
	size_t i;

	print_summary(&text, report);
	for (i = 0; i < report->leak_count; i++)
		print_finding(&text, report, &report->leaks[i], i + 1);
	if (report->warning_count)
		fputc('\n', out);
	for (i = 0; i < report->warning_count; i++) {
		fputs("finleak: warning: ", out);
		utf8_print_escaped(out, report->warnings_of_symbols[i]);
		fputc('\n', out);
	}
	print_blind_spots(&text, report);
}
