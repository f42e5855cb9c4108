/* SPDX-License-Identifier: MIT */
#include "analyzer/report/folding.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/line.h"
#include "analyzer/report/report.h"
#include "analyzer/symbolize/go_library.h"

#define MODULES_NAMED 3

static bool is_start(const char *function)
{
	static const char *const names[] = {
		"_start",
		"__libc_start_main",
		"__libc_start_main_impl",
		"clone",
		"__libc_start_call_main",
		"__GI___libc_start_main",
		"clone3",
		"__clone",
		"__GI___clone",
		"__clone3",
		"__GI___clone3",
		"execute_native_thread_routine",
		"start_thread",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(function, names[i]) == 0)
			return true;
	return false;
}

/* What runs programs of another language, where FRAME belongs to it; NULL: it does not. */
static const char *interpreter_of(const struct frame *frame)
{
	const struct language *language = language_of_machine(frame->module);

	if (frame->script)
		return language_built_in(frame->language, frame->module);
	return language ? language->machine : NULL;
}

/* Whose library FILE belongs to: a part of the program by its compiler, or a loop in Python. */
static const char *library_of(const char *file)
{
	static const struct {
		const char *part, *what;
	} all[] = {
		{ "/include/c++/", "the C++ library" },
		{ "/rustc/", "Rust's library" },
		{ "/rustlib/src/rust/", "Rust's library" },
		{ "/usr/src/rustc-", "Rust's library" },
		{ "/asyncio/", "asyncio" },
	};
	size_t i;

	for (i = 0; file && i < sizeof(all) / sizeof(all[0]); i++)
		if (strstr(file, all[i].part))
			return all[i].what;
	return file && go_is_library(file) ? "Go's library" : NULL;
}

enum fold fold_of(const struct frame *frame)
{
	if (frame->script && !interpreter_of(frame))
		return library_of(frame->file) ? FOLD_LIBRARY : FOLD_NOT;
	if (frame->function && is_start(frame->function))
		return FOLD_START;
	if (interpreter_of(frame))
		return FOLD_INTERPRETER;
	if (library_of(frame->file))
		return FOLD_LIBRARY;
	return frame->function || frame->file ? FOLD_NOT : FOLD_NAMELESS;
}

void fold_stack(const struct frame *frames, size_t count, enum fold *folds)
{
	size_t i;

	for (i = 0; i < count; i++)
		folds[i] = fold_of(&frames[i]);
	for (i = count; i > 1; i--) {
		if (folds[i - 1] == FOLD_NAMELESS && path_is_libc(frames[i - 1].module))
			folds[i - 1] = FOLD_START;
		if (folds[i - 1] != FOLD_START)
			return;
	}
}

bool fold_is_between_nameless(const struct frame *frame)
{
	return frame->function && !frame->file && !frame->script;
}

bool fold_joins(const struct frame *a, const struct frame *b)
{
	switch (fold_of(a)) {
	case FOLD_INTERPRETER:
		return strcmp(interpreter_of(a), interpreter_of(b)) == 0;
	case FOLD_LIBRARY:
		return strcmp(library_of(a->file), library_of(b->file)) == 0;
	case FOLD_NAMELESS:
		/* Code made at run time is in no module: there are no symbols to install. */
		return !a->module[0] == !b->module[0];
	default:
		return true;
	}
}

/* The modules of COUNT FRAMES, each once; at most MODULES_NAMED. Returns how many. */
static size_t modules_of(const char **modules, const struct frame *frames, size_t count)
{
	size_t found = 0, i, j;

	for (i = 0; i < count && found < MODULES_NAMED; i++) {
		for (j = 0; j < found && strcmp(modules[j], frames[i].module) != 0; j++)
			;
		if (j == found)
			modules[found++] = frames[i].module;
	}
	return found;
}

/* "libssl3-dbgsym libc6-dbg" of COUNT MODULES, each once. Returns how many it has printed. */
static size_t print_packages(FILE *out, const char *const *modules, size_t count,
			     struct debug_packages *packages)
{
	const char *printed[MODULES_NAMED];
	size_t done = 0, i, j;

	for (i = 0; i < count; i++) {
		const char *package = debug_packages_find(packages, modules[i]);

		for (j = 0; package && j < done && strcmp(printed[j], package) != 0; j++)
			;
		if (!package || j < done)
			continue;
		fprintf(out, "%s%s", done ? " " : "install ", package);
		printed[done++] = package;
	}
	return done;
}

static char *nameless_text(const struct frame *frames, size_t count,
			   struct debug_packages *packages)
{
	const char *modules[MODULES_NAMED];
	size_t module_count, i;
	bool is_news = false;
	struct line line;
	FILE *out;

	if (!frames->module[0])
		return allocate_printed("%zu frame%s of code without a name, made at run time",
					count, plural(count));
	module_count = modules_of(modules, frames, count);
	out = line_begin(&line);
	fprintf(out, "%zu frame%s in ", count, plural(count));
	for (i = 0; i < module_count; i++)
		fprintf(out, "%s%s", i ? ", " : "", path_base(modules[i]));
	fputs("; no symbols", out);
	for (i = 0; i < module_count; i++)
		is_news |= debug_packages_is_news(packages, modules[i]);
	/* Once is enough: stacks repeat. */
	if (!is_news)
		return line_end(&line);
	fputs(": ", out);
	fputs(print_packages(out, modules, module_count, packages) ? ", or use " : "use ", out);
	fputs("--debug-dir or DEBUGINFOD_URLS", out);
	return line_end(&line);
}

char *fold_text(enum fold fold, const struct frame *frames, size_t count,
		struct debug_packages *packages)
{
	switch (fold) {
	case FOLD_INTERPRETER:
		return allocate_printed("%zu frame%s of %s", count, plural(count),
					interpreter_of(frames));
	case FOLD_LIBRARY:
		return allocate_printed("%zu frame%s of %s", count, plural(count),
					library_of(frames->file));
	case FOLD_NAMELESS:
		return nameless_text(frames, count, packages);
	default:
		return NULL;
	}
}
