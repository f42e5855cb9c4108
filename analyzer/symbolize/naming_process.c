/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/naming_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/proc_stat.h"
#include "analyzer/base/progress.h"
#include "analyzer/base/user_rights.h"
#include "analyzer/symbolize/naming_limits.h"
#include "preload/recording/recording.h"

#ifdef FINLEAK_COVERAGE
#include <gcov.h>
#endif

/*
 * A process that sleeps without using the processor for IDLE_MS waits for what does not come: the
 * other end of a FIFO. Disks are no sleep (state D), but a file system in a process (sshfs) is.
 */
#define IDLE_MS  2000u
#define CHECK_MS 100u

/* However it spends the time: kept by the process itself, should finleak be gone. */
#define WALL_S     120u
#define DOWNLOAD_S 600u /* debuginfod has limits of its own */

enum request {
	REQUEST_NAMES,
	REQUEST_SOURCE_LINE,
};

enum reply {
	REPLY_DONE,
	REPLY_DOWNLOADING, /* more follows */
};

struct naming_process {
	pid_t pid;
	int fd;
	struct message message; /* the last one, which answers are borrowed from */
	bool failed, spent;
};

/* In the child: its end of the socket, and what it works with. */
struct server {
	int fd;
	struct code_names *names;
	struct message message;
};

static void report_download(void *context, const char *path)
{
	const struct server *server = context;
	struct message notice = { 0 };

	message_put_number(&notice, REPLY_DOWNLOADING);
	message_put_text(&notice, path);
	message_send(server->fd, &notice);
	message_clear(&notice);
	alarm(path ? DOWNLOAD_S : WALL_S);
}

static void begin_reply(struct message *message)
{
	message_restart(message);
	message_put_number(message, REPLY_DONE);
	message_put_number(message, naming_limits_used_ns() > naming_limits_granted_ns());
}

static void answer_names(struct server *server)
{
	struct message *message = &server->message;
	struct code_name list[CODE_NAMES_MAX];
	struct code_module module = { 0 };
	enum module_file_found file;
	bool symbols_only;
	char *path = NULL;
	uint8_t *build_id;
	uint64_t offset;
	size_t count, i;

	module.path = message_take_text(message);
	module.build_id = message_take_bytes(message, &module.build_id_size);
	module.file_size = message_take_number(message);
	module.file_mtime_ns = (int64_t)message_take_number(message);
	offset = message_take_number(message);
	symbols_only = message_take_number(message);
	/* The answer takes the question's place. */
	module.path = path = allocate_text(module.path ? module.path : "");
	build_id = allocate_zeroed(RECORDED_BUILD_ID_MAX, 1);
	if (module.build_id_size)
		memcpy(build_id, module.build_id, module.build_id_size);
	module.build_id = build_id;

	count = code_names_of(server->names, &module, offset, symbols_only, list, &file);
	begin_reply(message);
	message_put_number(message, file);
	message_put_number(message, count);
	for (i = 0; i < count; i++) {
		message_put_text(message, list[i].function);
		message_put_text(message, list[i].file);
		message_put_number(message, list[i].line);
		message_put_number(message, list[i].inlined);
	}
	free(build_id);
	free(path);
}

static void answer_source_line(struct server *server)
{
	const char *file = message_take_text(&server->message);
	unsigned int number = (unsigned int)message_take_number(&server->message);
	const char *line = code_names_source_line(server->names, file, number);

	begin_reply(&server->message);
	message_put_text(&server->message, line);
}

/* An end that leaves alone what is finleak's: its streams and what it does at exit. */
_Noreturn static void leave(int status)
{
#ifdef FINLEAK_COVERAGE
	__gcov_dump();
#endif
	_exit(status);
}

static void close_files(int fd)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* A reader of finleak's output does not wait for this process. */
	if (nothing >= 0) {
		dup2(nothing, STDIN_FILENO);
		dup2(nothing, STDOUT_FILENO);
	}
	if (fd > 3)
		syscall(SYS_close_range, 3u, (unsigned int)fd - 1, 0u);
	syscall(SYS_close_range, (unsigned int)fd + 1, ~0u, 0u);
}

/* Nothing of finleak's is left in the child: neither its signals nor its files. */
static void become_separate(int fd)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGUSR1 };
	sigset_t none;
	int signal;
	size_t i;

	for (signal = 1; signal < SIGRTMAX; signal++)
		sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	/* What ends finleak closes the socket, and that ends this process. */
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close_files(fd);
}

_Noreturn static void serve(int fd, const struct symbolizer_options *options, uid_t user)
{
	struct server server = { .fd = fd };
	const struct module_waits waits = { report_download, &server };

	become_separate(fd);
	allocate_fail_by(leave);
	naming_limits_begin();
	/* No downloads for others: they would go to root's folders. */
	if (user_rights_exceed(user) &&
	    (unsetenv("DEBUGINFOD_URLS") < 0 || !user_rights_become(user)))
		leave(1);
	server.names = code_names_new(options, &waits);
	while (message_receive(fd, &server.message)) {
		naming_limits_next();
		alarm(WALL_S);
		if (message_take_number(&server.message) == REQUEST_NAMES)
			answer_names(&server);
		else
			answer_source_line(&server);
		alarm(0);
		if (!message_send(fd, &server.message))
			break;
	}
	leave(0);
}

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
		serve(ends[1], options, user);
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

	/* Its end ends this: by what it has used, or by WALL_S. */
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

/* Sends process->message and replaces it by the answer, whose head is taken. */
static bool ask(struct naming_process *process)
{
	struct message *message = &process->message;
	bool downloading = false;
	const char *path;

	process->failed = process->failed || !message_send(process->fd, message);
	while (!process->failed) {
		if (!wait_for_message(process, downloading) ||
		    !message_receive(process->fd, message))
			break;
		if (message_take_number(message) == REPLY_DONE) {
			process->spent = message_take_number(message);
			return true;
		}
		path = message_take_text(message);
		downloading = path != NULL;
		if (path)
			progress_wait("downloading debug information of", path);
	}
	process->failed = true;
	return false;
}

size_t naming_process_names(struct naming_process *process, const struct code_module *module,
			    uint64_t offset, bool symbols_only, struct code_name *list,
			    enum module_file_found *file)
{
	struct message *message = &process->message;
	size_t count, i;

	message_restart(message);
	message_put_number(message, REQUEST_NAMES);
	message_put_text(message, module->path);
	message_put_bytes(message, module->build_id, module->build_id_size);
	message_put_number(message, module->file_size);
	message_put_number(message, (uint64_t)module->file_mtime_ns);
	message_put_number(message, offset);
	message_put_number(message, symbols_only);
	if (!ask(process))
		return 0;
	*file = (enum module_file_found)message_take_number(message);
	count = (size_t)message_take_number(message);
	for (i = 0; i < count && i < CODE_NAMES_MAX; i++) {
		list[i].function = message_take_text(message);
		list[i].file = message_take_text(message);
		list[i].line = (unsigned int)message_take_number(message);
		list[i].inlined = message_take_number(message);
	}
	process->failed = message->is_short || count > CODE_NAMES_MAX;
	return process->failed ? 0 : count;
}

bool naming_process_source_line(struct naming_process *process, const char *file,
				unsigned int number, const char **line)
{
	struct message *message = &process->message;

	message_restart(message);
	message_put_number(message, REQUEST_SOURCE_LINE);
	message_put_text(message, file);
	message_put_number(message, number);
	if (!ask(process))
		return false;
	*line = message_take_text(message);
	process->failed = message->is_short;
	return !process->failed;
}

bool naming_process_is_spent(const struct naming_process *process)
{
	return process->spent;
}
