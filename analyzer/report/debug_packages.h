/* SPDX-License-Identifier: MIT */
/* Which package has the symbols of a library or a program. */
#ifndef FINLEAK_DEBUG_PACKAGES_H
#define FINLEAK_DEBUG_PACKAGES_H

#include <stdbool.h>

struct debug_packages;

/* SYSROOT: where the system's files are looked up; NULL: /. End with debug_packages_free. */
struct debug_packages *debug_packages_new(const char *sysroot);
void debug_packages_free(struct debug_packages *packages);

/*
 * "libssl3-dbgsym" for the library or program with the path MODULE, by dpkg's lists; NULL: not
 * known, or this is no Debian. The text lives as long as PACKAGES.
 */
const char *debug_packages_find(struct debug_packages *packages, const char *module);

/* Is MODULE named to the user for the first time? */
bool debug_packages_is_news(struct debug_packages *packages, const char *module);

#endif
