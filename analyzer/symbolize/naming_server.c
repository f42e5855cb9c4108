/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/naming_server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/user_rights.h"
#include "analyzer/symbolize/code_names.h"
#include "analyzer/symbolize/naming_limits.h"
#include "analyzer/symbolize/naming_message.h"

#ifdef FINLEAK_COVERAGE
#include <gcov.h>
#endif

/* However it spends the time: kept by the process itself, should finleak be gone. */
#define WALL_S     120u
#define DOWNLOAD_S 600u /* debuginfod has limits of its own */

/* Answers are sent together until they are so long: a line of generated source may be. */
#define ANSWER_SIZE 16384u

/* Its end of the socket, and what it works with. */
struct server {
	int fd;
	struct code_names *names;
	struct message message, reply;
	size_t answers; /* in REPLY */
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

/* Work on one thing that was asked for begins: nothing takes longer than that may. */
static void begin_work(void)
{
	naming_limits_next();
	alarm(WALL_S);
}

static bool is_spent(void)
{
	return naming_limits_used_ns() > naming_limits_granted_ns();
}

/* Sends the answers that there are. False: finleak is gone. */
static bool send_answers(struct server *server)
{
	struct message head = { 0 };
	bool sent;

	alarm(0);
	if (!server->answers)
		return true;
	message_put_number(&head, REPLY_DONE);
	message_put_number(&head, is_spent());
	message_put_number(&head, server->answers);
	message_put(&head, server->reply.bytes, server->reply.size);
	sent = message_send(server->fd, &head);
	message_clear(&head);
	message_restart(&server->reply);
	server->answers = 0;
	return sent;
}

static void put_answer(struct server *server, const struct code_module *module, uint64_t offset,
		       bool symbols_only)
{
	struct code_name list[CODE_NAMES_MAX];
	enum module_file_found file;
	size_t count = code_names_of(server->names, module, offset, symbols_only, list, &file), i;

	message_put_number(&server->reply, file);
	message_put_number(&server->reply, count);
	for (i = 0; i < count; i++) {
		message_put_text(&server->reply, list[i].function);
		message_put_text(&server->reply, list[i].file);
		message_put_number(&server->reply, list[i].line);
		message_put_number(&server->reply, list[i].inlined);
		message_put_number(&server->reply, list[i].ends_with_call);
		message_put_text(&server->reply, list[i].callee);
	}
	server->answers++;
}

/*
 * What is known of one module is sent before work on the next begins: that may be the end. When all
 * is used up that the work may take, the other answers are not given.
 */
static bool answer_names(struct server *server)
{
	struct message *message = &server->message;
	size_t count = (size_t)message_take_number(message), i;
	struct code_module module = { .path = "" };

	for (i = 0; i < count && !message->is_short; i++) {
		bool is_same = message_take_number(message), symbols_only;
		uint64_t offset;

		if (!is_same || server->reply.size >= ANSWER_SIZE)
			if (!send_answers(server))
				return false;
		if (!is_same) {
			module.path = message_take_text(message);
			if (!module.path)
				break;
			module.build_id = message_take_bytes(message, &module.build_id_size);
			module.file_size = message_take_number(message);
			module.file_mtime_ns = (int64_t)message_take_number(message);
		}
		offset = message_take_number(message);
		symbols_only = message_take_number(message);
		begin_work();
		put_answer(server, &module, offset, symbols_only);
		if (is_spent())
			break;
	}
	return send_answers(server);
}

static bool answer_source_lines(struct server *server)
{
	const char *file = message_take_text(&server->message);
	unsigned int first = (unsigned int)message_take_number(&server->message), i;

	begin_work();
	for (i = 0; i < NAMING_LINES_MAX && server->reply.size < ANSWER_SIZE; i++) {
		const char *line = code_names_source_line(server->names, file, first + i);

		if (i && line && strlen(line) >= ANSWER_SIZE)
			break;
		message_put_text(&server->reply, line);
		server->answers++;
	}
	return send_answers(server);
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

_Noreturn void naming_server(int fd, const struct symbolizer_options *options, uid_t user)
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
		bool is_names = message_take_number(&server.message) == REQUEST_NAMES;

		if (!(is_names ? answer_names(&server) : answer_source_lines(&server)))
			break;
	}
	leave(0);
}
