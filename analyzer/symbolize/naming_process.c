/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/naming_process.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/proc_stat.h"
#include "analyzer/base/progress.h"
#include "analyzer/symbolize/naming_message.h"

/*
 * A process that sleeps without using the processor for IDLE_MS waits for what does not come: the
 * other end of a FIFO. Disks are no sleep (state D), but a file system in a process (sshfs) is.
 */
#define IDLE_MS  2000u
#define CHECK_MS 100u

struct naming_process {
	pid_t pid;
	int fd;
	struct message message; /* the last one, which answers are borrowed from */
	size_t answers;         /* in MESSAGE that were not taken yet */
	bool failed, spent;
};

struct naming_process *naming_process_start(const struct symbolizer_options *options, uid_t user)
{
	struct naming_process *process;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return NULL;
	/* libdw and uthash end a process by exit() when memory is out: nothing is written twice. */
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		naming_server(ends[1], options, user);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return NULL;
	}
	process = allocate_zeroed(1, sizeof(*process));
	process->pid = pid;
	process->fd = ends[0];
	return process;
}

void naming_process_end(struct naming_process *process)
{
	struct pollfd end = { .events = POLLIN };

	if (!process)
		return;
	end.fd = process->fd;
	shutdown(process->fd, SHUT_WR);
	/* It ends by itself where it is still sound. */
	if (!process->failed)
		poll(&end, 1, (int)CHECK_MS);
	close(process->fd);
	kill(process->pid, SIGKILL);
	waitpid(process->pid, NULL, 0);
	message_clear(&process->message);
	free(process);
}

/* What it has used of the processor, clock ticks; *asleep: it waits for something. */
static unsigned long long processor_ticks(pid_t pid, bool *asleep)
{
	struct proc_stat stat;

	*asleep = false;
	if (!proc_stat_read(&stat, pid))
		return 0;
	*asleep = stat.state == 'S' || stat.state == 'T' || stat.state == 't';
	return stat.processor_ticks;
}

/* Waits for its next message; false: none comes any more. */
static bool wait_for_message(const struct naming_process *process, bool downloading)
{
	struct pollfd pollfd = { .fd = process->fd, .events = POLLIN };
	unsigned long long ticks = 0;
	unsigned int idle_ms = 0;

	/* Its end ends this: by what it has used, or by its own clock. */
	while (poll(&pollfd, 1, (int)CHECK_MS) <= 0) {
		bool asleep;
		unsigned long long now = processor_ticks(process->pid, &asleep);

		idle_ms = asleep && now == ticks && !downloading ? idle_ms + CHECK_MS : 0;
		ticks = now;
		if (idle_ms >= IDLE_MS)
			return false;
	}
	return true;
}

/* Receives answers into process->message, whose head is taken. */
static void receive_answers(struct naming_process *process)
{
	struct message *message = &process->message;
	bool downloading = false;

	while (!process->failed) {
		const char *path;

		if (!wait_for_message(process, downloading) ||
		    !message_receive(process->fd, message))
			break;
		if (message_take_number(message) == REPLY_DONE) {
			process->spent = message_take_number(message);
			process->answers = (size_t)message_take_number(message);
			if (process->answers)
				return;
			break;
		}
		path = message_take_text(message);
		downloading = path != NULL;
		if (path)
			progress_wait("downloading debug information of", path);
	}
	process->failed = true;
}

/* Is there an answer to take? */
static bool next_answer(struct naming_process *process)
{
	if (!process->failed && !process->answers && !process->spent)
		receive_answers(process);
	if (process->failed || !process->answers)
		return false;
	process->answers--;
	return true;
}

static void send_request(struct naming_process *process)
{
	process->answers = 0;
	process->failed = process->failed || !message_send(process->fd, &process->message);
}

void naming_process_ask(struct naming_process *process, const struct naming_question *questions,
			size_t count)
{
	struct message *message = &process->message;
	size_t i;

	message_restart(message);
	message_put_number(message, REQUEST_NAMES);
	message_put_number(message, count);
	for (i = 0; i < count; i++) {
		const struct code_module *module = questions[i].module;
		bool is_same = i && module == questions[i - 1].module;

		message_put_number(message, is_same);
		if (!is_same) {
			message_put_text(message, module->path);
			message_put_bytes(message, module->build_id, module->build_id_size);
			message_put_number(message, module->file_size);
			message_put_number(message, (uint64_t)module->file_mtime_ns);
		}
		message_put_number(message, questions[i].offset);
		message_put_number(message, questions[i].symbols_only);
	}
	send_request(process);
}

size_t naming_process_answer(struct naming_process *process, struct code_name *list,
			     enum module_file_found *file)
{
	struct message *message = &process->message;
	size_t count, i;

	if (!next_answer(process))
		return 0;
	*file = (enum module_file_found)message_take_number(message);
	count = (size_t)message_take_number(message);
	for (i = 0; i < count && i < CODE_NAMES_MAX; i++) {
		list[i].function = message_take_text(message);
		list[i].file = message_take_text(message);
		list[i].line = (unsigned int)message_take_number(message);
		list[i].inlined = message_take_number(message);
		list[i].ends_with_call = message_take_number(message);
		list[i].callee = message_take_text(message);
	}
	process->failed = message->is_short || count > CODE_NAMES_MAX;
	return process->failed ? 0 : count;
}

size_t naming_process_source_lines(struct naming_process *process, const char *file,
				   unsigned int number, const char **lines)
{
	struct message *message = &process->message;
	size_t count = 0;

	message_restart(message);
	message_put_number(message, REQUEST_SOURCE_LINES);
	message_put_text(message, file);
	message_put_number(message, number);
	send_request(process);
	/* All of them are in one message. */
	while (count < NAMING_LINES_MAX && (count == 0 || process->answers) && next_answer(process))
		lines[count++] = message_take_text(message);
	process->failed = process->failed || message->is_short;
	return process->failed ? 0 : count;
}

bool naming_process_is_spent(const struct naming_process *process)
{
	return process->spent;
}
