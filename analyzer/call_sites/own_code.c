/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/own_code.h"
#include "analyzer/base/paths.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

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

/* "python3", "python3.11", "libpython3.11.so.1.0" for NAME "python3" and "libpython3" */
static bool is_named(const char *path, const char *name)
{
	return strncmp(path_base(path), name, strlen(name)) == 0;
}

/*
 * Does PATH belong to a Python installation, wherever that is (/usr, /usr/local, a version
 * manager's folder, a virtual environment)? Modules that were installed there are not the
 * program's own either.
 */
static bool is_installed_python(const char *path)
{
	const char *folder;

	if (strstr(path, "/site-packages/") || strstr(path, "/dist-packages/"))
		return true;
	for (folder = path; (folder = strstr(folder, "/lib")) != NULL; folder++) {
		const char *rest = folder + strlen("/lib");

		if (strncmp(rest, "64", 2) == 0)
			rest += 2;
		if (strncmp(rest, "/python3.", 9) == 0 && isdigit((unsigned char)rest[9])) {
			strtoul(rest + 9, (char **)&rest, 10);
			/* the free-threaded build's folder ends in t */
			if (rest[*rest == 't'] == '/')
				return true;
		}
	}
	return strncmp(path, "<frozen ", 8) == 0 || strncmp(path, "/usr/lib/python3/", 17) == 0;
}

/* Where a script runs, the interpreter's own code is a library, also when it is the executable. */
static bool is_own_beside_script(const struct frame *frame)
{
	const char *path = frame->module;

	if (is_installed_python(path) || is_named(path, "libpython3"))
		return false;
	if (frame->script)
		return path[0] != '\0';
	return !is_named(path, "python3");
}

static bool matches(const char *const *globs, const char *path)
{
	for (; *globs; globs++)
		if (fnmatch(*globs, path, 0) == 0 || fnmatch(*globs, path_base(path), 0) == 0)
			return true;
	return false;
}

static bool is_own_module(const char *module, const char *executable)
{
	if (executable[0] && strcmp(module, executable) == 0)
		return true;
	/* "[vdso]" and what has no name are nobody's code. */
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
		/* Go */
		"^/usr/local/go/src/",
		"^/usr/lib/go-",
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
	return is_installed_python(path);
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
	FOREIGN,
	NAMELESS,
	OWNERSHIPS,
};

static enum ownership ownership_without(const struct frame *frame)
{
	if (frame->script)
		return FOREIGN_SCRIPT;
	return frame->function ? FOREIGN : NAMELESS;
}

static bool is_own_by_default(const struct frame *frame, const char *executable, bool beside_script)
{
	if (beside_script && !is_own_beside_script(frame))
		return false;
	/* Of a script, what is not the interpreter's is own, in whichever folder. */
	return frame->script || is_own_module(frame->module, executable);
}

static enum ownership ownership_of(const struct frame *frame, const char *executable,
				   const struct own_globs *globs, bool beside_script)
{
	bool is_own;

	if (globs->foreign && (matches(globs->foreign, frame->module) ||
			       (frame->file && matches(globs->foreign, frame->file))))
		return ownership_without(frame);
	if (globs->own && frame->file && matches(globs->own, frame->file))
		return OWN;
	is_own = globs->own ? matches(globs->own, frame->module)
			    : is_own_by_default(frame, executable, beside_script);
	if (!is_own)
		return ownership_without(frame);
	if (is_from_sanitizer(frame))
		return OWN_MODULE;
	return frame->file && !frame->script && is_library_source(frame->file) ? OWN_MODULE : OWN;
}

static bool has_script(const struct frame *frames, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (frames[i].script)
			return true;
	return false;
}

const struct frame *own_code_site(const struct frame *frames, size_t count, const char *executable,
				  const struct own_globs *globs)
{
	const struct frame *innermost[OWNERSHIPS] = { NULL };
	bool beside_script = has_script(frames, count);
	size_t i;

	for (i = 0; i < count; i++) {
		enum ownership kind = ownership_of(&frames[i], executable, globs, beside_script);

		if (!innermost[kind])
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
	bool beside_script = has_script(frames, count);
	size_t i;

	for (i = 0; i < inside; i++)
		if (ownership_of(&frames[i], executable, globs, beside_script) == OWN)
			return &frames[i];
	return NULL;
}

bool own_code_is_own(const struct frame *frame, const char *executable,
		     const struct own_globs *globs)
{
	return ownership_of(frame, executable, globs, frame->script) == OWN;
}

bool own_code_is_nameless(const struct frame *frame, const char *executable,
			  const struct own_globs *globs)
{
	return !frame->function && !frame->file &&
	       ownership_of(frame, executable, globs, false) == NAMELESS;
}
