/* SPDX-License-Identifier: MIT */
/*
 * Where each call of libc points until it has been found: early_NAME resolves all of them, then goes
 * on to NAME with the arguments it was given, as a lazily bound PLT entry would. A wrapper that
 * runs before our constructor (other libraries are initialised ahead of us) so works like any
 * other, and the common path pays no test for it.
 *
 * The interposed calls are in `real`, which C code fills (real_calls.h); the recorder's own calls
 * are in libc_calls, and each has a symbol here that jumps there (libc_calls.h).
 *
 * Only integer arguments are kept: none of these calls takes another kind in registers.
 */

#if defined(__x86_64__)

/* %r11: where the found call will stand. */
#define EARLY(name, place)		\
	.globl	early_##name ;		\
	.hidden	early_##name ;		\
	.type	early_##name, @function ; \
early_##name: ;				\
	leaq	place(%rip), %r11 ;	\
	jmp	resolve_and_go_on ;	\
	.size	early_##name, . - early_##name

#define JUMP(symbol, place)		\
	.globl	symbol ;		\
	.hidden	symbol ;		\
	.type	symbol, @function ;	\
symbol: ;				\
	jmp	*place(%rip) ;		\
	.size	symbol, . - symbol

	.text
	.type	resolve_and_go_on, @function
resolve_and_go_on:
	.cfi_startproc
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
	pushq	%r11
	.cfi_adjust_cfa_offset 8
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	real_calls_resolve
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	popq	%r11
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
	jmp	*(%r11)
	.cfi_endproc
	.size	resolve_and_go_on, . - resolve_and_go_on

#elif defined(__aarch64__)

/* x16: where the found call will stand. */
#define EARLY(name, place)		\
	.globl	early_##name ;		\
	.hidden	early_##name ;		\
	.type	early_##name, %function ; \
early_##name: ;				\
	adrp	x16, place ;		\
	add	x16, x16, :lo12:place ;	\
	b	resolve_and_go_on ;	\
	.size	early_##name, . - early_##name

#define JUMP(symbol, place)		\
	.globl	symbol ;		\
	.hidden	symbol ;		\
	.type	symbol, %function ;	\
symbol: ;				\
	adrp	x16, place ;		\
	ldr	x16, [x16, :lo12:place] ; \
	br	x16 ;			\
	.size	symbol, . - symbol

	.text
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
	ldr	x17, [x16]
	br	x17
	.cfi_endproc
	.size	resolve_and_go_on, . - resolve_and_go_on

#else
#error "early_calls.S: this architecture has no early calls yet"
#endif

	.set	index, 0
#define INTERPOSED(name, family, news)	\
	EARLY(name, real + index) ;	\
	.set	index, index + 8 ;
#include "preload/calls/interposed_calls.def"

	.set	index, 0
#define LIBC_CALL(symbol, name)		\
	EARLY(libc_##name, libc_calls + index) ; \
	JUMP(symbol, libc_calls + index) ; \
	.set	index, index + 8 ;
#include "preload/platform/libc_calls.def"
#undef LIBC_CALL

	.data
	.balign	8
	.globl	libc_calls
	.hidden	libc_calls
libc_calls:
#define LIBC_CALL(symbol, name)		\
	.quad	early_libc_##name ;
#include "preload/platform/libc_calls.def"

	.section .note.GNU-stack, "", %progbits
