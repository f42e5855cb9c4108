/* SPDX-License-Identifier: MIT */
/*
 * walk_hostile FILE...: what an attached process has mapped, and what stands on its stacks, is
 * hostile: finleak, which is root, must neither crash nor hang nor read beyond it. Each round
 * damages a copy of an ELF file, maps it here, never runs it, and walks made-up stacks through it.
 * Built with sanitizers. The seeds are the same each time.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "analyzer/attach/stack_walk.h"
#include "tests/attach/rolls.h"

#define ROUNDS   60
#define WALKS    40
#define WORDS    512
#define FILE_MAX (8u << 20)

/* Of processor time: others may use the machine. A round takes milliseconds. */
#define PATIENCE_S 240

static size_t read_file(const char *path, uint8_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, bytes, FILE_MAX);

	if (fd >= 0)
		close(fd);
	return size < (ssize_t)sizeof(Elf64_Ehdr) ? 0 : (size_t)size;
}

/* Where SECTION lies in the file. False: it has none. */
static bool find_section(const uint8_t *elf, size_t size, const char *section, size_t *start,
			 size_t *length)
{
	const Elf64_Ehdr *header = (const void *)elf;
	const Elf64_Shdr *table = (const void *)(elf + header->e_shoff);
	size_t i;

	if (header->e_shoff > size - header->e_shnum * sizeof(*table))
		return false;
	for (i = 0; i < header->e_shnum; i++) {
		const char *name =
			(const char *)elf + table[header->e_shstrndx].sh_offset + table[i].sh_name;

		if (strcmp(name, section) != 0 || table[i].sh_offset + table[i].sh_size > size)
			continue;
		*start = table[i].sh_offset;
		*length = table[i].sh_size;
		return *length > 16;
	}
	return false;
}

/* Damages ELF, a copy of WHOLE. */
static void damage(uint8_t *elf, const uint8_t *whole, size_t size)
{
	static const char *const sections[] = { ".eh_frame", ".eh_frame_hdr", ".dynamic",
						".note.gnu.build-id" };
	static const uint32_t lengths[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff };
	size_t start = 0, length = 1024, at; /* the headers */

	if (roll(3) != 0 && !find_section(whole, size, sections[roll(4)], &start, &length))
		start = 0;
	at = start + roll(length - 8);
	switch (roll(5)) {
	case 0:
		elf[at] = (uint8_t)roll(256);
		break;
	case 1:
		elf[at] ^= (uint8_t)(1u << roll(8));
		break;
	case 2:
		memcpy(elf + at, &lengths[roll(6)], sizeof(lengths[0]));
		break;
	case 3:
		memset(elf + at, 0xff, 8);
		break;
	default:
		memmove(elf + at, elf + start + roll(length - 8), 8);
	}
}

/* An address in, or just outside, MAP; or of the stack at SP; or any number. */
static uint64_t number(const uint8_t *map, size_t size, uint64_t sp)
{
	switch (roll(6)) {
	case 0:
		return roll(0);
	case 1:
		return sp + roll(WORDS + 8) * 8;
	case 2:
		return roll(64);
	default:
		return (uintptr_t)map + roll(size + 64);
	}
}

static void walk(struct target_code *code, const uint8_t *map, size_t size)
{
	uint64_t sp = 0x7ffc00000000 + roll(512) * 8;
	size_t count = roll(WORDS), i;
	uint64_t *words = malloc((count + 1) * sizeof(*words)); /* no byte more: it is watched */
	struct attach_registers registers = {
		.pc = (uintptr_t)map + roll(size),
		.sp = sp,
		.fp = number(map, size, sp),
		.rbx = number(map, size, sp),
		.r12 = number(map, size, sp),
		.r13 = number(map, size, sp),
		.r14 = number(map, size, sp),
		.r15 = number(map, size, sp),
	};
	const struct stack_copy copy = { &registers, (const uint8_t *)words,
					 count * sizeof(*words) };
	struct walked_stack walked;

	for (i = 0; i < count; i++)
		words[i] = number(map, size, sp);
	stack_walk(code, &copy, &walked);
	if (walked.count > RECORDED_FRAMES_MAX || walked.used > copy.size)
		abort();
	for (i = 1; i < walked.count; i++)
		if (walked.place[i] != STACK_NO_PLACE && walked.place[i] + 8ul > copy.size)
			abort();
	free(words);
}

/* Returns whether its code was taken for what it is. */
static bool walk_through(const uint8_t *elf, size_t size)
{
	char path[] = "/tmp/finleak-hostile.XXXXXX";
	int fd = mkstemp(path), i;
	struct target_code *code;
	bool known;
	void *map;

	if (fd < 0 || write(fd, elf, size) != (ssize_t)size)
		abort();
	map = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		abort();
	code = target_code_new(getpid());
	known = target_code_at(code, (uintptr_t)map + size / 2) != NULL;
	for (i = 0; i < WALKS; i++)
		walk(code, map, size);
	target_code_free(code);
	munmap(map, size);
	close(fd);
	unlink(path);
	return known;
}

int main(int argc, char **argv)
{
	const struct itimerval patience = { .it_value.tv_sec = PATIENCE_S };
	uint8_t *whole = malloc(FILE_MAX), *mutant = malloc(FILE_MAX);
	int known = 0, file, round;

	setitimer(ITIMER_PROF, &patience, NULL);
	for (file = 1; file < argc; file++) {
		size_t size = read_file(argv[file], whole);

		for (round = 0; size && round < ROUNDS; round++) {
			int wounds;

			state = 0x9e3779b97f4a7c15 * (uint64_t)(round + 1);
			wounds = (int)roll(4);
			memcpy(mutant, whole, size);
			while (wounds-- > 0)
				damage(mutant, whole, size);
			known += walk_through(mutant, size);
		}
	}
	printf("%d damaged files were walked through\n", known);
	free(whole);
	free(mutant);
	return known < ROUNDS / 4;
}
