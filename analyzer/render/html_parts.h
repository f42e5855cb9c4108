/* SPDX-License-Identifier: MIT */
/* What html_parts.S has of files: NUL-terminated. */
#ifndef FINLEAK_HTML_PARTS_H
#define FINLEAK_HTML_PARTS_H

extern const char html_head[];
extern const char html_style[];
extern const char html_script[];
extern const char html_d3[];

#endif
