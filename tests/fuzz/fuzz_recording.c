/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: bytes -> recording -> judged, grouped, named and rendered. A recording is
 * hostile input: no crash, no hang, no unbounded memory. By hand, with clang:
 *
 *	cmake -B build/fuzz -G Ninja -DCMAKE_C_COMPILER=clang
 *	ninja -C build/fuzz fuzz_recording fuzz_recording_seed
 *	mkdir -p build/corpus && build/fuzz/tests/fuzz/fuzz_recording_seed build/corpus/seed
 *	build/fuzz/tests/fuzz/fuzz_recording -max_len=200000 -rss_limit_mb=1500 build/corpus
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/process_relations.h"
#include "analyzer/recordings/recording_reader.h"
#include "analyzer/render/render.h"
#include "analyzer/report/report_build.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void report_on(struct recording *recording)
{
	const struct report_options options = {
		.judge = { .min_held_ns = 100000000, .late_ns = 10000000000 },
		.all = true,
		.symbols = { .in_process = true },
	};
	struct recordings *recordings = allocate_zeroed(1, sizeof(*recordings));
	FILE *nowhere = fopen("/dev/null", "we");
	struct report *report;

	recordings->list = allocate_zeroed(1, sizeof(*recordings->list));
	recordings->list[0].recording = recording;
	recordings->count = 1;
	processes_relate(recordings->list, recordings->count);
	report = report_build(recordings, &options);
	if (nowhere) {
		render_text(report, nowhere, true);
		render_json(report, nowhere, false);
		fclose(nowhere);
	}
	report_free(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	char path[64], error[256];
	struct recording *recording;

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	recording = recording_read(path, error, sizeof(error));
	if (recording)
		report_on(recording);
	close(fd);
	return 0;
}
