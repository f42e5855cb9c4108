/* SPDX-License-Identifier: MIT */
/* What the parts of the BPF program share: types, helpers, the kernel's structures. */
#ifndef FINLEAK_BPF_BASE_H
#define FINLEAK_BPF_BASE_H

#include <linux/bpf.h>
#include <linux/types.h>

typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
typedef __u64 uint64_t;
typedef __s32 int32_t;
typedef __s64 int64_t;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL       ((void *)0)
#define UINT32_MAX 0xffffffffu

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "analyzer/attach/attach_event.h"
#include "analyzer/attach/attach_kernel.h"

/*
 * From Linux 6.2 on the kernel's memory is read by an instruction; before, by a call. libbpf lets a
 * kernel lack the function that makes the difference from 0.6 on.
 */
#if __has_include(<bpf/libbpf_version.h>)
extern void *bpf_rdonly_cast(const void *pointer, uint32_t type) __ksym __weak;
#else
static void *(*const bpf_rdonly_cast)(const void *, uint32_t) = NULL;
#endif

#define CAST(pointer)                                                                              \
	((typeof(pointer))bpf_rdonly_cast(pointer, bpf_core_type_id_kernel(typeof(*(pointer)))))
#define READ(pointer, member)                                                                      \
	(bpf_rdonly_cast ? CAST(pointer)->member : BPF_CORE_READ(pointer, member))

#define PAGE 4096ul

/* From Linux 5.15 on. libbpf need not know them yet. */
static struct task_struct *(*const current_task_btf)(void) = (void *)158;
static long (*const task_pt_regs_of)(struct task_struct *) = (void *)175;

#endif
