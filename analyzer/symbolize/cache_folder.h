/* SPDX-License-Identifier: MIT */
/*
 * The folder of what finleak has found out before. It may be deleted at any time; whatever is wrong
 * with it means only that there is no cache.
 */
#ifndef FINLEAK_CACHE_FOLDER_H
#define FINLEAK_CACHE_FOLDER_H

#include <stddef.h>

/* What all files in it may take, and each one. */
#define CACHE_FOLDER_MAX (64u << 20)
#define CACHE_FILE_MAX   (16u << 20)

/*
 * The folder that the environment asks for: FINLEAK_CACHE, else finleak below XDG_CACHE_HOME, else
 * below ~/.cache. The caller frees it. NULL: none (FINLEAK_CACHE is empty, there is no home).
 */
char *cache_folder_name(void);

/*
 * The whole of FILE in FOLDER, *size bytes, which the caller frees; NULL where it is not there, not
 * a regular file that only its owner may write, not this user's, or larger than CACHE_FILE_MAX.
 */
unsigned char *cache_folder_read(const char *folder, const char *file, size_t *size);

/*
 * Makes FOLDER where it is missing (0700) and puts FILE of SIZE BYTES into it: at once for whoever
 * reads or writes it meanwhile. Then the oldest files go until the folder is within its bounds.
 */
void cache_folder_write(const char *folder, const char *file, const unsigned char *bytes,
			size_t size);

#endif
