/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/leak_executable.h"

const char *leak_executable(const struct leak *leak)
{
	/* exec-child: the code that started the holder is not in the holder's executable. */
	if (leak->stacks[leak->deciding].recording)
		return leak->stacks[leak->deciding].recording->header.executable;
	if (leak_is_by_kernel_alone(leak))
		return leak->sighting->process->recording->header.executable;
	return leak->holder ? leak->holder->process->recording->header.executable : "";
}
