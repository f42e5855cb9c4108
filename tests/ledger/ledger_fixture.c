/* SPDX-License-Identifier: MIT */
#include "tests/ledger/ledger_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

const char *fixture_folder(void)
{
	return folder;
}

struct ledger_identity fixture_identity(void)
{
	return (struct ledger_identity){
		.origin = ORIGIN_EXEC,
		.pid = getpid(),
		.start_ns = 1,
		.file_size_limit = UINT64_MAX,
		.frames_limit = 64,
		.name = "fixture",
		.executable = "/bin/true",
		.command = "true",
		.command_size = 5,
		.version = "0",
	};
}

struct ledger *fixture_open(void)
{
	struct ledger *ledger = aligned_alloc(LEDGER_CACHE_LINE, sizeof(*ledger));
	struct ledger_identity identity = fixture_identity();

	assert_non_null(ledger);
	memset(ledger, 0, sizeof(*ledger));
	assert_true(ledger_create(ledger, folder, &identity));
	return ledger;
}

void fixture_close(struct ledger *ledger)
{
	ledger_unmap(ledger);
	free(ledger);
}

/* On tmpfs where there is one: there a read of a hole occupies memory. */
int fixture_setup(void **state)
{
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	snprintf(folder, sizeof(folder), "%s/finleak-ledger.XXXXXX", base);
	assert_non_null(mkdtemp(folder));
	*state = fixture_open();
	return 0;
}

static void each_file(void (*visit)(const char *path, void *argument), void *argument)
{
	DIR *opened = opendir(folder);
	struct dirent *entry;
	char path[400];

	assert_non_null(opened);
	while ((entry = readdir(opened))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		visit(path, argument);
	}
	closedir(opened);
}

static void add_bytes(const char *path, void *argument)
{
	struct stat file;

	assert_int_equal(stat(path, &file), 0);
	*(uint64_t *)argument += file.st_blocks * 512ull;
}

uint64_t fixture_bytes(void)
{
	uint64_t bytes = 0;

	each_file(add_bytes, &bytes);
	return bytes;
}

static void remove_file(const char *path, void *argument)
{
	(void)argument;
	unlink(path);
}

int fixture_teardown(void **state)
{
	fixture_close(*state);
	each_file(remove_file, NULL);
	return rmdir(folder);
}

uint32_t fixture_socket(struct ledger *ledger, int fd, uint64_t cookie)
{
	struct new_socket fresh = { .kind = KIND_TCP,
				    .source = SOURCE_SOCKET,
				    .cookie = cookie,
				    .fd = fd,
				    .opened_ns = 1000 };
	struct held_socket held = socket_take(ledger, &fresh);

	assert_true(socket_is_held(held));
	held.row->opened_stack = 7;
	socket_publish(ledger, held, fd);
	return held.index;
}

static uint32_t count_names(const struct ledger *ledger, uint32_t row)
{
	uint32_t names = 0;
	int fd;

	for (fd = descriptor_next(ledger, 0); fd >= 0; fd = descriptor_next(ledger, fd + 1))
		names += descriptor_get(ledger, fd).row == row;
	return names;
}

/* Each row is either open, with as many references as descriptors, or on the free list, once. */
uint64_t fixture_check(const struct ledger *ledger)
{
	uint64_t used = ledger_used(ledger, SECTION_SOCKETS), open = 0, free_rows = 0, i;
	uint32_t next = (uint32_t)ledger->free_rows;
	bool *is_free = calloc(used + 1, sizeof(*is_free));

	assert_non_null(is_free);
	for (; next != 0; next = socket_row(ledger, next - 1)->next_free, free_rows++) {
		assert_in_range(next, 1, used);
		assert_false(is_free[next - 1]);
		is_free[next - 1] = true;
	}
	for (i = 0; i < used; i++) {
		const struct recorded_socket *row = socket_row(ledger, (uint32_t)i);

		if (!(row->life & LIFE_OPEN)) {
			assert_int_equal(row->references, 0);
			continue;
		}
		assert_false(is_free[i]);
		assert_int_equal(row->references, row->descriptors);
		assert_int_equal(row->descriptors, count_names(ledger, (uint32_t)i));
		open++;
	}
	free(is_free);
	assert_int_equal(open + free_rows, used);
	assert_int_equal(ledger->header->open_now, open);
	assert_int_equal(ledger->header->opened - ledger->header->closed, open);
	return open;
}
