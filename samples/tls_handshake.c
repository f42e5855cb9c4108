/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL: the peer leaves during the handshake, and the server frees what belongs to OpenSSL.
 * SSL_free() does not close a descriptor that was given by SSL_set_fd().
 * finleak: eof-unclosed.
 */
#include "traffic.h"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

static SSL *begin_session(SSL_CTX *context, int connection)
{
	SSL *session = SSL_new(context);

	SSL_set_fd(session, connection);
	if (SSL_accept(session) == 1) /* LEAK: eof */
		return session;
	SSL_free(session);
#ifdef FIXED
	close(connection);
#endif
	return NULL;
}

static void serve_session(SSL *session)
{
	char request[512];
	int length;

	while ((length = SSL_read(session, request, sizeof(request))) > 0)
		SSL_write(session, request, length);
	close(SSL_get_fd(session));
	SSL_free(session);
}

int main(int argc, char **argv)
{
	const struct peer peer = { "", NULL, PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */
		SSL *session = begin_session(context, connection);

		if (session)
			serve_session(session);
	}
	SSL_CTX_free(context);
	return 0;
}
