/* SPDX-License-Identifier: MIT */
/*
 * libevent: at the end of a client's stream the event callback says good-bye and believes that
 * flushing a bufferevent frees it. All reads and writes are done by event_base_loop().
 * finleak: eof-unclosed; what came next shows the callback.
 */
#include "traffic.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>

static void serve_client(struct bufferevent *client, void *unused)
{
	(void)unused;
	if (bufferevent_write_buffer(client, bufferevent_get_input(client)))
		abort();
}

static void end_client(struct bufferevent *client, short what, void *unused)
{
	(void)unused;
	if (!(what & BEV_EVENT_EOF))
		return;
#ifdef FIXED
	bufferevent_free(client);
#else
	bufferevent_write(client, "good-bye\n", 9); /* LEAK: next */
	bufferevent_flush(client, EV_WRITE, BEV_FINISHED);
#endif
}

static void accept_client(struct evconnlistener *listener, evutil_socket_t connection,
			  struct sockaddr *peer, int length, void *unused)
{
	struct bufferevent *client = bufferevent_socket_new(evconnlistener_get_base(listener),
							    connection, BEV_OPT_CLOSE_ON_FREE);

	(void)peer;
	(void)length;
	(void)unused;
	bufferevent_setcb(client, serve_client, NULL, end_client, NULL);
	bufferevent_enable(client, EV_READ | EV_WRITE);
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);
	struct event_base *base = event_base_new();

	evutil_make_socket_nonblocking(listener);
	if (!evconnlistener_new(base, accept_client, NULL, LEV_OPT_CLOSE_ON_EXEC, 64, listener))
		return 1;
	do {
		event_base_loop(base, EVLOOP_NONBLOCK);
	} while (traffic_pause());
	return 0;
}
