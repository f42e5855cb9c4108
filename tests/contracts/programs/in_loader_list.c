/* SPDX-License-Identifier: MIT */
/*
 * in_loader_list: one thread opens and closes sockets inside of dl_iterate_phdr(), while another
 * one starts threads whose first stack is taken.
 */
#include <link.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loopback.h"

#define TURNS 2000

static void open_and_close(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0, "socket");
	must(close(fd) == 0, "close");
}

static int each_object(struct dl_phdr_info *object, size_t size, void *unused)
{
	(void)object;
	(void)size;
	(void)unused;
	open_and_close();
	return 0;
}

static void *iterate(void *unused)
{
	int i;

	for (i = 0; i < TURNS; i++)
		dl_iterate_phdr(each_object, unused);
	return NULL;
}

static void *new_thread(void *unused)
{
	open_and_close();
	return unused;
}

int main(void)
{
	pthread_t iterating, thread;
	int i;

	must(pthread_create(&iterating, NULL, iterate, NULL) == 0, "pthread_create");
	for (i = 0; i < TURNS; i++) {
		must(pthread_create(&thread, NULL, new_thread, NULL) == 0, "pthread_create");
		must(pthread_join(thread, NULL) == 0, "pthread_join");
	}
	must(pthread_join(iterating, NULL) == 0, "pthread_join");
	return 0;
}
