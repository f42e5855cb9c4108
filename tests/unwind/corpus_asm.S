/* SPDX-License-Identifier: MIT */
/*
 * Assembler with unwind information that no compiler writes, and without any. Each function calls
 * its argument.
 */
	.text

#define FUNCTION(name) .globl name; .hidden name; .type name, @function; .balign 16; name

/* The CFA by a register that compilers do not use for it. */
FUNCTION(asm_by_rbx):
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_offset %rbx, -16
	mov	%rsp, %rbx
	.cfi_def_cfa_register %rbx
	and	$-64, %rsp
	call	*%rdi
	mov	%rbx, %rsp
	.cfi_def_cfa_register %rsp
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc

/* The CFA by an expression: rsp + 32. */
FUNCTION(asm_by_expression):
	.cfi_startproc
	sub	$24, %rsp
	.cfi_escape 0x0f, 2, 0x77, 32
	call	*%rdi
	add	$24, %rsp
	.cfi_def_cfa %rsp, 8
	ret
	.cfi_endproc

/* The CFA by an expression that reads the stack: *(rsp + 8) + 8. */
FUNCTION(asm_by_stored_sp):
	.cfi_startproc
	mov	%rsp, %rax
	sub	$24, %rsp
	.cfi_adjust_cfa_offset 24
	mov	%rax, 8(%rsp)
	.cfi_escape 0x0f, 5, 0x77, 8, 0x06, 0x23, 8
	call	*%rdi
	add	$24, %rsp
	.cfi_def_cfa %rsp, 8
	ret
	.cfi_endproc

/* It calls on a stack of its own. */
FUNCTION(asm_on_another_stack):
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_offset %rbx, -16
	mov	%rsp, %rbx
	.cfi_def_cfa_register %rbx
	lea	another_stack + 131072(%rip), %rsp
	call	*%rdi
	mov	%rbx, %rsp
	.cfi_def_cfa_register %rsp
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc

/* The same by a frame pointer, as Rust's psm does. */
FUNCTION(asm_on_another_stack_by_fp):
	.cfi_startproc
	push	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_offset %rbp, -16
	mov	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	lea	another_stack + 131072(%rip), %rsp
	call	*%rdi
	mov	%rbp, %rsp
	.cfi_def_cfa_register %rsp
	pop	%rbp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.local	another_stack
	.comm	another_stack, 131072, 64

/* The frame pointer is saved where another register points. */
FUNCTION(asm_fp_by_expression):
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_offset %rbx, -16
	sub	$16, %rsp
	.cfi_adjust_cfa_offset 16
	mov	%rsp, %rbx
	mov	%rbp, (%rbx)
	.cfi_escape 0x10, 6, 2, 0x73, 0
	xor	%ebp, %ebp
	call	*%rdi
	mov	(%rbx), %rbp
	.cfi_same_value %rbp
	add	$16, %rsp
	.cfi_adjust_cfa_offset -16
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc

/* The caller's stack pointer is rsp + 16 + 8 by a value's expression, and so is the CFA. */
FUNCTION(asm_sp_by_expression):
	.cfi_startproc
	sub	$8, %rsp
	.cfi_adjust_cfa_offset 8
	.cfi_escape 0x16, 7, 4, 0x77, 0, 0x40, 0x22
	call	*%rdi
	.cfi_escape 0x16, 7, 5, 0x77, 0, 0x40, 0x22, 0x96
	add	$8, %rsp
	.cfi_def_cfa_offset 8
	.cfi_escape 0x14, 7, 0
	ret
	.cfi_endproc

/* The frame pointer is kept in another register. */
FUNCTION(asm_fp_in_register):
	.cfi_startproc
	push	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_offset %r12, -16
	mov	%rbp, %r12
	.cfi_register %rbp, %r12
	xor	%ebp, %ebp
	call	*%rdi
	mov	%r12, %rbp
	.cfi_same_value %rbp
	pop	%r12
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc

/* Rows that are remembered in a row, two deep, and a frame pointer that holds something else. */
FUNCTION(asm_remembers):
	.cfi_startproc
	push	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_offset %rbp, -16
	mov	$0x1234, %ebp
	.cfi_remember_state
	push	%rax
	.cfi_adjust_cfa_offset 8
	.cfi_remember_state
	sub	$4104, %rsp
	.cfi_adjust_cfa_offset 4104
	call	*%rdi
	add	$4104, %rsp
	.cfi_restore_state
	pop	%rax
	.cfi_restore_state
	pop	%rbp
	.cfi_def_cfa_offset 8
	.cfi_restore %rbp
	ret
	.cfi_endproc

/* The stack pointer is given besides the CFA. */
FUNCTION(asm_gives_sp):
	.cfi_startproc
	sub	$8, %rsp
	.cfi_adjust_cfa_offset 8
	.cfi_escape 0x14, 7, 0
	call	*%rdi
	add	$8, %rsp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc

/* No unwind information, but a frame pointer. */
FUNCTION(asm_without_cfi):
	push	%rbp
	mov	%rsp, %rbp
	call	*%rdi
	pop	%rbp
	ret

/* Where a stack begins: nobody called it. */
FUNCTION(asm_outermost):
	.cfi_startproc
	push	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_offset %rbp, -16
	.cfi_undefined %rip
	call	*%rdi
	pop	%rbp
	ret
	.cfi_endproc

	.section .note.GNU-stack, "", @progbits
