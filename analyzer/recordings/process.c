/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/process.h"

const char *process_state_name(enum process_state state)
{
	switch (state) {
	case PROCESS_RUNNING:
		return "running";
	case PROCESS_EXITED:
		return "exited";
	case PROCESS_KILLED:
		return "killed";
	case PROCESS_EXECED:
		return "execed";
	}
	return "killed";
}
