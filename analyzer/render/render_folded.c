/* SPDX-License-Identifier: MIT */
/*
 * Folded stacks, which flame graphs are drawn from: a line for each leak, with the program, the
 * frames of its deciding stack, outermost first, and how many sockets there are.
 */
#include "analyzer/render/render.h"

#include <stdlib.h>

#include "analyzer/render/profile_frames.h"

/* Takes NAME over. A semicolon separates frames. */
static void print_name(FILE *out, char *name)
{
	const char *at;

	for (at = name; *at; at++)
		fputc(*at == ';' ? ':' : *at, out);
	free(name);
}

static void print_leak(FILE *out, const struct report *report, const struct report_leak *leak)
{
	const struct report_stack *stack = profile_stack(leak);
	size_t i;

	print_name(out, profile_program(report, leak));
	for (i = stack ? stack->count : 0; i > 0; i--) {
		fputc(';', out);
		print_name(out, profile_frame_name(&stack->frames[i - 1]));
	}
	if (!stack) {
		fputc(';', out);
		print_name(out, profile_place_name(leak));
	}
	fprintf(out, " %llu\n", (unsigned long long)report_leak_counting(leak));
}

void render_folded(const struct report *report, FILE *out, bool color)
{
	size_t i;

	(void)color;
	for (i = 0; i < report->leak_count; i++)
		if (profile_has(&report->leaks[i]))
			print_leak(out, report, &report->leaks[i]);
}
