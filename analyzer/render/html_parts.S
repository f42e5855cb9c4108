/* SPDX-License-Identifier: MIT */
/* The parts of the HTML report that are the same in each: text, up to a NUL (html_parts.h). */

	.macro begin name
	.globl \name
	.hidden \name
	.type \name, %object
\name:
	.endm

	.macro end name
	.byte 0
	.size \name, . - \name
	.endm

	.section .rodata
	begin html_head
	.incbin "head.html"
	end html_head

	begin html_style
	.incbin "report.css"
	end html_style

	begin html_d3
	.incbin HTML_D3
	end html_d3

	/* One script: each of them uses those before it. */
	begin html_script
	.incbin "shared.js"
	.incbin "overview.js"
	.incbin "flame.js"
	.incbin "findings.js"
	.incbin "report.js"
	end html_script

	.section .note.GNU-stack, "", %progbits
