/* SPDX-License-Identifier: MIT */
#include "analyzer/pack/pack_names.h"

#include <string.h>

#include "analyzer/base/paths.h"
#include "analyzer/pack/pack.h"
#include "analyzer/recordings/code_map_file.h"
#include "analyzer/recordings/observation_file.h"
#include "analyzer/recordings/run_record.h"
#include "preload/recording/recording.h"

#define NAME_MAX_IN_PACK 4000

bool pack_name_is_good(const char *name)
{
	const char *base = path_base(name), *part;
	unsigned int depth = 0;

	if (strlen(name) > NAME_MAX_IN_PACK ||
	    strncmp(name, PACK_RECORDINGS, strlen(PACK_RECORDINGS)) != 0)
		return false;
	for (part = name; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (*part == '\0' || *part == '/' || *part == '.' || strcspn(part, "/") > 255)
			return false;
		depth++;
	}
	/* recordings/ and the file itself are parts, too. */
	return depth <= PACK_DEPTH_MAX + 2 &&
	       (path_suffix(base, RECORDING_SUFFIX) || path_suffix(base, OBSERVATION_SUFFIX) ||
		path_suffix(base, CODE_MAP_SUFFIX) || strcmp(base, RUN_RECORD_NAME) == 0);
}
