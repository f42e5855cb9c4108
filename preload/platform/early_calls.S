/* SPDX-License-Identifier: MIT */
/*
 * Where each real call points until it has been found: early_NAME resolves all of them, then goes
 * on to NAME with the arguments it was given, as a lazily bound PLT entry would. A wrapper that
 * runs before our constructor (other libraries are initialised ahead of us) so works like any
 * other, and the common path pays no test for it.
 *
 * Only integer arguments are kept: no interposed call takes another kind in registers.
 */

#if defined(__x86_64__)

	.text
	.set	index, 0

#define INTERPOSED(name, family, news)	\
	.globl	early_##name ;		\
	.hidden	early_##name ;		\
	.type	early_##name, @function ; \
early_##name: ;				\
	pushq	$index ;		\
	jmp	resolve_and_go_on ;	\
	.size	early_##name, . - early_##name ; \
	.set	index, index + 1 ;
#include "preload/calls/interposed_calls.def"

	.type	resolve_and_go_on, @function
resolve_and_go_on:
	.cfi_startproc
	.cfi_adjust_cfa_offset 8
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	pushq	%rsi
	.cfi_adjust_cfa_offset 8
	pushq	%rdx
	.cfi_adjust_cfa_offset 8
	pushq	%rcx
	.cfi_adjust_cfa_offset 8
	pushq	%r8
	.cfi_adjust_cfa_offset 8
	pushq	%r9
	.cfi_adjust_cfa_offset 8
	pushq	%rax
	.cfi_adjust_cfa_offset 8
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	real_calls_resolve
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	popq	%rax
	.cfi_adjust_cfa_offset -8
	popq	%r9
	.cfi_adjust_cfa_offset -8
	popq	%r8
	.cfi_adjust_cfa_offset -8
	popq	%rcx
	.cfi_adjust_cfa_offset -8
	popq	%rdx
	.cfi_adjust_cfa_offset -8
	popq	%rsi
	.cfi_adjust_cfa_offset -8
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	popq	%r11
	.cfi_adjust_cfa_offset -8
	leaq	real(%rip), %r10
	jmp	*(%r10, %r11, 8)
	.cfi_endproc
	.size	resolve_and_go_on, . - resolve_and_go_on

#elif defined(__aarch64__)

	.text
	.set	index, 0

#define INTERPOSED(name, family, news)	\
	.globl	early_##name ;		\
	.hidden	early_##name ;		\
	.type	early_##name, %function ; \
early_##name: ;				\
	mov	x16, index ;		\
	b	resolve_and_go_on ;	\
	.size	early_##name, . - early_##name ; \
	.set	index, index + 1 ;
#include "preload/calls/interposed_calls.def"

	.type	resolve_and_go_on, %function
resolve_and_go_on:
	.cfi_startproc
	stp	x29, x30, [sp, -96]!
	.cfi_def_cfa_offset 96
	.cfi_offset x29, -96
	.cfi_offset x30, -88
	stp	x0, x1, [sp, 16]
	stp	x2, x3, [sp, 32]
	stp	x4, x5, [sp, 48]
	stp	x6, x7, [sp, 64]
	stp	x8, x16, [sp, 80]
	bl	real_calls_resolve
	ldp	x0, x1, [sp, 16]
	ldp	x2, x3, [sp, 32]
	ldp	x4, x5, [sp, 48]
	ldp	x6, x7, [sp, 64]
	ldp	x8, x16, [sp, 80]
	ldp	x29, x30, [sp], 96
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
	adrp	x17, real
	add	x17, x17, :lo12:real
	ldr	x17, [x17, x16, lsl 3]
	br	x17
	.cfi_endproc
	.size	resolve_and_go_on, . - resolve_and_go_on

#else
#error "early_calls.S: this architecture has no early calls yet"
#endif

	.section .note.GNU-stack, "", %progbits
