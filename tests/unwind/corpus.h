/* SPDX-License-Identifier: MIT */
/*
 * Code that is awkward to unwind. Each file of the corpus is built as a module, several times: by
 * each compiler, with several options. A case calls LOOK from the middle of something awkward.
 */
#ifndef FINLEAK_CORPUS_H
#define FINLEAK_CORPUS_H

typedef void corpus_check(void);

enum corpus_quirk {
	CORPUS_BLOCKS_SIGNALS = 1, /* a trap would be the end of it */
	CORPUS_JUMPS = 2, /* inside longjmp() libunwind takes the CFA for the stack pointer */
};

struct corpus_case {
	const char *name;
	void (*run)(corpus_check *look);
	int quirks; /* enum corpus_quirk */
};

/* What a module has, up to a row without a name. */
#ifdef __cplusplus
extern "C" __attribute__((visibility("default"))) const struct corpus_case corpus_cases[];
#else
extern __attribute__((visibility("default"))) const struct corpus_case corpus_cases[];
#endif

#endif
