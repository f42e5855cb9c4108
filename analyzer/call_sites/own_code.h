/* SPDX-License-Identifier: MIT */
/* Which frames are the program's own code, and so can be the site of a leak. */
#ifndef FINLEAK_OWN_CODE_H
#define FINLEAK_OWN_CODE_H

#include "analyzer/symbolize/symbolize.h"

/* Globs of --own and of --foreign, each list ended by NULL. NULL: none were given. */
struct own_globs {
	const char *const *own;
	const char *const *foreign;
};

/*
 * The innermost of COUNT frames that is the program's own code. Without --own that is code of
 * EXECUTABLE and of all modules outside the system's library folders; where an interpreter ran a
 * script also less the interpreter and its library. With --own it is code whose module or source
 * matches one of the globs: by its path, what follows a slash in it, or the folder that it is in.
 * What matches one of --foreign is not.
 *
 * What a toolchain, a package registry or a system header put into such a module (Rust's library, a
 * crate, a template, a macro of _FORTIFY_SOURCE), or a library whose functions are known by name
 * (linked_libraries.h), is not own code unless --own matches its source.
 * It is the site where there is nothing else; without it the innermost frame of a script, then the
 * innermost that has a name, then the innermost. NULL for no frames.
 */
const struct frame *own_code_site(const struct frame *frames, size_t count, const char *executable,
				  const struct own_globs *globs);

/* The innermost of the first INSIDE of COUNT frames that is own code proper; NULL: none is. */
const struct frame *own_code_innermost(const struct frame *frames, size_t inside, size_t count,
				       const char *executable, const struct own_globs *globs);

/* Could FRAME be a site of the program's own, by the rules of own_code_site()? */
bool own_code_is_own(const struct frame *frame, const char *executable,
		     const struct own_globs *globs);

/* Is FRAME code without a name that is not the program's own: generated, or stripped? */
bool own_code_is_nameless(const struct frame *frame, const char *executable,
			  const struct own_globs *globs);

#endif
