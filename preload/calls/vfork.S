/* SPDX-License-Identifier: MIT */
/*
 * vfork(): the child runs in its parent's memory, on its stack and with its thread-local storage,
 * until it ends or becomes another program; the calling thread sleeps meanwhile. What the child
 * closes and opens is not the parent's, so it must not be noted, and nothing in memory distinguishes the
 * two apart but what is written here: vfork_child is 1 from the child's return to the parent's. The
 * parent then notes the child's birth.
 *
 * A C function can't return twice (the child would overwrite the frame that the parent returns
 * through); these lines have no frame: the return address stays in a register.
 */

#if defined(__x86_64__)

#include <asm/unistd_64.h>

	.text
	.globl	vfork
	.type	vfork, @function
vfork:
	.cfi_startproc
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip, %rdi
	movl	$__NR_vfork, %eax
	syscall
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rip, 0
	movq	vfork_child@gottpoff(%rip), %rdx
	xorl	%ecx, %ecx
	testl	%eax, %eax
	sete	%cl
	movb	%cl, %fs:(%rdx)
	cmpq	$-4095, %rax
	jae	1f
	testl	%eax, %eax
	jz	2f
	pushq	%rax
	.cfi_adjust_cfa_offset 8
	movl	%eax, %edi
	call	process_after_vfork
	popq	%rax
	.cfi_adjust_cfa_offset -8
2:
	ret
1:
	negl	%eax
	pushq	%rax
	.cfi_adjust_cfa_offset 8
	call	__errno_location@PLT
	popq	%rdx
	.cfi_adjust_cfa_offset -8
	movl	%edx, (%rax)
	movl	$-1, %eax
	ret
	.cfi_endproc
	.size	vfork, . - vfork

#elif defined(__aarch64__)

#include <asm/unistd.h>

/* CLONE_VM | CLONE_VFORK | SIGCHLD: aarch64 has no vfork system call. */
#define VFORK_FLAGS 0x4111

	.text
	.globl	vfork
	.type	vfork, %function
vfork:
	.cfi_startproc
	mov	x0, VFORK_FLAGS
	mov	x1, 0
	mov	x8, __NR_clone
	svc	0
	adrp	x2, :gottprel:vfork_child
	ldr	x2, [x2, :gottprel_lo12:vfork_child]
	mrs	x3, tpidr_el0
	cmp	x0, 0
	cset	w4, eq
	strb	w4, [x3, x2]
	cmn	x0, 4095
	b.cs	1f
	cbz	x0, 2f
	stp	x29, x30, [sp, -32]!
	.cfi_def_cfa_offset 32
	.cfi_offset x29, -32
	.cfi_offset x30, -24
	str	x0, [sp, 16]
	bl	process_after_vfork
	ldr	x0, [sp, 16]
	ldp	x29, x30, [sp], 32
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
2:
	ret
1:
	stp	x29, x30, [sp, -32]!
	.cfi_def_cfa_offset 32
	.cfi_offset x29, -32
	.cfi_offset x30, -24
	neg	x0, x0
	str	x0, [sp, 16]
	bl	__errno_location
	ldr	x1, [sp, 16]
	str	w1, [x0]
	mov	x0, -1
	ldp	x29, x30, [sp], 32
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
	ret
	.cfi_endproc
	.size	vfork, . - vfork

#endif

	.section .note.GNU-stack, "", %progbits
