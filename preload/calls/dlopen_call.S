/* SPDX-License-Identifier: MIT */
/*
 * dlopen() goes on to the real one without a frame of its own: the loader asks who called it, and
 * searches that one's folders.
 */

#if defined(__x86_64__)

	.text
	.globl	dlopen
	.type	dlopen, @function
dlopen:
	.cfi_startproc
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	pushq	%rsi
	.cfi_adjust_cfa_offset 8
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	dlopen_for
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	popq	%rsi
	.cfi_adjust_cfa_offset -8
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	jmp	*%rax
	.cfi_endproc
	.size	dlopen, . - dlopen

#elif defined(__aarch64__)

	.text
	.globl	dlopen
	.type	dlopen, %function
dlopen:
	.cfi_startproc
	stp	x29, x30, [sp, -32]!
	.cfi_def_cfa_offset 32
	.cfi_offset x29, -32
	.cfi_offset x30, -24
	stp	x0, x1, [sp, 16]
	bl	dlopen_for
	mov	x16, x0
	ldp	x0, x1, [sp, 16]
	ldp	x29, x30, [sp], 32
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
	br	x16
	.cfi_endproc
	.size	dlopen, . - dlopen

#else
#error "dlopen_call.S: this architecture has no dlopen() yet"
#endif

	.section .note.GNU-stack, "", %progbits
