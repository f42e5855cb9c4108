/* SPDX-License-Identifier: MIT */
/*
 * libuv: the read callback learns of the end, counts it, and leaves the handle open. The stack of
 * the read that returned 0 is that of uv_run().
 * finleak: eof-unclosed.
 */
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

struct client {
	uv_tcp_t handle;
	uv_write_t reply;
	char request[512];
};

static unsigned int clients_gone;

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

static void serve_client(uv_stream_t *stream, ssize_t length, const uv_buf_t *request)
{
	struct client *client = stream->data;
	uv_buf_t reply;

	if (length < 0) {
		clients_gone++;
#ifdef FIXED
		uv_close((uv_handle_t *)stream, free_client);
#endif
		return;
	}
	reply = uv_buf_init(request->base, (unsigned int)length);
	uv_write(&client->reply, stream, &reply, 1, NULL); /* LEAK: touched */
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
		uv_read_start((uv_stream_t *)&client->handle, lend_buffer, serve_client);
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
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
	printf("%u clients gone\n", clients_gone);
	return 0;
}
