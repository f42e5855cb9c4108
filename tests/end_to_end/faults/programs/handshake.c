/* SPDX-License-Identifier: MIT */
/* handshake: TLS clients hang up before they have sent anything. SSL_free() does not close. */
#include <openssl/ssl.h>
#include <unistd.h>
#include "fault.h"

static __attribute__((noinline)) void greet(SSL_CTX *context, int fd)
{
	SSL *ssl = SSL_new(context);

	must(ssl && SSL_set_fd(ssl, fd), "SSL_set_fd");
	if (SSL_accept(ssl) <= 0) {
		SSL_free(ssl);
		return;
	}
	SSL_free(ssl);
	close(fd);
}

int main(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	for (i = 0; i < FORGOTTEN; i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(client);
		greet(context, fd);
	}
	pause_ms(HOLD_MS);
	SSL_CTX_free(context);
	return 0;
}
