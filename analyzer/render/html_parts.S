/* SPDX-License-Identifier: MIT */
/* The parts of the HTML report that are the same in each: text, up to a NUL (html_parts.h). */

	.macro part name, path
	.globl \name
	.hidden \name
	.type \name, %object
\name:
	.incbin "\path"
	.byte 0
	.size \name, . - \name
	.endm

	.section .rodata
	part html_head, HTML_HEAD
	part html_style, HTML_STYLE
	part html_script, HTML_SCRIPT
	part html_d3, HTML_D3

	.section .note.GNU-stack, "", %progbits
