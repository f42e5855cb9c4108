/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: a linker name -> its readable form. Names come out of hostile files: no crash,
 * no hang, no unbounded memory. By hand, with clang:
 *
 *	cmake -B build/fuzz -G Ninja -DCMAKE_C_COMPILER=clang
 *	ninja -C build/fuzz fuzz_demangle
 *	mkdir -p build/names && cd build/names
 *	nm -D /lib/x86_64-linux-gnu/libstdc++.so.6 | grep -o '_[RZ].*' | shuf -n 1000 | split -l 1
 *	../fuzz/tests/fuzz/fuzz_demangle -max_len=4096 -timeout=2 -rss_limit_mb=1500 .
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/demangle.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *name = allocate_zeroed(size + 1, 1), *readable;

	memcpy(name, bytes, size);
	readable = demangle(name);
	if (strlen(readable) > 4096 && strlen(readable) > size)
		abort();
	free(readable);
	free(name);
	return 0;
}
