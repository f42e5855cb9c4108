/* SPDX-License-Identifier: MIT */
#include "preload/platform/checkers.h"

#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/types.h>

/* Numbers of client requests, as valgrind.h, helgrind.h and drd.h fix them for good. */
#define TOOL_BASE(a, b)         ((uintptr_t)(a) << 24 | (uintptr_t)(b) << 16)
#define RUNNING_ON_VALGRIND     0x1001
#define HELGRIND_MAKE_UNTRACKED (TOOL_BASE('H', 'G') + 256 + 39)
#define DRD_START_SUPPRESSION   (TOOL_BASE('D', 'R') + 2)

static bool is_valgrind;

/* What valgrind answers; 0 where it is not there, or its tool does not know the request. */
static uintptr_t request(uintptr_t number, uintptr_t first, uintptr_t second)
{
	volatile uintptr_t arguments[6] = { number, first, second, 0, 0, 0 };
	uintptr_t answer = 0;

#if defined(__x86_64__)
	__asm__ volatile("rolq $3, %%rdi\n\trolq $13, %%rdi\n\trolq $61, %%rdi\n\t"
			 "rolq $51, %%rdi\n\txchgq %%rbx, %%rbx"
			 : "+d"(answer)
			 : "a"(&arguments[0])
			 : "cc", "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mov x3, %1\n\tmov x4, %2\n\tror x12, x12, #3\n\tror x12, x12, #13\n\t"
			 "ror x12, x12, #51\n\tror x12, x12, #61\n\torr x10, x10, x10\n\t"
			 "mov %0, x3"
			 : "=r"(answer)
			 : "r"(answer), "r"(&arguments[0])
			 : "cc", "memory", "x3", "x4");
#endif
	return answer;
}

static void except(const void *start, size_t size)
{
	request(HELGRIND_MAKE_UNTRACKED, (uintptr_t)start, size);
	request(DRD_START_SUPPRESSION, (uintptr_t)start, size);
}

bool checkers_are_valgrind(void)
{
	return is_valgrind;
}

extern const char own_image[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));

void checkers_start(void)
{
	const ElfW(Ehdr) *header = (const void *)own_image;
	const ElfW(Phdr) *segment = (const void *)(own_image + header->e_phoff);
	int i;

	is_valgrind = request(RUNNING_ON_VALGRIND, 0, 0) != 0;
	if (!is_valgrind)
		return;
	for (i = 0; i < header->e_phnum; i++, segment++)
		if (segment->p_type == PT_LOAD && segment->p_flags & PF_W)
			except(own_image + segment->p_vaddr, segment->p_memsz);
}

/* libc's, by libc_calls.def. */
extern __typeof__(mmap) libc_mmap __attribute__((visibility("hidden")));

__attribute__((visibility("hidden"))) void *mmap(void *start, size_t size, int protection,
						 int flags, int fd, off_t offset)
{
	void *map = libc_mmap(start, size, protection, flags, fd, offset);

	if (is_valgrind && map != MAP_FAILED)
		except(map, size);
	return map;
}

extern __typeof__(mremap) libc_mremap __attribute__((visibility("hidden")));

/* With MREMAP_FIXED alone, as the recorder calls it. */
__attribute__((visibility("hidden"))) void *mremap(void *start, size_t old_size, size_t size,
						   int flags, ...)
{
	void *place, *map;
	va_list arguments;

	va_start(arguments, flags);
	place = va_arg(arguments, void *);
	va_end(arguments);
	map = libc_mremap(start, old_size, size, flags, place);
	if (is_valgrind && map != MAP_FAILED)
		except(map, size);
	return map;
}
