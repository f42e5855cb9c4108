/* SPDX-License-Identifier: MIT */
/* A folder of many recordings, of which one family is read. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/watch/watch_relatives.h"
#include "tests/unit/recording_builder.h"

static char *write_process(const char *folder, int pid, int parent_pid, uint64_t start_ms,
			   enum recording_origin origin)
{
	struct recording_builder builder;
	char *path = allocate_printed("%s/x.%d.0.finleak", folder, pid);

	builder_begin(&builder, pid, parent_pid);
	builder.header.start_ns = at_ms(start_ms);
	builder.header.origin = origin;
	builder_write(&builder, path);
	return path;
}

static bool has(const struct recordings *recordings, int pid)
{
	size_t i;

	for (i = 0; i < recordings->count; i++)
		if (recordings->list[i].recording->header.pid == pid)
			return true;
	return false;
}

/* 10 > 11 > 12, and 10 > 13; 20 > 21 have nothing to do with them. */
static void only_the_family_is_read(void **state)
{
	static const int family[] = { 10, 11, 12, 13 };
	struct watch_relatives relatives = { .strangers = NULL };
	char *folder = builder_new_folder(), *paths[7];
	struct recordings *recordings;
	size_t i;

	(void)state;
	paths[0] = write_process(folder, 10, 1, 1000, ORIGIN_EXEC);
	paths[1] = write_process(folder, 11, 10, 2000, ORIGIN_FORK);
	paths[2] = write_process(folder, 12, 11, 3000, ORIGIN_FORK);
	paths[3] = write_process(folder, 13, 10, 4000, ORIGIN_FORK);
	paths[4] = write_process(folder, 20, 1, 1000, ORIGIN_EXEC);
	paths[5] = write_process(folder, 21, 20, 2000, ORIGIN_FORK);
	/* From any of them, upwards and downwards. */
	for (i = 0; i < 4; i++) {
		size_t j;

		recordings = watch_relatives_read(&relatives, paths[i]);
		assert_int_equal(recordings->count, 4);
		for (j = 0; j < 4; j++)
			assert_true(has(recordings, family[j]));
		recordings_free(recordings);
		assert_int_equal(relatives.stranger_count, 2);
	}
	/* A child that was born since. */
	paths[6] = write_process(folder, 14, 12, 5000, ORIGIN_FORK);
	recordings = watch_relatives_read(&relatives, paths[1]);
	assert_int_equal(recordings->count, 5);
	assert_true(has(recordings, 14));
	recordings_free(recordings);
	watch_relatives_clear(&relatives);
	for (i = 0; i < 7; i++)
		free(paths[i]);
	builder_remove_folder(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_family_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
