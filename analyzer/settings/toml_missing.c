/* SPDX-License-Identifier: MIT */
/* In the place of toml_reader.cpp in a build without toml++. */
#include "analyzer/settings/toml_reader.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"

void toml_read(struct toml_document *document, const char *text, size_t size)
{
	(void)text;
	(void)size;
	*document = (struct toml_document){ NULL, 0, NULL, 0 };
	document->error = allocate_text("this finleak was built without toml++, which reads it");
}

void toml_clear(struct toml_document *document)
{
	free(document->error);
	document->error = NULL;
}
