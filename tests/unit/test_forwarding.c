/* SPDX-License-Identifier: MIT */
/* Which functions only make a call for who calls them. Sources are written out, and read. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/source/forwarding.h"
#include "tests/unit/recording_builder.h"

/* The call is in the line that has "<1", that of its function's caller in the one with "<2". */
static const struct function {
	const char *extension;
	const char *function;
	const char *source;
	enum forwarding expected;
} functions[] = {
	{ ".c", "my_recv",
	  "ssize_t my_recv(int fd, void *buffer, size_t size)\n"
	  "{\n"
	  "	return recv(fd, buffer, min(size, 4096), 0); /* <1 */\n"
	  "}\n"
	  "	n = my_recv(fd, buffer, 512); /* <2 */\n",
	  FORWARDS_READ },
	{ ".c", "my_recv",
	  "static ssize_t my_recv(int fd, void *buffer, size_t size) {\n"
	  "    ssize_t n;\n"
	  "    do {\n"
	  "        n = recv(fd, buffer, size, 0); // <1 again(n)\n"
	  "    } while (n < 0 && errno == EINTR);\n"
	  "    return n;\n"
	  "}\n"
	  "    while ((n = my_recv(fd, buffer, 512)) > 0) // <2\n",
	  FORWARDS_READ },
	{ ".c", "my_recv",
	  "static ssize_t\n"
	  "my_recv (int fd,\n"
	  "         void *buffer)\n"
	  "{\n"
	  "  if (fd < 0)\n"
	  "    {\n"
	  "      return -1;\n"
	  "    }\n"
	  "  return recv (fd, buffer, 1, 0); /* <1 */\n"
	  "}\n"
	  "  n = my_recv (fd,\n"
	  "               buffer); /* <2 */\n",
	  FORWARDS_READ },
	{ ".cpp", "net::socket::read(char*, unsigned long)",
	  "class socket {\n"
	  "	ssize_t read(char *to, size_t size)\n"
	  "	{\n"
	  "		return ::read(fd_, to, size); // <1\n"
	  "	}\n"
	  "};\n"
	  "	auto n = socket_.read(buffer, sizeof(buffer)); // <2\n",
	  FORWARDS_READ },
	{ ".py", "handle.<locals>.reply",
	  "async def reply(writer, text):\n"
	  "    '''Writes (all of) it.'''\n"
	  "    writer.write(text.encode())  # <1\n"
	  "    await writer.drain()\n"
	  "\n"
	  "async def handle(reader, writer):\n"
	  "    await reply(writer, 'ok')  # <2\n",
	  FORWARDS_CALL },
	/* Its call is given who handles what comes. */
	{ ".cpp", "session::start()",
	  "struct session {\n"
	  "	void start()\n"
	  "	{\n"
	  "		socket.async_read_some(boost::asio::buffer(data), // <1\n"
	  "				       [self = shared_from_this()](error_code error, "
	  "size_t n) {\n"
	  "					       self->on_read(error, n);\n"
	  "				       });\n"
	  "	}\n"
	  "};\n"
	  "		made->start(); // <2\n",
	  FORWARDS_NOTHING },
	{ ".js", "start",
	  "function start(socket) {\n"
	  "	socket.once('readable', function () { handle(socket.read()); }); // <1\n"
	  "}\n"
	  "	start(socket); // <2\n",
	  FORWARDS_NOTHING },
	{ ".py", "start",
	  "def start(loop, sock):\n"
	  "    loop.read(sock, lambda data: handle(sock, data))  # <1\n"
	  "    start(loop, sock)  # <2\n",
	  FORWARDS_NOTHING },
	{ ".cpp", "net::get(int*, int)",
	  "int get(int *from, int n)\n"
	  "{\n"
	  "	return recv(from[n], buffers[n], 1, 0); // <1\n"
	  "}\n"
	  "	n = get(all, 1); // <2\n",
	  FORWARDS_READ },
	{ ".py", "Client.read",
	  "class Client:\n"
	  "    def read(self):\n"
	  "        return self.sock.recv(4096)  # <1\n"
	  "    def serve(self):\n"
	  "        while data := self.read():  # <2\n",
	  FORWARDS_READ },
	/* It judges itself what the read returned. */
	{ ".c", "serve_connection",
	  "static int serve_connection(int connection)\n"
	  "{\n"
	  "	do\n"
	  "		length = read(connection, request, sizeof(request)); /* <1 */\n"
	  "	while (length > 0);\n"
	  "	return length == 0;\n"
	  "}\n"
	  "	good &= serve_connection(accept(listener, NULL, NULL)); /* <2 */\n",
	  FORWARDS_CALL },
	{ ".py", "Client.ended",
	  "class Client:\n"
	  "    def ended(self):\n"
	  "        return not self.sock.recv(4096)  # <1\n"
	  "    def serve(self):\n"
	  "        while not self.ended():  # <2\n",
	  FORWARDS_CALL },
	{ ".c", "retrying",
	  "static int retrying(struct stream *stream)\n"
	  "{\n"
	  "	return (int)recv(stream->fd, stream->at, 1, 0); /* <1 */\n"
	  "}\n"
	  "	n = retrying(stream); /* <2 */\n",
	  FORWARDS_READ },
	/* It acts on what the read returned. */
	{ ".c", "service",
	  "static ssize_t service(struct pollfd *polled)\n"
	  "{\n"
	  "	ssize_t n = read(polled->fd, buffer, sizeof(buffer)); /* <1 */\n"
	  "	if (n <= 0)\n"
	  "		polled->fd = -1;\n"
	  "	return n;\n"
	  "}\n"
	  "	n = service(&polled[i]); /* <2 */\n",
	  FORWARDS_CALL },
	{ ".c", "hang_up",
	  "static int hang_up(struct client *client)\n"
	  "{\n"
	  "	int status = shutdown(client->fd, SHUT_RDWR); /* <1 */\n"
	  "	client->fd = -1;\n"
	  "	return status;\n"
	  "}\n"
	  "	status = hang_up(client); /* <2 */\n",
	  FORWARDS_CALL },
	{ ".py", "read_from",
	  "def read_from(sock):\n"
	  "    data = sock.recv(100)  # <1\n"
	  "    if not data:\n"
	  "        sock.shutdown(socket.SHUT_RDWR)\n"
	  "    return data\n"
	  "def serve(sock):\n"
	  "    data = read_from(sock)  # <2\n",
	  FORWARDS_CALL },
	{ ".py", "Channel.fill",
	  "class Channel:\n"
	  "    def fill(self):\n"
	  "        data = self.sock.recv(100)  # <1\n"
	  "        if data == b'':\n"
	  "            raise EOFError\n"
	  "        return data\n"
	  "    def run(self):\n"
	  "        self.fill()  # <2\n",
	  FORWARDS_CALL },
	/* Comments are no code. */
	{ ".c", "on_data",
	  "static void on_data(int fd)\n"
	  "{\n"
	  "	/* What is not read now,\n"
	  "	 * return later with the rest. */\n"
	  "	n = read(fd, buffer, sizeof(buffer)); /* <1 */\n"
	  "}\n"
	  "	on_data(fd); /* <2 */\n",
	  FORWARDS_CALL },
	{ ".py", "Channel.read",
	  "class Channel:\n"
	  "    def read(self):\n"
	  "        \"\"\"As recv(100)\n"
	  "        of it, not less.\"\"\"\n"
	  "        return self.sock.recv(100)  # <1\n"
	  "    def run(self):\n"
	  "        self.read()  # <2\n",
	  FORWARDS_READ },
	/* It keeps to itself what the read returned. */
	{ ".c", "skip",
	  "static void skip(int fd)\n"
	  "{\n"
	  "	must(read(fd, &byte, 1) == 0); /* <1 */\n"
	  "}\n"
	  "	skip(fd); /* <2 */\n",
	  FORWARDS_CALL },
	/* It carries bytes to where its caller wants them, whatever it does on the way. */
	{ ".c", "read_request",
	  "ssize_t read_request(int fd, void *buffer, size_t size)\n"
	  "{\n"
	  "	ssize_t n = read(fd, buffer, size); /* <1 */\n"
	  "	if (n > 0)\n"
	  "		printf(\"%zd bytes\\n\", n);\n"
	  "	return n;\n"
	  "}\n"
	  "	n = read_request(fd, buffer, 512); /* <2 */\n",
	  FORWARDS_READ },
	{ ".c", "readn",
	  "ssize_t\n"
	  "readn(int fd, void *vptr,\n"
	  "      size_t n)\n"
	  "{\n"
	  "	size_t nleft = n;\n"
	  "	char *ptr = vptr;\n"
	  "\n"
	  "	while (nleft > 0) {\n"
	  "		ssize_t nread;\n"
	  "\n"
	  "		if ((nread = read(fd, ptr, nleft)) < 0) { /* <1 */\n"
	  "			if (errno == EINTR)\n"
	  "				nread = 0;\n"
	  "			else\n"
	  "				return -1;\n"
	  "		} else if (nread == 0) {\n"
	  "			break;\n"
	  "		}\n"
	  "		nleft -= nread;\n"
	  "		ptr += nread;\n"
	  "	}\n"
	  "	return n - nleft;\n"
	  "}\n"
	  "	n = readn(fd, &header, sizeof(header)); /* <2 */\n",
	  FORWARDS_READ },
	{ ".c", "read_within",
	  "static int read_within(struct client *client, char *to, int size, int ms)\n"
	  "{\n"
	  "	struct pollfd polled = { client->fd, POLLIN, 0 };\n"
	  "	int n;\n"
	  "\n"
	  "	if (poll(&polled, 1, ms) <= 0) {\n"
	  "		log_error(client, \"timeout\");\n"
	  "		return -2;\n"
	  "	}\n"
	  "	n = SSL_read(client->ssl, to, size - 1); /* <1 */\n"
	  "	if (n > 0)\n"
	  "		to[n] = '\\0';\n"
	  "	else\n"
	  "		syslog(LOG_INFO, \"%d has gone\", client->fd);\n"
	  "	return n > 0 ? n : -1;\n"
	  "}\n"
	  "	if (read_within(client, line, sizeof(line), 500) < 0) /* <2 */\n",
	  FORWARDS_READ },
	{ ".c", "write_all",
	  "static bool write_all(int fd, const char *text, size_t size)\n"
	  "{\n"
	  "	while (size) {\n"
	  "		ssize_t n = write(fd, text, size); /* <1 */\n"
	  "		if (n < 0 && errno != EINTR)\n"
	  "			return false;\n"
	  "		text += n > 0 ? n : 0;\n"
	  "		size -= n > 0 ? n : 0;\n"
	  "	}\n"
	  "	return true;\n"
	  "}\n"
	  "	if (!write_all(fd, reply, strlen(reply))) /* <2 */\n",
	  FORWARDS_RESULT },
	{ ".c", "safe_write",
	  "ssize_t safe_write(int fd, const void *buf, size_t count)\n"
	  "{\n"
	  "	assert(fd >= 0);\n"
	  "	assert(buf != NULL);\n"
	  "	while (1) {\n"
	  "		ssize_t len = send(fd, buf, count, MSG_NOSIGNAL); /* <1 */\n"
	  "		if (len < 0) {\n"
	  "			if (errno == EINTR)\n"
	  "				continue;\n"
	  "			return -errno;\n"
	  "		}\n"
	  "		if ((size_t)len == count)\n"
	  "			return len;\n"
	  "		buf = (const char *)buf + len;\n"
	  "		count -= len;\n"
	  "	}\n"
	  "}\n"
	  "	if (safe_write(connptr->server_fd, data, len) < 0) /* <2 */\n",
	  FORWARDS_RESULT },
	/* The buffer is lent: it works on the bytes itself, or on the connection, or keeps the end.
	 */
	{ ".c", "serve",
	  "static int serve(int fd, char *buffer, size_t size)\n"
	  "{\n"
	  "	ssize_t n = read(fd, buffer, size); /* <1 */\n"
	  "	if (n <= 0)\n"
	  "		return -1;\n"
	  "	return parse(buffer, n);\n"
	  "}\n"
	  "	serve(fd, buffer, 512); /* <2 */\n",
	  FORWARDS_NOTHING },
	{ ".c", "serve",
	  "static int serve(struct client *client, char *buffer, size_t size)\n"
	  "{\n"
	  "	ssize_t n = read(client->fd, buffer, size); /* <1 */\n"
	  "	if (n <= 0)\n"
	  "		drop(client);\n"
	  "	return n > 0;\n"
	  "}\n"
	  "	serve(client, buffer, 512); /* <2 */\n",
	  FORWARDS_NOTHING },
	{ ".c", "serve",
	  "static int serve(struct client *client, char *buffer, size_t size)\n"
	  "{\n"
	  "	ssize_t n = read(client->fd, buffer, size); /* <1 */\n"
	  "	if (n <= 0)\n"
	  "		client->state = DONE;\n"
	  "	return n > 0;\n"
	  "}\n"
	  "	serve(client, buffer, 512); /* <2 */\n",
	  FORWARDS_CALL },
	{ ".c", "drain",
	  "static void drain(int fd, char *buffer, size_t size)\n"
	  "{\n"
	  "	while (read(fd, buffer, size) > 0) /* <1 */\n"
	  "		count(size);\n"
	  "}\n"
	  "	drain(fd, buffer, 512); /* <2 */\n",
	  FORWARDS_NOTHING },
	{ ".cpp", "serve(int, char*, unsigned long)",
	  "static ssize_t serve(int fd, char *buffer, size_t size)\n"
	  "{\n"
	  "	ssize_t n = read(fd, buffer, size); // <1\n"
	  "	if (n == 0)\n"
	  "		throw std::runtime_error(\"gone\");\n"
	  "	return n;\n"
	  "}\n"
	  "	serve(fd, buffer, 512); // <2\n",
	  FORWARDS_NOTHING },
	/* It does more. */
	{ ".py", "Server.answer",
	  "class Server:\n"
	  "    def answer(self):\n"
	  "        self.send(b'ok')  # <1\n"
	  "        self.count()\n"
	  "    def serve(self):\n"
	  "        self.answer()  # <2\n",
	  FORWARDS_NOTHING },
	/* It fills a buffer, if there is more than the end: its caller finds that. */
	{ ".c", "buffer_recv",
	  "ssize_t\n"
	  "buffer_recv(struct buffer *buffer, int sockfd, int flags) {\n"
	  "    struct iovec iov[2];\n"
	  "    struct msghdr msg = {\n"
	  "        .msg_name = NULL,\n"
	  "        .msg_namelen = 0,\n"
	  "        .msg_iov = iov,\n"
	  "        .msg_iovlen = setup_write_iov(buffer, iov, 0),\n"
	  "        .msg_control = NULL,\n"
	  "        .msg_controllen = 0,\n"
	  "        .msg_flags = 0\n"
	  "    };\n"
	  "    ssize_t bytes;\n"
	  "\n"
	  "    bytes = recvmsg(sockfd, &msg, flags); /* <1 */\n"
	  "\n"
	  "    if (bytes > 0)\n"
	  "        advance_write_position(buffer, bytes);\n"
	  "\n"
	  "    return bytes;\n"
	  "}\n"
	  "    n = buffer_recv(buffer, fd, 0); /* <2 */\n",
	  FORWARDS_READ },
	{ ".c", "fill",
	  "static ssize_t fill(struct stream *stream)\n"
	  "{\n"
	  "	struct iovec iov[2];\n"
	  "	int count;\n"
	  "	ssize_t n;\n"
	  "\n"
	  "	stream->reads = 1;\n"
	  "	count = free_space(stream, iov);\n"
	  "	n = readv(stream->fd, iov, count); /* <1 */\n"
	  "	if (n > 0) {\n"
	  "		stream->end += n;\n"
	  "		count_bytes(n);\n"
	  "	}\n"
	  "	return n;\n"
	  "}\n"
	  "	n = fill(stream); /* <2 */\n",
	  FORWARDS_READ },
	/* The same, but it acts on the end, too, or opens itself what it reads. */
	{ ".c", "fill",
	  "static ssize_t fill(struct stream *stream)\n"
	  "{\n"
	  "	ssize_t n = recv(stream->fd, space(stream), 1, 0); /* <1 */\n"
	  "	if (n > 0)\n"
	  "		advance(stream, n);\n"
	  "	else\n"
	  "		finish(stream);\n"
	  "	return n;\n"
	  "}\n"
	  "	n = fill(stream); /* <2 */\n",
	  FORWARDS_NOTHING },
	{ ".c", "fill",
	  "static ssize_t fill(struct stream *stream)\n"
	  "{\n"
	  "	ssize_t n = recv(stream->fd, space(stream), 1, 0); /* <1 */\n"
	  "	if (n > 0)\n"
	  "		advance(stream, n);\n"
	  "	stream->ended = n == 0;\n"
	  "	return n;\n"
	  "}\n"
	  "	n = fill(stream); /* <2 */\n",
	  FORWARDS_CALL },
	{ ".c", "ask",
	  "static ssize_t ask(struct answer *answer)\n"
	  "{\n"
	  "	int fd = connect_to(answer);\n"
	  "	ssize_t n = recv(fd, answer->text, 1, 0); /* <1 */\n"
	  "	if (n > 0)\n"
	  "		finish(answer, n);\n"
	  "	return n;\n"
	  "}\n"
	  "	n = ask(answer); /* <2 */\n",
	  FORWARDS_NOTHING },
	/* What it returns is its own, or it ends the connection by its name. */
	{ ".c", "bs_disconnect",
	  "int bs_disconnect(int fd) {\n"
	  "    shutdown(fd, SHUT_RDWR); /* <1 */\n"
	  "    return BS_STATUS_OK;\n"
	  "}\n"
	  "	bs_disconnect(fd); /* <2 */\n",
	  FORWARDS_CALL },
	{ ".c", "bs_disconnect",
	  "int bs_disconnect(int fd)\n"
	  "{\n"
	  "	return shutdown(fd, SHUT_RDWR); /* <1 */\n"
	  "}\n"
	  "	bs_disconnect(fd); /* <2 */\n",
	  FORWARDS_CALL },
	{ ".c", "my_shutdown",
	  "int my_shutdown(int fd)\n"
	  "{\n"
	  "	return shutdown(fd, SHUT_WR); /* <1 */\n"
	  "}\n"
	  "	my_shutdown(fd); /* <2 */\n",
	  FORWARDS_RESULT },
	{ ".c", "dial",
	  "int dial(int fd, const struct sockaddr_in *to, int mode)\n"
	  "{\n"
	  "	connect(fd, (const struct sockaddr *)to, sizeof(*to)); /* <1 */\n"
	  "	return mode;\n"
	  "}\n"
	  "	mode = dial(fd, &to, 1); /* <2 */\n",
	  FORWARDS_CALL },
	/* A handler that is called by what a struct says. */
	{ ".c", "on_data",
	  "static void on_data(struct client *client)\n"
	  "{\n"
	  "	send(client->fd, \"ok\", 2, 0); /* <1 */\n"
	  "}\n"
	  "	client->handler(client); /* <2 */\n",
	  FORWARDS_NOTHING },
	/* It is written in one line. */
	{ ".c", "my_recv",
	  "ssize_t my_recv(int fd, void *to, size_t n) { return recv(fd, to, n, 0); } // <1\n"
	  "	n = my_recv(fd, buffer, 512); /* <2 */\n",
	  FORWARDS_READ },
	{ ".c", "my_recv",
	  "static ssize_t my_recv(int fd, void *to, size_t n)\n"
	  "{ return recv(fd, to, n, 0); } // <1\n"
	  "	n = my_recv(fd, buffer, 512); /* <2 */\n",
	  FORWARDS_READ },
	/* What is closed its caller has not chosen. */
	{ ".c", "sweep",
	  "static void sweep(void)\n"
	  "{\n"
	  "	while (count)\n"
	  "		close(finished[--count]); /* <1 */\n"
	  "}\n"
	  "	sweep( ); /* <2 */\n",
	  FORWARDS_NOTHING },
	/* What is read it has not chosen, but it judges what came. */
	{ ".c", "next",
	  "static ssize_t next(void)\n"
	  "{\n"
	  "	return recv(connection, buffer, sizeof(buffer), 0); /* <1 */\n"
	  "}\n"
	  "	while (next() > 0) /* <2 */\n",
	  FORWARDS_READ },
	{ ".c", "my_close",
	  "static void my_close(int fd) { if (fd >= 0) close(fd); } // <1\n"
	  "	my_close(fd); /* <2 */\n",
	  FORWARDS_CALL },
	{ ".cpp", "net::socket::read(char*, unsigned long)",
	  "struct socket {\n"
	  "	ssize_t read(char *to, size_t size) { return ::read(fd_, to, size); } // <1\n"
	  "};\n"
	  "	auto n = socket_.read(buffer, sizeof(buffer)); // <2\n",
	  FORWARDS_READ },
	{ ".cpp", "operator()",
	  "	const auto next = [fd](char *to) { return recv(fd, to, 1, 0); }; // <1\n"
	  "	while (next(&byte) > 0) // <2\n",
	  FORWARDS_READ },
	{ ".cpp", "main::{lambda(char*)#1}::operator()(char*) const",
	  "	auto next = [&](char *to) {\n"
	  "		return recv(fd, to, 1, 0); // <1\n"
	  "	};\n"
	  "	while (next(&byte) > 0) // <2\n",
	  FORWARDS_READ },
	{ ".py", "Client.read",
	  "class Client:\n"
	  "    def read(self, n: int) -> bytes: return self.sock.recv(n)  # <1\n"
	  "    def serve(self):\n"
	  "        while data := self.read(10):  # <2\n",
	  FORWARDS_READ },
	{ ".py", "serve.<locals>.<lambda>",
	  "def serve(sock):\n"
	  "    read = lambda n: sock.recv(n)  # <1\n"
	  "    while read(10):  # <2\n",
	  FORWARDS_READ },
	{ ".js", "send",
	  "const send = (socket, text) => socket.write(text); // <1\n"
	  "	send(socket, 'ok'); // <2\n",
	  FORWARDS_RESULT },
	{ ".js", "send",
	  "const send = (socket, text) =>\n"
	  "	socket.write(text); // <1\n"
	  "	send(socket, 'ok'); // <2\n",
	  FORWARDS_RESULT },
	{ ".js", "Client.send",
	  "class Client {\n"
	  "	send(text) { this.socket.write(text); } // <1\n"
	  "	greet() { this.send('hello'); } // <2\n",
	  FORWARDS_CALL },
	{ ".java", "Client.next",
	  "class Client {\n"
	  "	int next() throws IOException { return in.read(); } // <1\n"
	  "	void serve() { while (next() >= 0); } // <2\n",
	  FORWARDS_READ },
	/* One line that does more, or only looks like a function's. */
	{ ".c", "finish",
	  "static void finish(struct client *c) { shutdown(c->fd, 2); forget(c); } // <1\n"
	  "	finish(client); /* <2 */\n",
	  FORWARDS_NOTHING },
	{ ".c", "read",
	  "static int serve(int fd)\n"
	  "{\n"
	  "	log();\n"
	  "	if (read(fd, &byte, 1) == 0) { return 0; } // <1\n"
	  "	log();\n"
	  "}\n"
	  "	serve(fd) + read(0); /* <2 */\n",
	  FORWARDS_NOTHING },
	/* Go and Rust: the library reads. */
	{ ".go", "main.(*client).next",
	  "func (c *client) next(to []byte) (int, error) {\n"
	  "	n, err := c.conn.Read(to) // <1\n"
	  "	if err != nil {\n"
	  "		return 0, err\n"
	  "	}\n"
	  "	return n, nil\n"
	  "}\n"
	  "		n, err := c.next(buffer) // <2\n",
	  FORWARDS_READ },
	{ ".go", "main.next",
	  "func next(c net.Conn, to []byte) (int, error) { return c.Read(to) } // <1\n"
	  "		n, err := next(c, buffer) // <2\n",
	  FORWARDS_READ },
	{ ".go", "main.serve.func1",
	  "	next := func(to []byte) (int, error) {\n"
	  "		return c.Read(to) // <1\n"
	  "	}\n"
	  "	n, err := next(buffer) // <2\n",
	  FORWARDS_READ },
	{ ".go", "main.fill",
	  "func fill(c net.Conn, to []byte) (int, error) {\n"
	  "	n, err := c.Read(to) // <1\n"
	  "	if err == io.EOF {\n"
	  "		return 0, nil\n"
	  "	}\n"
	  "	return n, err\n"
	  "}\n"
	  "	n, err := fill(c, buffer) // <2\n",
	  FORWARDS_CALL },
	{ ".go", "main.get",
	  "func get(url string) (*http.Response, error) {\n"
	  "	return http.Get(url) // <1\n"
	  "}\n"
	  "	response, err := get(url) // <2\n",
	  FORWARDS_RESULT },
	{ ".rs", "server::Client::next",
	  "impl Client {\n"
	  "    fn next(&mut self) -> io::Result<usize> { self.stream.read(&mut self.buffer) } // "
	  "<1\n"
	  "    fn serve(&mut self) { while self.next().unwrap() > 0 {} } // <2\n",
	  FORWARDS_READ },
	{ ".rs", "server::next",
	  "fn next(stream: &mut TcpStream, to: &mut [u8]) -> io::Result<usize> {\n"
	  "    stream.read(to) // <1\n"
	  "}\n"
	  "    let n = next(&mut stream, &mut buffer)?; // <2\n",
	  FORWARDS_READ },
	/* Who peeks asks for another one. */
	{ ".c", "is_alive",
	  "static bool is_alive(int fd)\n"
	  "{\n"
	  "	char byte;\n"
	  "\n"
	  "	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0; /* <1 */\n"
	  "}\n"
	  "	if (!is_alive(fd)) /* <2 */\n",
	  FORWARDS_PEEK },
	{ ".c", "is_alive",
	  "static int is_alive(int fd)\n"
	  "{\n"
	  "	struct pollfd polled = { .fd = fd, .events = POLLIN };\n"
	  "	char byte;\n"
	  "	ssize_t n;\n"
	  "\n"
	  "	if (poll(&polled, 1, 0) <= 0)\n"
	  "		return 1;\n"
	  "	n = recv(fd, &byte, 1,\n"
	  "		 MSG_PEEK); /* <1 */\n"
	  "	if (n == 0)\n"
	  "		return 0;\n"
	  "	return 1;\n"
	  "}\n"
	  "	if (is_alive(fd)) /* <2 */\n",
	  FORWARDS_PEEK },
	{ ".py", "is_alive",
	  "def is_alive(sock):\n"
	  "    sock.setblocking(False)\n"
	  "    try:\n"
	  "        return sock.recv(1, socket.MSG_PEEK) != b''  # <1\n"
	  "    except BlockingIOError:\n"
	  "        return True\n"
	  "    finally:\n"
	  "        sock.setblocking(True)\n"
	  "def take(pool):\n"
	  "    if is_alive(sock):  # <2\n",
	  FORWARDS_PEEK },
	/* It peeks for itself. */
	{ ".c", "on_ready",
	  "static int on_ready(int fd)\n"
	  "{\n"
	  "	if (recv(fd, &byte, 1, MSG_PEEK) == 0) /* <1 */\n"
	  "		return -1;\n"
	  "	serve(fd);\n"
	  "	return 0;\n"
	  "}\n"
	  "	on_ready(fd); /* <2 */\n",
	  FORWARDS_NOTHING },
	{ ".c", "check",
	  "static void check(int fd)\n"
	  "{\n"
	  "	if (recv(fd, &byte, 1, MSG_PEEK) == 0) /* <1 */\n"
	  "		ended = true;\n"
	  "}\n"
	  "	check(fd); /* <2 */\n",
	  FORWARDS_CALL },
	/* The call is in no function, or in one that ended. */
	{ ".c", "early",
	  "int early(void)\n"
	  "{\n"
	  "	return 1;\n"
	  "}\n"
	  "	return recv(fd, buffer, 1, 0); /* <1 */\n"
	  "	early(); /* <2 */\n",
	  FORWARDS_NOTHING },
};

static unsigned int line_of(const char *source, const char *mark)
{
	unsigned int line = 1;
	const char *at;

	for (at = source; at < strstr(source, mark); at++)
		line += *at == '\n';
	return line;
}

static void test_functions(void **state)
{
	char *folder = builder_new_folder(), path[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		const struct function *row = &functions[i];
		struct symbolizer *symbolizer =
			symbolizer_new(&(const struct symbolizer_options){ 0 });
		struct frame frame = { .function = row->function,
				       .file = path,
				       .module = path,
				       .line = line_of(row->source, "<1"),
				       .script = strcmp(row->extension, ".py") == 0 };
		struct frame caller = frame;
		enum forwarding found;
		FILE *file;

		caller.function = "caller";
		caller.line = line_of(row->source, "<2");
		snprintf(path, sizeof(path), "%s/source%zu%s", folder, i, row->extension);
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(row->source, file);
		assert_int_equal(fclose(file), 0);
		found = forwarding_of(symbolizer, &frame, &caller);
		if (found != row->expected)
			fail_msg("row %zu, %s: %d", i, row->function, found);
		symbolizer_free(symbolizer);
	}
	builder_remove_folder(folder);
}

static void test_without_source(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	const struct frame no_file = { .function = "my_recv", .module = "/opt/server" };
	const struct frame gone = {
		.function = "my_recv", .module = "/opt/server", .file = "/nowhere/main.c", .line = 7
	};

	(void)state;
	assert_int_equal(forwarding_of(symbolizer, &no_file, &no_file), FORWARDS_NOTHING);
	assert_int_equal(forwarding_of(symbolizer, &gone, &gone), FORWARDS_NOTHING);
	symbolizer_free(symbolizer);
}

/* The file is another one by now: it ends ahead of the line that the frame has. */
static void test_source_that_ends_earlier(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	char *folder = builder_new_folder(), path[128];
	struct frame frame = { .function = "receive", .file = path, .module = path, .line = 3 };
	const struct frame caller = {
		.function = "caller", .file = path, .module = path, .line = 1
	};
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/source.js", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("const data = receive(socket);\nconst receive = (socket) =>", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(forwarding_of(symbolizer, &frame, &caller), FORWARDS_NOTHING);
	symbolizer_free(symbolizer);
	builder_remove_folder(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_without_source),
		cmocka_unit_test(test_source_that_ends_earlier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
