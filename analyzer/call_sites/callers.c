/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/callers.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/divergence.h"

/* More calls than this of one function add nothing. */
#define CALLS_MAX 64

struct seen_stack {
	struct backtrace *backtrace;
	UT_hash_handle hh;
};

/* The stacks whose innermost own frame is in one function, and the calls that led to it. */
struct called_function {
	char *name; /* and its module */
	const struct frame *calls[CALLS_MAX];
	size_t count;
	size_t stacks;
	UT_hash_handle hh;
};

/* Those of all functions, in the eyes of one program. */
struct program {
	char *executable;
	struct called_function *functions;
	UT_hash_handle hh;
};

struct callers {
	struct symbolizer *symbolizer;
	const struct own_globs *globs;
	struct seen_stack *stacks;
	struct program *programs;
};

struct callers *callers_new(struct symbolizer *symbolizer, const struct own_globs *globs)
{
	struct callers *callers = allocate_zeroed(1, sizeof(*callers));

	callers->symbolizer = symbolizer;
	callers->globs = globs;
	return callers;
}

static void program_free(struct program *program)
{
	struct called_function *function, *next;

	HASH_ITER(hh, program->functions, function, next) {
		HASH_DEL(program->functions, function);
		free(function->name);
		free(function);
	}
	free(program->executable);
	free(program);
}

void callers_free(struct callers *callers)
{
	struct program *program, *next_program;
	struct seen_stack *seen, *next_seen;

	if (!callers)
		return;
	HASH_ITER(hh, callers->programs, program, next_program) {
		HASH_DEL(callers->programs, program);
		program_free(program);
	}
	HASH_ITER(hh, callers->stacks, seen, next_seen) {
		HASH_DEL(callers->stacks, seen);
		free(seen);
	}
	free(callers);
}

void callers_see(struct callers *callers, struct backtrace *backtrace)
{
	struct seen_stack *seen;

	if (!backtrace)
		return;
	HASH_FIND_PTR(callers->stacks, &backtrace, seen);
	if (seen)
		return;
	seen = allocate_zeroed(1, sizeof(*seen));
	seen->backtrace = backtrace;
	HASH_ADD_PTR(callers->stacks, backtrace, seen);
}

const struct frame *callers_innermost(struct callers *callers, struct backtrace *backtrace,
				      const char *executable)
{
	backtrace_name(backtrace, callers->symbolizer);
	return own_code_innermost(backtrace->named, backtrace->named_count, backtrace->named_count,
				  executable, callers->globs);
}

const struct frame *callers_own(struct callers *callers, const struct backtrace *backtrace,
				const struct frame *frame, const char *executable)
{
	const struct frame *end = backtrace->named + backtrace->named_count;

	if (frame + 1 == end || !own_code_is_own(frame + 1, executable, callers->globs))
		return NULL;
	return frame + 1;
}

static struct called_function *function_of(struct program *program, const struct frame *frame)
{
	char *name = allocate_printed("%s %s", frame->function, frame->module);
	struct called_function *function;

	HASH_FIND_STR(program->functions, name, function);
	if (function) {
		free(name);
		return function;
	}
	function = allocate_zeroed(1, sizeof(*function));
	function->name = name;
	HASH_ADD_KEYPTR(hh, program->functions, name, strlen(name), function);
	return function;
}

static void count_caller(struct callers *callers, struct program *program,
			 struct backtrace *backtrace)
{
	const struct frame *own = callers_innermost(callers, backtrace, program->executable);
	const struct frame *caller =
		own ? callers_own(callers, backtrace, own, program->executable) : NULL;
	struct called_function *function;
	size_t i;

	if (!caller || !own->function)
		return;
	function = function_of(program, own);
	function->stacks++;
	for (i = 0; i < function->count; i++)
		if (frames_share_call(function->calls[i], caller))
			return;
	if (function->count < CALLS_MAX)
		function->calls[function->count++] = caller;
}

static struct program *program_of(struct callers *callers, const char *executable)
{
	struct program *program;
	struct seen_stack *seen;

	HASH_FIND_STR(callers->programs, executable, program);
	if (program)
		return program;
	program = allocate_zeroed(1, sizeof(*program));
	program->executable = allocate_text(executable);
	HASH_ADD_KEYPTR(hh, callers->programs, program->executable, strlen(executable), program);
	for (seen = callers->stacks; seen; seen = seen->hh.next)
		count_caller(callers, program, seen->backtrace);
	return program;
}

const struct frame *callers_of_several(struct callers *callers, const struct backtrace *backtrace,
				       const struct frame *frame, const char *executable)
{
	const struct frame *caller = callers_own(callers, backtrace, frame, executable);
	const struct called_function *function;

	if (!caller || !frame->function)
		return NULL;
	function = function_of(program_of(callers, executable), frame);
	return function->count > 1 && 2 * function->count > function->stacks ? caller : NULL;
}
