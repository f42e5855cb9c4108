/* SPDX-License-Identifier: MIT */
#include "analyzer/script_stacks/python_process.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "analyzer/base/proc_task.h"
#include "analyzer/script_stacks/process_memory.h"
#include "analyzer/script_stacks/process_modules.h"
#include "preload/runtimes/python/python_memory.h"
#include "preload/runtimes/python/python_version.h"

static unsigned int minor_version(int task, const struct process_module *module)
{
	uint64_t version = process_symbol(task, module, "Py_Version", NULL);

	return python_minor_version(version ? process_memory_word(task, version) : 0,
				    process_symbol(task, module, PYTHON_3_10_HAS, NULL) != 0,
				    process_symbol(task, module, PYTHON_3_9_HAS, NULL) != 0);
}

/* Takes from the interpreter itself where it has what, as far as it knows that. */
static bool take_offsets(struct python_process *python)
{
	uint64_t offsets[DEBUG_OFFSETS];

	if (python->layout.minor < DEBUG_OFFSETS_SINCE)
		return true;
	return process_memory_read(python->task, python->runtime, offsets, sizeof(offsets)) &&
	       python_layout_confirmed(&python->layout, offsets) &&
	       python_layout_take(&python->layout, offsets) &&
	       python->layout.thread_pthread <= PYTHON_STATE_SIZE - sizeof(uint64_t) &&
	       python->layout.thread_native <= PYTHON_STATE_SIZE - sizeof(uint64_t);
}

static bool take_module(const struct process_module *module, int task, void *context)
{
	struct python_process *python = context;
	const struct python_layout *layout;
	uint64_t size = 0;

	python->eval_start = process_symbol(task, module, "_PyEval_EvalFrameDefault", &size);
	python->eval_end = python->eval_start + size;
	if (!python->eval_start)
		return false;
	python->runtime = process_symbol(task, module, "_PyRuntime", NULL);
	layout = python_layout_of(minor_version(task, module));
	if (!python->runtime || !layout)
		return false;
	python->layout = *layout;
	python->start = module->start;
	python->end = module->end;
	python->is_alone = python_is_named(module->path, "libpython") ||
			   python_is_named(module->path, "python");
	return take_offsets(python);
}

bool python_process_find(struct python_process *python, int pid)
{
	char link[64], executable[PATH_MAX];
	ssize_t length;

	*python = (struct python_process){ .task = proc_task(pid) };
	if (!process_modules_find(python->task, take_module, python))
		return false;
	snprintf(link, sizeof(link), "/proc/%d/exe", python->task);
	length = readlink(link, executable, sizeof(executable) - 1);
	executable[length > 0 ? length : 0] = '\0';
	python->is_program = python_is_named(executable, "python");
	return true;
}

static bool is_type(const struct python_process *python, enum python_process_type type,
		    uint64_t address)
{
	static const char *const names[PYTHON_PROCESS_TYPES] = {
		[PYTHON_PROCESS_CODE] = "code",
		[PYTHON_PROCESS_TEXT] = "str",
		[PYTHON_PROCESS_BYTES] = "bytes",
	};

	return process_memory_is(
		python->task, process_memory_word(python->task, address + TYPE_NAME), names[type]);
}

bool python_process_object(struct python_process *python, enum python_process_type type,
			   uint64_t address, void *to, size_t size)
{
	uint64_t found;

	if (address % sizeof(found) || !process_memory_read(python->task, address, to, size))
		return false;
	found = (uint64_t)python_word(to, OBJECT_TYPE);
	if (python->types[type])
		return found == python->types[type];
	if (!is_type(python, type, found))
		return false;
	python->types[type] = found;
	return true;
}
