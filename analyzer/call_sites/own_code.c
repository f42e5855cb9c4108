/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/own_code.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/call_sites/linked_libraries.h"
#include "analyzer/symbolize/go_library.h"

static bool is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	/* /lib, /lib64, /lib32, /libx32: one rule for the names that distributions use. */
	if (strncmp(path, folder, length) != 0)
		return false;
	path += length;
	while (*path && *path != '/')
		path++;
	return *path == '/';
}

/*
 * Where a script runs, in the language BESIDE, what runs it is a library, also when it is the
 * executable.
 */
static bool is_own_beside_script(const struct frame *frame, const struct language *beside)
{
	const char *path = frame->module;

	if (frame->script)
		return path[0] && !language_is_library(frame_language(frame), path);
	return !language_is_library(beside, path) && language_of_machine(path) != beside;
}

/*
 * GLOB matches a path, or what follows a slash in it. One with a slash may be a folder, too:
 * src/net, /opt/app, vendor/.
 */
static bool glob_matches(const char *glob, const char *path)
{
	size_t length = strlen(glob);
	bool is_folder = length > 1 && glob[length - 1] == '/';
	int flags = !is_folder && strchr(glob, '/') ? FNM_LEADING_DIR : 0;
	char inside[PATH_MAX];

	if (is_folder && snprintf(inside, sizeof(inside), "%s*", glob) < (int)sizeof(inside))
		glob = inside;
	for (; path; path = strchr(path, '/'), path += path != NULL)
		if (fnmatch(glob, path, flags) == 0)
			return true;
	return false;
}

static bool matches(const char *const *globs, const char *path)
{
	for (; *globs; globs++)
		if (glob_matches(*globs, path))
			return true;
	return false;
}

static bool is_own_module(const char *module, const char *executable)
{
	if (executable[0] && strcmp(module, executable) == 0)
		return true;
	/* "[vdso]" and what has no name is code of no program. */
	return module[0] == '/' && !is_below(module, "/lib") && !is_below(module, "/usr/lib");
}

/*
 * Sources that a compiler, a package manager or a system header brings into the program's module:
 * inlined, made of templates, or linked statically. Each is a part of the path, from its start
 * where it begins with ^.
 */
static bool is_library_source(const char *path)
{
	static const char *const parts[] = {
		"^/usr/include/",
		"^/usr/local/include/",
		"/include/c++/",
		/* Rust: its library as rustup, the project and distributions build it; crates */
		"^/rustc/",
		"^/usr/src/rustc-",
		"/rustlib/src/rust/",
		"/.cargo/registry/",
		"/.cargo/git/",
		"^/usr/share/cargo/registry/",
		/* Go: modules; its library is known by go_is_library() */
		"/go/pkg/mod/",
		/* JavaScript */
		"/node_modules/",
		"^node:",
	};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i][0] == '^' ? strncmp(path, parts[i] + 1, strlen(parts[i] + 1)) == 0
				       : strstr(path, parts[i]) != NULL)
			return true;
	return go_is_library(path) || language_is_library(&language_python, path);
}

/* A sanitizer's runtime that was linked into the program (clang's): its stand-in for a call. */
static bool is_from_sanitizer(const struct frame *frame)
{
	const char *name = frame->function;

	if (!name)
		return false;
	return strncmp(name, "__interceptor_", 14) == 0 ||
	       strncmp(name, "___interceptor_", 15) == 0;
}

/* How near a frame is to the user's code. The innermost of the nearest kind is the site. */
enum ownership {
	OWN,
	OWN_MODULE, /* library code in a module of the program's own */
	FOREIGN_SCRIPT,
	BUILT_IN_SCRIPT, /* of the language's own library: a package that calls it is nearer */
	FOREIGN,
	NAMELESS,
	OWNERSHIPS,
};

/* Nobody's code, in whichever executable: where processes and threads start. */
static bool is_start(const struct frame *frame)
{
	static const char *const functions[] = { "_start",  "start_thread", "clone",
						 "__clone", "clone3",       "__clone3" };
	size_t i;

	for (i = 0; frame->function && i < sizeof(functions) / sizeof(functions[0]); i++)
		if (strcmp(frame->function, functions[i]) == 0)
			return true;
	return false;
}

static enum ownership ownership_without(const struct frame *frame)
{
	if (frame->script)
		return language_built_in(frame_language(frame), frame->module) ? BUILT_IN_SCRIPT
									       : FOREIGN_SCRIPT;
	return frame->function && !is_start(frame) ? FOREIGN : NAMELESS;
}

static bool is_own_by_default(const struct frame *frame, const char *executable,
			      const struct language *beside)
{
	if (beside && !is_own_beside_script(frame, beside))
		return false;
	if (!frame->script &&
	    (is_start(frame) || language_is_engine(frame->module, frame->function)))
		return false;
	/* Of a script, what is not the interpreter's is own, in whichever folder. */
	return frame->script || is_own_module(frame->module, executable);
}

static enum ownership ownership_of(const struct frame *frame, const char *executable,
				   const struct own_globs *globs, const struct language *beside)
{
	bool is_own;

	if (globs->foreign && (matches(globs->foreign, frame->module) ||
			       (frame->file && matches(globs->foreign, frame->file))))
		return ownership_without(frame);
	if (globs->own && frame->file && matches(globs->own, frame->file))
		return OWN;
	is_own = globs->own ? matches(globs->own, frame->module)
			    : is_own_by_default(frame, executable, beside);
	if (!is_own)
		return ownership_without(frame);
	if (is_from_sanitizer(frame))
		return OWN_MODULE;
	if (frame->script)
		return OWN;
	return is_linked_library(frame) || (frame->file && is_library_source(frame->file))
		       ? OWN_MODULE
		       : OWN;
}

/* The language of the innermost script among COUNT frames; NULL: there is none. */
static const struct language *language_in(const struct frame *frames, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (frames[i].script)
			return frame_language(&frames[i]);
	return NULL;
}

/*
 * Go's library runs goroutines of its own, in which no function of the program is: what they are
 * for shows in the outermost (net/http.(*Transport).dialConnFor), not in the system call.
 */
static bool is_go_package(const struct frame *frame)
{
	return frame->function && frame->file && go_is_library(frame->file) &&
	       strncmp(frame->function, "runtime.", 8) != 0;
}

/*
 * How many of FRAMES belong to what Go's net/http does to open a connection, which may call the
 * program's own dialer: it is for the function that asked for an answer, further out.
 */
static size_t frames_of_dialing(const struct frame *frames, size_t count, const char *executable,
				const struct own_globs *globs, const struct language *beside)
{
	size_t dialing = 0, i;

	for (i = 0; i < count && !dialing; i++)
		if (frames[i].function &&
		    strcmp(frames[i].function, "net/http.(*Transport).dialConnFor") == 0)
			dialing = i + 1;
	for (i = dialing; i < count; i++)
		if (ownership_of(&frames[i], executable, globs, beside) == OWN)
			return dialing;
	return 0;
}

const struct frame *own_code_site(const struct frame *frames, size_t count, const char *executable,
				  const struct own_globs *globs)
{
	const struct frame *innermost[OWNERSHIPS] = { NULL };
	const struct language *beside = language_in(frames, count);
	size_t i = frames_of_dialing(frames, count, executable, globs, beside);

	for (; i < count; i++) {
		enum ownership kind = ownership_of(&frames[i], executable, globs, beside);

		if (!innermost[kind] || (kind == OWN_MODULE && is_go_package(&frames[i])))
			innermost[kind] = &frames[i];
	}
	for (i = 0; i < OWNERSHIPS; i++)
		if (innermost[i])
			return innermost[i];
	return NULL;
}

const struct frame *own_code_innermost(const struct frame *frames, size_t inside, size_t count,
				       const char *executable, const struct own_globs *globs)
{
	const struct language *beside = language_in(frames, count);
	size_t i = frames_of_dialing(frames, count, executable, globs, beside);

	for (; i < inside; i++)
		if (ownership_of(&frames[i], executable, globs, beside) == OWN)
			return &frames[i];
	return NULL;
}

bool own_code_is_own(const struct frame *frame, const char *executable,
		     const struct own_globs *globs)
{
	return ownership_of(frame, executable, globs, frame_language(frame)) == OWN;
}

bool own_code_is_nameless(const struct frame *frame, const char *executable,
			  const struct own_globs *globs)
{
	return !frame->function && !frame->file &&
	       ownership_of(frame, executable, globs, NULL) == NAMELESS;
}
