/* SPDX-License-Identifier: MIT */
/*
 * libuv: the read callback counts what clients send, and leaves the handle open at the end. All
 * calls on the connection are the loop's: no stack has a callback in it.
 * finleak: eof-unclosed, at what uv_read_start() was given.
 */
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

struct client {
	uv_tcp_t handle;
	char request[512];
};

static ssize_t bytes_counted;

static void free_client(uv_handle_t *handle)
{
	free(handle->data);
}

static void lend_buffer(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
	struct client *client = handle->data;

	(void)wanted;
	*buffer = uv_buf_init(client->request, sizeof(client->request));
}

static void count(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer) /* LEAK: handler */
{
	(void)stream;
	(void)buffer;
	if (length > 0)
		bytes_counted += length;
#ifdef FIXED
	if (length < 0)
		uv_close((uv_handle_t *)stream, free_client);
#endif
}

static void accept_client(uv_stream_t *listener, int status)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client || status < 0)
		exit(1);
	uv_tcp_init(listener->loop, &client->handle);
	client->handle.data = client;
	if (uv_accept(listener, (uv_stream_t *)&client->handle))
		uv_close((uv_handle_t *)&client->handle, free_client);
	else
		uv_read_start((uv_stream_t *)&client->handle, lend_buffer, count);
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", NULL, PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);
	uv_loop_t *loop = uv_default_loop();
	uv_tcp_t server;

	uv_tcp_init(loop, &server);
	if (uv_tcp_open(&server, listener) ||
	    uv_listen((uv_stream_t *)&server, 64, accept_client)) /* LEAK: listen */
		return 1;
	do {
		uv_run(loop, UV_RUN_NOWAIT);
	} while (traffic_pause());
	printf("%zd bytes counted\n", bytes_counted);
	return 0;
}
