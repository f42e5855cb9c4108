/* SPDX-License-Identifier: MIT */
/* What the kernel view shows of a process that holds sockets in known states. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/kernel_view/kernel_view.h"

static struct sockaddr_in loopback(in_port_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = port,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int listener_on_loopback(int backlog, struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*address);

	*address = loopback(0);
	assert_int_equal(bind(fd, (struct sockaddr *)address, size), 0);
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static int connect_to(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
	return fd;
}

static uint32_t inode_of(int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	return (uint32_t)status.st_ino;
}

static void test_own_sockets(void **state)
{
	struct sockaddr_in address;
	int listener = listener_on_loopback(7, &address), peer = connect_to(&address);
	int connection = accept(listener, NULL, NULL), twin = dup(connection);
	int unused = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), waiting = connect_to(&address);
	const struct kernel_socket *found;
	const struct kernel_holding *holdings;
	struct kernel_sockets again;
	struct kernel_view *view;
	int pid = (int)getpid();
	uint64_t cookie;
	socklen_t size = sizeof(cookie);
	size_t count;

	(void)state;
	view = kernel_view_sample(&pid, 1);
	assert_int_equal(view->process_count, 1);
	assert_int_equal(view->processes[0].failure, 0);
	assert_int_equal(view->processes[0].parent_pid, getppid());
	assert_true(view->processes[0].executable[0] == '/');

	found = kernel_sockets_of_inode(&view->sockets, inode_of(listener));
	assert_non_null(found);
	assert_int_equal(found->state, KERNEL_LISTEN);
	assert_int_equal(found->receive_queue, 1);
	assert_int_equal(found->send_queue, 7);
	assert_ptr_equal(found,
			 kernel_listener_of(&view->listeners, found->namespace, &found->local));

	found = kernel_sockets_of_inode(&view->sockets, inode_of(connection));
	assert_non_null(found);
	assert_int_equal(found->state, KERNEL_ESTABLISHED);
	assert_int_equal(found->local.port, ntohs(address.sin_port));
	assert_int_equal(getsockopt(connection, SOL_SOCKET, SO_COOKIE, &cookie, &size), 0);
	assert_true(found->cookie == cookie);

	holdings = kernel_holders_of_inode(&view->holdings, inode_of(connection), &count);
	assert_int_equal(count, 2);
	assert_int_equal(holdings[0].fd, connection);
	assert_int_equal(holdings[1].fd, twin);

	assert_null(kernel_sockets_of_inode(&view->sockets, inode_of(unused)));
	assert_int_equal(view->unlisted_count, 1);
	assert_int_equal(view->unlisted[0].holding.fd, unused);
	assert_int_equal(view->unlisted[0].state, KERNEL_CLOSE);
	assert_false(kernel_unlisted_was_connected(&view->unlisted[0]));
	assert_true(kernel_view_unlisted_stays(&view->unlisted[0]));
	close(unused);
	assert_false(kernel_view_unlisted_stays(&view->unlisted[0]));

	/* Five bytes and the FIN. */
	assert_int_equal(write(peer, "bytes", 5), 5);
	close(peer);
	do {
		kernel_view_sample_again(view, &again);
		found = kernel_sockets_of_inode(&again, inode_of(connection));
		if (!found)
			kernel_sockets_clear(&again);
	} while (!found);
	assert_int_equal(found->state, KERNEL_CLOSE_WAIT);
	assert_int_equal(found->receive_queue, 6);
	assert_true(found->quiet_ms >= 0);
	kernel_sockets_clear(&again);
	kernel_view_free(view);
	close(waiting);
	close(twin);
	close(connection);
	close(listener);
}

static void test_ended_process(void **state)
{
	struct kernel_view *view;
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, &status, 0), child);
	view = kernel_view_sample(&child, 1);
	assert_int_equal(view->process_count, 1);
	assert_int_equal(view->processes[0].failure, ESRCH);
	kernel_view_free(view);
}

static void test_process_ends(void **state)
{
	struct kernel_view *view;
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		pause();
		_exit(0);
	}
	view = kernel_view_sample(&child, 1);
	assert_int_equal(view->processes[0].failure, 0);
	assert_false(kernel_process_ended(&view->processes[0]));
	assert_false(kernel_process_is_exiting(child));
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(kernel_process_ended(&view->processes[0]));
	assert_true(kernel_process_is_exiting(child));
	kernel_view_free(view);
}

/* Named twice, examined once; sorted by pid. */
static void test_processes(void **state)
{
	int pids[] = { (int)getpid(), (int)getppid(), (int)getpid() };
	struct kernel_view *view = kernel_view_sample(pids, 3);

	(void)state;
	assert_int_equal(view->process_count, 2);
	assert_true(view->processes[0].pid < view->processes[1].pid);
	assert_non_null(kernel_view_process(view, pids[0]));
	assert_non_null(kernel_view_process(view, pids[1]));
	assert_null(kernel_view_process(view, 0));
	kernel_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_sockets),
		cmocka_unit_test(test_ended_process),
		cmocka_unit_test(test_process_ends),
		cmocka_unit_test(test_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
