/* SPDX-License-Identifier: MIT */
/* What a class means and how to fix it, as one text. */
#ifndef FINLEAK_CLASS_HELP_H
#define FINLEAK_CLASS_HELP_H

#include "analyzer/rules/classes.h"

/* Paragraphs, as plain text or as Markdown; the caller frees them. */
char *class_help_text(enum leak_class class);
char *class_help_markdown(enum leak_class class);

/* Where the class is documented: a URI, which the caller frees. */
char *class_help_uri(enum leak_class class);

#endif
