/* SPDX-License-Identifier: MIT */
/*
 * print_rules LIBRARY: loads LIBRARY, reads addresses in it from stdin (hexadecimal, as readelf
 * writes them, one on each line), and prints for each the rule that our unwinder works out: its
 * kind, cfa and fp (unwind_rules.h).
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include "preload/platform/loaded_object.h"
#include "preload/platform/real_calls.h"
#include "preload/unwind/unwind_cfi.h"

static const char *const kinds[] = {
	[UNWIND_BY_SP] = "by_sp",           [UNWIND_BY_FP] = "by_fp",
	[UNWIND_BY_FP_SLOT] = "by_fp_slot", [UNWIND_SIGNAL] = "signal",
	[UNWIND_OUTERMOST] = "outermost",   [UNWIND_NO_INFORMATION] = "no_information",
	[UNWIND_INTRICATE] = "intricate",   [UNWIND_MISLEADING] = "misleading",
};

static void print_fp(const struct unwind_rule *rule)
{
	if (rule->fp == UNWIND_FP_KEPT)
		puts(" kept");
	else if (rule->fp == UNWIND_FP_LOST)
		puts(" lost");
	else
		printf(" %d\n", rule->fp);
}

int main(int argc, char **argv)
{
	struct link_map *map;
	uint64_t address;
	bool lasting;

	if (argc != 2) {
		fprintf(stderr, "usage: print_rules LIBRARY < ADDRESSES\n");
		return 1;
	}
	map = dlopen(argv[1], RTLD_LAZY | RTLD_LOCAL);
	if (!map) {
		fprintf(stderr, "print_rules: %s\n", dlerror());
		return 1;
	}
	real_calls_resolve();
	loaded_object_start();
	while (scanf("%" SCNx64, &address) == 1) {
		struct unwind_rule rule = unwind_cfi_rule(map->l_addr + address, &lasting);

		printf("%s %d", kinds[rule.kind], rule.cfa);
		print_fp(&rule);
	}
	return 0;
}
