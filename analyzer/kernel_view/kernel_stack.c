/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_stack.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/used_memory.h"
#include "analyzer/base/user_rights.h"

/* Of its stack, bytes. Frames beyond that are not seen. */
#define STACK_COPIED (256u << 10)

/* What the child may use. */
#define CHILD_SECONDS 2u
#define CHILD_MEMORY  (1ull << 30)

/* Numbers of registers in DWARF. */
#if defined(__x86_64__)
#define STACK_POINTER   7
#define PROGRAM_COUNTER 16
#elif defined(__aarch64__)
#define STACK_POINTER   31
#define PROGRAM_COUNTER -1
#endif

struct stack_reader {
	int pid, tid;
	Dwarf_Word sp, pc;
	char *memory; /* a copy of what begins at SP */
	size_t size;
	bool given; /* the one thread was named */
	uint64_t *list;
	size_t room, count;
};

#ifdef STACK_POINTER

static pid_t next_thread(Dwfl *dwfl, void *context, void **thread_context)
{
	struct stack_reader *reader = context;

	(void)dwfl;
	if (reader->given)
		return 0;
	reader->given = true;
	*thread_context = reader;
	return reader->tid;
}

static bool read_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word, void *context)
{
	const struct stack_reader *reader = context;
	Dwarf_Addr offset = address - reader->sp;

	(void)dwfl;
	if (address < reader->sp || offset > reader->size || reader->size - offset < sizeof(*word))
		return false;
	memcpy(word, reader->memory + offset, sizeof(*word));
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *context)
{
	const struct stack_reader *reader = context;

	if (!dwfl_thread_state_registers(thread, STACK_POINTER, 1, &reader->sp))
		return false;
	if (PROGRAM_COUNTER >= 0 &&
	    !dwfl_thread_state_registers(thread, PROGRAM_COUNTER, 1, &reader->pc))
		return false;
	dwfl_thread_state_register_pc(thread, reader->pc);
	return true;
}

/* The recorder's wrapper of the call is no code of the program. */
static bool is_recorder(Dwfl_Frame *frame, Dwarf_Addr pc)
{
	Dwfl *dwfl = dwfl_thread_dwfl(dwfl_frame_thread(frame));
	Dwfl_Module *module = dwfl_addrmodule(dwfl, pc - 1);
	const char *name =
		module ? dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL) : NULL;

	return name && strcmp(path_base(name), "libfinleak.so") == 0;
}

static int add_frame(Dwfl_Frame *frame, void *context)
{
	struct stack_reader *reader = context;
	Dwarf_Addr pc;

	if (reader->count == reader->room || !dwfl_frame_pc(frame, &pc, NULL))
		return DWARF_CB_ABORT;
	if (!is_recorder(frame, pc))
		reader->list[reader->count++] = pc;
	return DWARF_CB_OK;
}

/* To unwind takes no debug information, and a link to it may name anything. */
static int find_nothing(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			const char *file_name, const char *link, GElf_Word crc, char **found)
{
	(void)module;
	(void)userdata;
	(void)name;
	(void)base;
	(void)file_name;
	(void)link;
	(void)crc;
	(void)found;
	return -1;
}

/* Its own end is the end of the process. */
static void read_frames(struct stack_reader *reader)
{
	static const Dwfl_Callbacks modules = {
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = find_nothing,
	};
	static const Dwfl_Thread_Callbacks threads = {
		.next_thread = next_thread,
		.memory_read = read_word,
		.set_initial_registers = set_registers,
	};
	Dwfl *dwfl = dwfl_begin(&modules);

	if (dwfl && dwfl_linux_proc_report(dwfl, reader->pid) == 0 &&
	    dwfl_report_end(dwfl, NULL, NULL) == 0 &&
	    dwfl_attach_state(dwfl, NULL, reader->pid, &threads, reader))
		dwfl_getthread_frames(dwfl, reader->tid, add_frame, reader);
}

#else

static void read_frames(struct stack_reader *reader)
{
	(void)reader;
}

#endif

static uid_t user_of(int pid)
{
	struct stat status;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return stat(path, &status) == 0 ? status.st_uid : geteuid();
}

/* The child has nothing of ours but FD, and is gone soon. */
static bool become_separate(int fd, uid_t user)
{
	const uint64_t most = used_memory() + CHILD_MEMORY;
	const struct rlimit memory = { most, most }, none = { 0, 0 };
	const struct rlimit seconds = { CHILD_SECONDS, CHILD_SECONDS };
	sigset_t nothing;
	int number;

	for (number = 1; number < SIGRTMAX; number++)
		sigaction(number, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	sigemptyset(&nothing);
	sigprocmask(SIG_SETMASK, &nothing, NULL);
	alarm(CHILD_SECONDS);
	if (fd > 0)
		syscall(SYS_close_range, 0u, (unsigned int)fd - 1, 0u);
	syscall(SYS_close_range, (unsigned int)fd + 1, ~0u, 0u);
	return setrlimit(RLIMIT_AS, &memory) == 0 && setrlimit(RLIMIT_CPU, &seconds) == 0 &&
	       setrlimit(RLIMIT_CORE, &none) == 0 &&
	       (!user_rights_exceed(user) || user_rights_become(user));
}

/* All that FD gives, until its other end is closed. */
static size_t receive(int fd, uint64_t *list, size_t room)
{
	size_t size = room * sizeof(*list), done = 0;
	ssize_t got = 1;

	while (got != 0 && done < size) {
		got = read(fd, (char *)list + done, size - done);
		if (got < 0 && errno != EINTR)
			return 0;
		done += got > 0 ? (size_t)got : 0;
	}
	return done / sizeof(*list);
}

static size_t read_in_child(struct stack_reader *reader)
{
	uid_t user = user_of(reader->pid);
	size_t size, count;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		if (become_separate(ends[1], user))
			read_frames(reader);
		size = reader->count * sizeof(*reader->list);
		_exit(write(ends[1], reader->list, size) != (ssize_t)size);
	}
	close(ends[1]);
	count = child < 0 ? 0 : receive(ends[0], reader->list, reader->room);
	close(ends[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return count;
}

/* The last two numbers of /proc/PID/task/TID/syscall. */
static bool find_pointers(struct stack_reader *reader, const char *call)
{
	const char *pc = strrchr(call, ' '), *sp = pc;
	unsigned long long pc_value, sp_value;

	while (sp && sp > call && sp[-1] != ' ')
		sp--;
	if (!pc || sscanf(sp, "%llx %llx", &sp_value, &pc_value) != 2)
		return false;
	reader->sp = sp_value;
	reader->pc = pc_value;
	return true;
}

/* By ourselves: Yama lets the child read no memory of a process that is not its own child. */
static bool copy_memory(struct stack_reader *reader)
{
	struct iovec here = { reader->memory, STACK_COPIED };
	struct iovec there = { (void *)(uintptr_t)reader->sp, STACK_COPIED };
	ssize_t got = process_vm_readv(reader->pid, &here, 1, &there, 1, 0);

	reader->size = got > 0 ? (size_t)got : 0;
	return reader->size;
}

size_t kernel_stack_read(uint64_t *pc, size_t room, int pid, int tid)
{
	unsigned long long switches = kernel_thread_switches(pid, tid);
	struct stack_reader reader = { .pid = pid, .tid = tid, .list = pc, .room = room };
	struct kernel_thread thread;
	size_t count = 0;

	kernel_thread_read(&thread, pid, tid);
	if (!switches || (thread.state != 'S' && thread.state != 'D') ||
	    !find_pointers(&reader, thread.call))
		return 0;
	reader.memory = allocate_zeroed(STACK_COPIED, 1);
	/* Whoever ran meanwhile has changed what was read. */
	if (copy_memory(&reader) && kernel_thread_switches(pid, tid) == switches)
		count = read_in_child(&reader);
	free(reader.memory);
	return count;
}
