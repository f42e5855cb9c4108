/* SPDX-License-Identifier: MIT */
/*
 * exit() notes that the end begins and goes on to the real one without a frame of its own: a stack
 * taken in a handler, by the recorder or by the program, is the same as without the recorder.
 */

#if defined(__x86_64__)

	.text
	.globl	exit
	.type	exit, @function
exit:
	.cfi_startproc
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	call	exit_begins
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	jmp	*%rax
	.cfi_endproc
	.size	exit, . - exit

#elif defined(__aarch64__)

	.text
	.globl	exit
	.type	exit, %function
exit:
	.cfi_startproc
	stp	x29, x30, [sp, -32]!
	.cfi_def_cfa_offset 32
	.cfi_offset x29, -32
	.cfi_offset x30, -24
	str	x0, [sp, 16]
	bl	exit_begins
	mov	x16, x0
	ldr	x0, [sp, 16]
	ldp	x29, x30, [sp], 32
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
	br	x16
	.cfi_endproc
	.size	exit, . - exit

#else
#error "exit_call.S: this architecture has no exit() yet"
#endif

	.section .note.GNU-stack, "", %progbits
