/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_namespace.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "preload/ledger/ledger_create.h"

#define IPPROTO_MPTCP_NUMBER 262

static const struct held_socket none = { .row = NULL };

static struct ledger *new_ledger(void)
{
	size_t size = (sizeof(struct ledger) + LEDGER_HOT - 1) / LEDGER_HOT * LEDGER_HOT;
	struct ledger *ledger = aligned_alloc(LEDGER_HOT, size);

	if (!ledger)
		allocate_failed();
	memset(ledger, 0, size);
	return ledger;
}

/* Reads up to SIZE bytes of /proc/PID/NAME. */
static size_t read_proc(int pid, const char *name, char *text, size_t size)
{
	char path[64];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	length = fread(text, 1, size, file);
	fclose(file);
	return length;
}

static void read_program(struct attached_program *program, int pid)
{
	ssize_t length;
	char path[64];

	memset(program, 0, sizeof(*program));
	program->command_size =
		read_proc(pid, "cmdline", program->command, sizeof(program->command));
	read_proc(pid, "comm", program->name, sizeof(program->name) - 1);
	program->name[strcspn(program->name, "\n/")] = '\0';
	if (!program->name[0])
		strcpy(program->name, "unknown");
	/* It has ended already, and left nothing but its name. */
	if (!program->command_size) {
		strcpy(program->command, program->name);
		program->command_size = strlen(program->name) + 1;
	}
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	length = readlink(path, program->executable, sizeof(program->executable) - 1);
	program->executable[length > 0 ? length : 0] = '\0';
}

static struct attached_process *new_process(int pid, int parent_pid, enum recording_origin origin,
					    const char *folder)
{
	struct attached_process *process = allocate_zeroed(1, sizeof(*process));

	process->pid = pid;
	process->parent_pid = parent_pid;
	process->origin = origin;
	process->folder = folder;
	process->stack_limit = process->stack_copied = ATTACH_STACK_LARGE;
	process->ledger = new_ledger();
	return process;
}

struct attached_process *attached_process_new(int pid, int parent_pid, enum recording_origin origin,
					      const char *folder)
{
	struct attached_process *process = new_process(pid, parent_pid, origin, folder);

	process->start_ns = clock_ns(CLOCK_MONOTONIC);
	process->namespace = kernel_namespace_of(pid);
	process->code = target_code_new(pid);
	read_program(&process->program, pid);
	return process;
}

struct attached_process *attached_process_fork(const struct attached_process *parent, int pid,
					       uint64_t now)
{
	struct attached_process *process =
		new_process(pid, parent->pid, ORIGIN_FORK, parent->folder);

	process->namespace = parent->namespace;
	process->code = target_code_fork(parent->code, pid);
	process->python = target_python_fork(parent->python, pid);
	process->program = parent->program;
	process->start_ns = now;
	return process;
}

static void forget_threads(struct attached_process *process)
{
	struct attached_thread *thread, *next;

	HASH_ITER(hh, process->threads, thread, next) {
		HASH_DEL(process->threads, thread);
		free(thread);
	}
}

static void forget_handed(struct attached_handed **table)
{
	struct attached_handed *handed, *next;

	HASH_ITER(hh, *table, handed, next) {
		HASH_DEL(*table, handed);
		free(handed);
	}
}

static void forget_image(struct attached_process *process)
{
	if (ledger_is_open(process->ledger))
		ledger_unmap(process->ledger);
	free(process->ledger);
	free(process->rows);
	free(process->numbers);
	forget_threads(process);
	forget_handed(&process->asked);
	forget_handed(&process->taken);
	target_code_free(process->code);
	target_python_free(process->python);
}

void attached_process_free(struct attached_process *process)
{
	if (!process)
		return;
	forget_image(process);
	free(process->kept);
	free(process);
}

void attached_process_begin_again(struct attached_process *process, uint64_t now)
{
	forget_image(process);
	process->origin = ORIGIN_EXEC;
	process->start_ns = now;
	process->ledger = new_ledger();
	process->failed = false;
	process->exec_stack = 0;
	process->has_own_stack = false;
	process->rows = NULL;
	process->row_room = 0;
	process->numbers = NULL;
	process->number_room = 0;
	process->code = target_code_new(process->pid);
	process->python = NULL;
	process->python_searches = 0;
	process->python_news = false;
	read_program(&process->program, process->pid);
}

bool attached_process_record(struct attached_process *process)
{
	const struct attached_program *program = &process->program;
	struct ledger_identity identity = {
		.origin = process->origin,
		.pid = process->pid,
		.parent_pid = process->parent_pid,
		.start_ns = process->start_ns,
		.start_realtime_ns = (int64_t)(clock_ns(CLOCK_REALTIME) -
					       clock_ns(CLOCK_MONOTONIC) + process->start_ns),
		.file_size_limit = UINT64_MAX,
		.frames_limit = RECORDED_FRAMES_MAX,
		.options = OPTION_KERNEL,
		.name = program->name,
		.executable = program->executable,
		.command = program->command,
		.command_size = program->command_size,
		.version = FINLEAK_VERSION,
	};
	struct rlimit limit;

	if (ledger_is_open(process->ledger) || process->failed)
		return !process->failed;
	if (prlimit(process->pid, RLIMIT_NOFILE, NULL, &limit) == 0)
		identity.descriptor_limit = limit.rlim_cur;
	process->failed = !ledger_create(process->ledger, process->folder, &identity);
	return !process->failed;
}

char *attached_process_path(const struct attached_process *process)
{
	if (!ledger_is_open(process->ledger))
		return NULL;
	return allocate_printed("%s/%s", process->folder, process->ledger->file_name);
}

/* The entry for row INDEX. */
static struct attached_row *row_of(struct attached_process *process, uint32_t index)
{
	if (index >= process->row_room) {
		size_t room = process->row_room ? process->row_room * 2 : 64;
		struct attached_row *rows;

		while (room <= index)
			room *= 2;
		rows = realloc(process->rows, room * sizeof(*rows));
		if (!rows)
			allocate_failed();
		memset(rows + process->row_room, 0, (room - process->row_room) * sizeof(*rows));
		process->rows = rows;
		process->row_room = room;
	}
	return &process->rows[index];
}

/* From the kernel's tables a socket is known by its inode only: its address comes with an event. */
static bool is_row_of(struct attached_process *process, uint32_t index,
		      const struct attach_socket *socket)
{
	struct attached_row *row = row_of(process, index);

	if (row->inode != socket->inode || (row->sock && socket->sock && row->sock != socket->sock))
		return false;
	if (!row->sock)
		row->sock = socket->sock;
	return true;
}

void attached_same_socket(struct attached_process *child, const struct attached_process *parent,
			  int fd)
{
	uint32_t from = descriptor_get(parent->ledger, fd).row;
	uint32_t to = descriptor_get(child->ledger, fd).row;

	if (from != NO_ROW && to != NO_ROW && from < parent->row_room)
		*row_of(child, to) = parent->rows[from];
}

static uint8_t kind_of(const struct attach_socket *socket)
{
	if (socket->protocol == IPPROTO_MPTCP_NUMBER)
		return KIND_MPTCP;
	return socket->family == 10 ? KIND_TCP6 : KIND_TCP;
}

static uint64_t name_of(const struct attach_socket *socket)
{
	return socket->protocol == IPPROTO_MPTCP_NUMBER ? recorded_inode_name(socket->inode)
							: socket->cookie;
}

void attached_addresses(const struct attach_socket *socket, struct recorded_address *local,
			struct recorded_address *peer)
{
	*local = (struct recorded_address){ .family = socket->family, .port = socket->local_port };
	*peer = (struct recorded_address){ .family = socket->family, .port = socket->peer_port };
	memcpy(local->ip, socket->local, sizeof(local->ip));
	memcpy(peer->ip, socket->peer, sizeof(peer->ip));
	if (!socket->peer_port)
		*peer = (struct recorded_address){ .family = 0 };
}

void attached_lose(struct attached_process *process, int fd, uint64_t now)
{
	uint32_t index = descriptor_get(process->ledger, fd).row;

	/*
	 * The tables were read while the event waited: the socket that they had is younger than it,
	 * and its own events follow.
	 */
	if (index != NO_ROW && socket_row(process->ledger, index)->opened_ns > now)
		socket_undo(process->ledger, fd);
	else
		socket_lose(process->ledger, fd);
}

struct held_socket attached_socket_new(struct attached_process *process, int fd,
				       const struct attach_socket *socket,
				       enum recorded_source source, uint64_t now)
{
	const struct new_socket fresh = { .kind = kind_of(socket),
					  .source = source,
					  .cookie = name_of(socket),
					  .fd = fd,
					  .opened_ns = now };
	struct held_socket held;

	if (!attached_process_record(process))
		return none;
	attached_lose(process, fd, now);
	held = socket_take(process->ledger, &fresh);
	if (socket_is_held(held))
		*row_of(process, held.index) =
			(struct attached_row){ .sock = socket->sock, .inode = socket->inode };
	return held;
}

void attached_publish(struct attached_process *process, struct held_socket held, int fd)
{
	socket_publish(process->ledger, held, fd);
}

struct held_socket attached_socket_tracked(struct attached_process *process, int fd,
					   const struct attach_socket *socket, uint64_t now)
{
	struct held_socket held = socket_acquire(process->ledger, fd);

	if (!socket_is_held(held))
		return none;
	if (!is_row_of(process, held.index, socket)) {
		socket_release(process->ledger, held);
		attached_lose(process, fd, now);
		return none;
	}
	if (!held.row->cookie)
		held.row->cookie = name_of(socket);
	return held;
}

/* A row that is SOCKET, held; or none. */
static struct held_socket find(struct attached_process *process, const struct attach_socket *socket)
{
	int fd;

	for (fd = descriptor_next(process->ledger, 0); fd >= 0;
	     fd = descriptor_next(process->ledger, fd + 1)) {
		uint32_t index = descriptor_get(process->ledger, fd).row;

		if (index != NO_ROW && is_row_of(process, index, socket))
			return socket_acquire(process->ledger, fd);
	}
	return none;
}

bool attached_join(struct attached_process *process, int fd, const struct attach_socket *socket,
		   uint32_t stack, uint64_t now)
{
	struct held_socket held;

	if (!ledger_is_open(process->ledger))
		return false;
	attached_lose(process, fd, now);
	held = find(process, socket);
	if (!socket_is_held(held))
		return false;
	if (!socket_promise_descriptor(held)) {
		socket_release(process->ledger, held);
		return false;
	}
	socket_keep_promise(process->ledger, held, fd, stack);
	return true;
}

static uint8_t role_of(const struct attach_socket *socket)
{
	if (socket->state == KERNEL_LISTEN)
		return ROLE_LISTENER;
	if (socket->state == KERNEL_SYN_SENT)
		return ROLE_CONNECTING;
	return socket->peer_port ? ROLE_CONNECTED : ROLE_NONE;
}

void attached_adopt(struct attached_process *process, int fd, const struct attach_socket *socket,
		    enum recorded_source source, uint64_t now)
{
	struct held_socket held = attached_socket_new(process, fd, socket, source, now);

	if (!socket_is_held(held))
		return;
	attached_addresses(socket, &held.row->local, &held.row->peer);
	held.row->role = role_of(socket);
	attached_publish(process, held, fd);
}

struct held_socket attached_socket(struct attached_process *process, int fd,
				   const struct attach_socket *socket, uint64_t now)
{
	struct held_socket held = attached_socket_tracked(process, fd, socket, now);

	if (socket_is_held(held))
		return held;
	if (attached_join(process, fd, socket, 0, now))
		return socket_acquire(process->ledger, fd);
	attached_adopt(process, fd, socket, SOURCE_ADOPTED, now);
	return ledger_is_open(process->ledger) ? socket_acquire(process->ledger, fd) : none;
}
