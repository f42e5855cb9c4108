/* SPDX-License-Identifier: MIT */
/* A library that opens others by their names, from its own folder (loader.c). */
#include <dlfcn.h>

__attribute__((visibility("default"))) void *open_in_library(const char *name, int flags);

void *open_in_library(const char *name, int flags)
{
	return dlopen(name, flags);
}
