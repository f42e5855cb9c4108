/* SPDX-License-Identifier: MIT */
/* A symbol is found in this very program; files that are cut short or damaged do no harm. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/symbolize/elf_symbol.h"

__attribute__((noinline, used)) static void looked_up(void)
{
	__asm__("");
}

/* This program, in memory and in a file of its own. */
struct copy {
	char *bytes;
	off_t size;
	int fd;
};

static struct copy copy_own(void)
{
	char path[] = "/tmp/finleak-elf-symbol.XXXXXX";
	struct copy copy = { .fd = mkstemp(path) };
	int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat status;

	assert_true(own >= 0 && copy.fd >= 0);
	unlink(path);
	assert_int_equal(fstat(own, &status), 0);
	copy.size = status.st_size;
	copy.bytes = malloc((size_t)copy.size);
	assert_non_null(copy.bytes);
	assert_true(pread(own, copy.bytes, (size_t)copy.size, 0) == copy.size);
	assert_true(pwrite(copy.fd, copy.bytes, (size_t)copy.size, 0) == copy.size);
	close(own);
	return copy;
}

static void end(struct copy *copy)
{
	free(copy->bytes);
	close(copy->fd);
}

static void test_own_symbols(void **state)
{
	uint64_t one = 0, other = 0, nothing;
	struct copy copy = copy_own();

	(void)state;
	assert_true(elf_symbol_find(copy.fd, "looked_up", &one));
	assert_true(elf_symbol_find(copy.fd, "test_own_symbols", &other));
	/* Wherever the program lies, they are as far apart. */
	assert_true(one - other == (uintptr_t)looked_up - (uintptr_t)test_own_symbols);
	assert_false(elf_symbol_find(copy.fd, "looked", &nothing));
	end(&copy);
}

static void test_cut_short(void **state)
{
	struct copy copy = copy_own();
	uint64_t address;
	off_t size;

	(void)state;
	for (size = copy.size - 1; size > 0; size /= 2) {
		assert_int_equal(ftruncate(copy.fd, size), 0);
		elf_symbol_find(copy.fd, "looked_up", &address);
	}
	/* Not even the head is whole. */
	assert_false(elf_symbol_find(copy.fd, "looked_up", &address));
	end(&copy);
}

/* Of the head, and of the end, where the sections are listed, each byte may be anything. */
static void test_damaged(void **state)
{
	const off_t head = 64, tail = 3000;
	struct copy copy = copy_own();
	uint64_t address;
	off_t at;

	(void)state;
	assert_true(copy.size > head + tail);
	for (at = 0; at < copy.size; at = at + 1 == head ? copy.size - tail : at + 1) {
		assert_int_equal(pwrite(copy.fd, "\xff", 1, at), 1);
		elf_symbol_find(copy.fd, "looked_up", &address);
		assert_int_equal(pwrite(copy.fd, copy.bytes + at, 1, at), 1);
	}
	assert_true(elf_symbol_find(copy.fd, "looked_up", &address));
	end(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_symbols),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
