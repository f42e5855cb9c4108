/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/process.h"

bool process_lost_by_exec(const struct process *process, const struct recorded_socket *row)
{
	return process->state == PROCESS_EXECED && row->life & LIFE_EXEC_CLOSES;
}

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

bool process_ended_itself(const struct process *process)
{
	return process->state == PROCESS_EXITED ||
	       (process->state == PROCESS_KILLED && process->own_signal_ns);
}
