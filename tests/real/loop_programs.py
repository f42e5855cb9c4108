# SPDX-License-Identifier: MIT
"""Servers over event loops whose handler forgets a connection, each as a user of the library writes
it. The loop reads the end; the line that must be named, in the handler, is marked HERE. A client
sends "forget" or "close" and ends."""
from leaky import FORGOTTEN, Leaky, PYTHON, READ, UNREAD

CLIENTS = 2 * FORGOTTEN


def c(*libraries, options=("-O1",)):
    return ("cc", "-g", *options, "-o", "{folder}/program", "{file}", *libraries)


def cpp(*libraries, options=("-O1",)):
    return ("c++", "-g", *options, "-o", "{folder}/program", "{file}", *libraries)


BUILT = ("{folder}/program",)
# Nobody reads any more. An end that came with the last bytes was consumed with them.
PAUSED = (None, "reading-paused", "not-polled", "hangup-ignored", "data-unread")
HTTP = tuple(b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % word for word in (b"forget", b"close"))

# What the programs in C begin with: a listener, and when all clients were served.
LISTEN = """
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>
__attribute__((unused)) static int port_of(int listener)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	getsockname(listener, (struct sockaddr *)&address, &length);
	printf("port %d\\n", ntohs(address.sin_port));
	fflush(stdout);
	return listener;
}
__attribute__((unused)) static int listening(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	listen(fd, 64);
	return port_of(fd);
}
__attribute__((unused)) static void served(void)
{
	static int count;
	if (++count == 8) {
		puts("ready");
		fflush(stdout);
	}
}
"""

PROGRAMS = [
    # A loop over poll(), with a callback for each descriptor.
    Leaky("loop_poll", "server.c", BUILT, LISTEN + """
struct client { int fd; char word[16]; int got; };
struct watched { void (*ready)(struct watched *); struct client client; } watched[64];
static struct pollfd polled[64];
static int count;
static void add(int fd, void (*ready)(struct watched *))
{
	polled[count].fd = fd;
	polled[count].events = POLLIN;
	watched[count].ready = ready;
	watched[count++].client.fd = fd;
}
static void serve(struct watched *self)
{
	struct client *client = &self->client;
	ssize_t n = read(client->fd, client->word + client->got, sizeof(client->word) - client->got); // HERE
	if (n > 0) {
		client->got += n;
		return;
	}
	polled[self - watched].fd = -1;
	if (client->word[0] == 'c')
		close(client->fd);
	served();
}
static void greet(struct watched *self)
{
	add(accept(self->client.fd, NULL, NULL), serve);
}
int main(void)
{
	add(listening(), greet);
	add(0, NULL);
	while (poll(polled, count, -1) > 0) {
		if (polled[1].revents)
			_exit(0);
		for (int i = 0, before = count; i < before; i++)
			if (polled[i].revents)
				watched[i].ready(&watched[i]);
	}
}
""", "eof-unclosed", READ, build=c(options=("-O2",))),

    # A loop that reads for its handlers, which are called in tail position.
    Leaky("loop_tail_calls", "server.c", BUILT, LISTEN + """
struct client;
struct handler { void (*data)(struct client *, const char *, ssize_t); void (*end)(struct client *); };
struct client { int fd; char word[16]; const struct handler *handler; };
static void keep_word(struct client *client, const char *bytes, ssize_t length)
{
	memcpy(client->word, bytes, length < 16 ? length : 15);
}
static void forget(struct client *client)
{
	if (client->word[0] == 'c')
		close(client->fd);
	served();
}
static const struct handler handler = { keep_word, forget };
static __attribute__((noinline)) void dispatch(int set, struct client *client)
{
	char buffer[64];
	ssize_t n = read(client->fd, buffer, sizeof(buffer)); // HERE
	if (n > 0) {
		client->handler->data(client, buffer, n);
		return;
	}
	epoll_ctl(set, EPOLL_CTL_DEL, client->fd, NULL);
	client->handler->end(client);
}
static void greet(int set, int listener)
{
	struct client *client = calloc(1, sizeof(*client));
	client->fd = accept(listener, NULL, NULL);
	client->handler = &handler;
	epoll_ctl(set, EPOLL_CTL_ADD, client->fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = client });
}
int main(void)
{
	int set = epoll_create1(0), listener = listening();
	struct epoll_event event = { .events = EPOLLIN };
	epoll_ctl(set, EPOLL_CTL_ADD, listener, &event);
	event.data.ptr = &event;
	fcntl(0, F_SETFL, O_NONBLOCK);
	epoll_ctl(set, EPOLL_CTL_ADD, 0, &event);
	while (epoll_wait(set, &event, 1, -1) > 0)
		if (!event.data.ptr)
			greet(set, listener);
		else if (event.data.ptr == &event)
			_exit(0);
		else
			dispatch(set, event.data.ptr);
}
""", "eof-unclosed", READ, build=c(options=("-O2",)),
          fix="the path of these connections"),

    # my_recv() with one caller.
    Leaky("loop_my_recv", "server.c", BUILT, LISTEN + """
static __attribute__((noinline)) ssize_t my_recv(int fd, void *buffer, size_t size)
{
	ssize_t n;
	do
		n = recv(fd, buffer, size, 0);
	while (n < 0 && errno == EINTR);
	return n;
}
static __attribute__((noinline)) int serve(int fd, char *word)
{
	ssize_t n = my_recv(fd, word, 16); // HERE
	if (n > 0)
		return 1;
	if (word[0] == 'c')
		close(fd);
	served();
	return 0;
}
int main(void)
{
	fd_set all, ready;
	static char words[64][16];
	int listener = listening(), limit = listener + 1;
	FD_ZERO(&all);
	FD_SET(0, &all);
	FD_SET(listener, &all);
	for (;;) {
		ready = all;
		if (select(limit, &ready, NULL, NULL, NULL) < 0)
			return 1;
		if (FD_ISSET(0, &ready))
			_exit(0);
		for (int fd = 1; fd < limit; fd++)
			if (FD_ISSET(fd, &ready) && fd != listener && !serve(fd, words[fd]))
				FD_CLR(fd, &all);
		if (FD_ISSET(listener, &ready)) {
			int fd = accept(listener, NULL, NULL);
			FD_SET(fd, &all);
			if (fd >= limit)
				limit = fd + 1;
		}
	}
}
""", "eof-unclosed", READ, build=c(options=("-O2",))),

    # libev: the handler reads itself.
    Leaky("loop_libev", "server.c", BUILT, LISTEN + """
#include <ev.h>
struct client { ev_io io; char word[16]; };
static void on_data(struct ev_loop *loop, ev_io *io, int events)
{
	struct client *client = (struct client *)io;
	ssize_t n = read(io->fd, client->word, sizeof(client->word)); // HERE
	if (n > 0)
		return;
	ev_io_stop(loop, io);
	if (client->word[0] == 'c')
		close(io->fd);
	served();
}
static void on_accept(struct ev_loop *loop, ev_io *io, int events)
{
	struct client *client = calloc(1, sizeof(*client));
	int fd = accept(io->fd, NULL, NULL);
	ev_io_init(&client->io, on_data, fd, EV_READ);
	ev_io_start(loop, &client->io);
}
static void on_input(struct ev_loop *loop, ev_io *io, int events)
{
	_exit(0);
}
int main(void)
{
	struct ev_loop *loop = EV_DEFAULT;
	ev_io listener, input;
	ev_io_init(&listener, on_accept, listening(), EV_READ);
	ev_io_start(loop, &listener);
	ev_io_init(&input, on_input, 0, EV_READ);
	ev_io_start(loop, &input);
	ev_run(loop, 0);
}
""", "eof-unclosed", READ, build=c("-lev", options=("-O2",))),

    # GLib: a service's connection, read by g_input_stream_read_async().
    Leaky("loop_glib", "server.c", BUILT, LISTEN + """
#include <gio/gio.h>
struct client { GSocketConnection *connection; char buffer[64], word; };
static void on_read(GObject *stream, GAsyncResult *result, gpointer data) // HERE
{
	struct client *client = data;
	gssize n = g_input_stream_read_finish(G_INPUT_STREAM(stream), result, NULL);
	if (n > 0) {
		client->word = client->buffer[0];
		g_input_stream_read_async(G_INPUT_STREAM(stream), client->buffer, 64, 0, NULL, on_read, client); // HERE
		return;
	}
	if (client->word == 'c')
		g_object_unref(client->connection);
	served();
}
static gboolean on_incoming(GSocketService *service, GSocketConnection *connection, GObject *source, // HERE
			    gpointer data)
{
	struct client *client = g_new0(struct client, 1);
	client->connection = g_object_ref(connection);
	g_input_stream_read_async(g_io_stream_get_input_stream(G_IO_STREAM(connection)), client->buffer, 64,
				  0, NULL, on_read, client);
	return TRUE;
}
static gboolean on_input(GIOChannel *channel, GIOCondition condition, gpointer loop)
{
	_exit(0);
}
int main(void)
{
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	GSocketService *service = g_socket_service_new();
	guint16 port = g_socket_listener_add_any_inet_port(G_SOCKET_LISTENER(service), NULL, NULL);
	g_signal_connect(service, "incoming", G_CALLBACK(on_incoming), NULL);
	g_io_add_watch(g_io_channel_unix_new(0), G_IO_IN | G_IO_HUP, on_input, loop);
	printf("port %d\\n", port);
	fflush(stdout);
	g_main_loop_run(loop);
}
""", "eof-unclosed", READ, build=("sh", "-c", "cc -g -O2 -o {folder}/program {file} $(pkg-config --cflags --libs gio-2.0)"),
          # The first bytes are read in one of two handlers, as they are there or not.
          parted=True),

    # sd-event: as libev.
    Leaky("loop_sd_event", "server.c", BUILT, LISTEN + """
#include <systemd/sd-event.h>
static char words[64][16];
static int on_data(sd_event_source *source, int fd, uint32_t events, void *data)
{
	ssize_t n = read(fd, words[fd], sizeof(words[fd])); // HERE
	if (n > 0)
		return 0;
	sd_event_source_disable_unref(source);
	if (words[fd][0] == 'c')
		close(fd);
	served();
	return 0;
}
static int on_accept(sd_event_source *source, int fd, uint32_t events, void *data)
{
	sd_event_add_io(sd_event_source_get_event(source), NULL, accept4(fd, NULL, NULL, SOCK_NONBLOCK), EPOLLIN, on_data, NULL);
	return 0;
}
static int on_input(sd_event_source *source, int fd, uint32_t events, void *data)
{
	_exit(0);
}
int main(void)
{
	sd_event *event;
	sd_event_default(&event);
	sd_event_add_io(event, NULL, listening(), EPOLLIN, on_accept, NULL);
	sd_event_add_io(event, NULL, 0, EPOLLIN, on_input, NULL);
	return sd_event_loop(event);
}
""", "eof-unclosed", READ, build=c("-lsystemd", options=("-O2",))),

    # libmicrohttpd: a request that is suspended and never resumed.
    Leaky("loop_microhttpd", "server.c", BUILT, """
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static enum MHD_Result answer(void *data, struct MHD_Connection *connection, const char *url, // HERE
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	static int count;
	struct MHD_Response *response;
	enum MHD_Result result;
	if (!*state) {
		*state = connection;
		return MHD_YES;
	}
	if (++count == 8) {
		puts("ready");
		fflush(stdout);
	}
	if (strcmp(url, "/forget") == 0) {
		MHD_suspend_connection(connection);
		return MHD_YES;
	}
	response = MHD_create_response_from_buffer(2, "ok", MHD_RESPMEM_PERSISTENT);
	result = MHD_queue_response(connection, 200, response);
	MHD_destroy_response(response);
	return result;
}
int main(void)
{
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, answer, NULL, MHD_OPTION_END);
	printf("port %d\\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	while (getchar() != EOF)
		;
	_exit(0);
}
""", "eof-unclosed or fin-unread", PAUSED, build=c("-lmicrohttpd", options=("-O2",)), unseen=True,
          words=HTTP),

    # Qt: a buffer that is full, and that nobody reads, keeps the end from being read.
    Leaky("loop_qt", "server.cpp", BUILT, """
#include <QCoreApplication>
#include <QSocketNotifier>
#include <QTcpServer>
#include <QTcpSocket>
#include <cstdio>
#include <unistd.h>
static void served()
{
	static int count;
	if (++count == 8) {
		puts("ready");
		fflush(stdout);
	}
}
static void serve(QTcpServer &server)
{
	QTcpSocket *socket = server.nextPendingConnection();
	socket->setReadBufferSize(4);
	QObject::connect(socket, &QTcpSocket::readyRead, socket, [socket] { // HERE
		if (socket->peek(1) != "f")
			socket->readAll();
		else if (!socket->property("seen").toBool())
			served();
		socket->setProperty("seen", true);
	});
	QObject::connect(socket, &QTcpSocket::disconnected, socket, [socket] {
		socket->deleteLater();
		served();
	});
}
int main(int count, char **arguments)
{
	QCoreApplication application(count, arguments);
	QTcpServer server;
	QObject::connect(&server, &QTcpServer::newConnection, [&] { serve(server); });
	server.listen(QHostAddress::LocalHost);
	QSocketNotifier input(0, QSocketNotifier::Read);
	QObject::connect(&input, &QSocketNotifier::activated, [] { _exit(0); });
	printf("port %d\\n", server.serverPort());
	fflush(stdout);
	return application.exec();
}
""", "fin-unread", PAUSED, unseen=True, build=("sh", "-c", "c++ -g -O2 -fPIC -o {folder}/program {file} $(pkg-config --cflags --libs Qt5Network)")),

    # Qt: the same, of a server that overrides what its listener calls.
    Leaky("loop_qt_incoming", "server.cpp", BUILT, """
#include <QCoreApplication>
#include <QSocketNotifier>
#include <QTcpServer>
#include <QTcpSocket>
#include <cstdio>
#include <unistd.h>
static void served()
{
	static int count;
	if (++count == 8) {
		puts("ready");
		fflush(stdout);
	}
}
class Upload : public QTcpServer
{
public:
	void readSome(QTcpSocket *socket) // HERE
	{
		if (socket->peek(1) != "f")
			socket->readAll();
		else if (!socket->property("seen").toBool())
			served();
		socket->setProperty("seen", true);
	}
protected:
	void incomingConnection(qintptr handle) override
	{
		QTcpSocket *socket = new QTcpSocket(this);
		socket->setReadBufferSize(4);
		socket->setSocketDescriptor(handle);
		connect(socket, &QTcpSocket::readyRead, this, [this, socket] { readSome(socket); });
		connect(socket, &QTcpSocket::disconnected, socket, [socket] {
			socket->deleteLater();
			served();
		});
	}
};
int main(int count, char **arguments)
{
	QCoreApplication application(count, arguments);
	Upload server;
	server.listen(QHostAddress::LocalHost);
	QSocketNotifier input(0, QSocketNotifier::Read);
	QObject::connect(&input, &QSocketNotifier::activated, [] { _exit(0); });
	printf("port %d\\n", server.serverPort());
	fflush(stdout);
	return application.exec();
}
""", "fin-unread", PAUSED, unseen=True, build=("sh", "-c", "c++ -g -O2 -fPIC -o {folder}/program {file} $(pkg-config --cflags --libs Qt5Network)")),

    # Asio's coroutines: the end throws, and the catch block keeps the socket.
    Leaky("loop_asio_coroutine", "server.cpp", BUILT, """
#include <asio.hpp>
#include <cstdio>
#include <memory>
#include <unistd.h>
using asio::ip::tcp;
static std::vector<std::shared_ptr<tcp::socket>> kept;
static void served()
{
	static int count;
	if (++count == 8) {
		puts("ready");
		fflush(stdout);
	}
}
static asio::awaitable<void> serve(tcp::socket accepted) // HERE
{
	auto socket = std::make_shared<tcp::socket>(std::move(accepted));
	char word[16] = {};
	std::size_t got = 0;
	try {
		for (;;)
			got += co_await socket->async_read_some(asio::buffer(word + got, sizeof(word) - got),
								asio::use_awaitable);
	} catch (const std::exception &) {
		if (word[0] == 'f')
			kept.push_back(socket);
	}
	served();
}
static asio::awaitable<void> listen(asio::io_context &context)
{
	tcp::acceptor acceptor(context, { asio::ip::address_v4::loopback(), 0 });
	printf("port %d\\n", acceptor.local_endpoint().port());
	fflush(stdout);
	for (;;) {
		tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
		asio::co_spawn(context, serve(std::move(socket)), asio::detached);
	}
}
int main()
{
	asio::io_context context;
	asio::co_spawn(context, listen(context), asio::detached);
	asio::posix::stream_descriptor input(context, 0);
	input.async_wait(asio::posix::stream_descriptor::wait_read, [](auto) { _exit(0); });
	context.run();
}
""", "eof-unclosed", READ, build=cpp("-pthread", options=("-O1", "-std=c++20", "-fcoroutines"))),

    # A loop and coroutines of one's own.
    Leaky("loop_coroutine", "server.cpp", BUILT, LISTEN.replace("_Static", "_Static") + """
#include <coroutine>
#include <exception>
struct task {
	struct promise_type {
		task get_return_object() { return {}; }
		std::suspend_never initial_suspend() noexcept { return {}; }
		std::suspend_never final_suspend() noexcept { return {}; }
		void return_void() {}
		void unhandled_exception() { std::terminate(); }
	};
};
static int set;
struct readable {
	int fd;
	bool await_ready() { return false; }
	void await_suspend(std::coroutine_handle<> handle)
	{
		struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data = { .ptr = handle.address() } };
		if (epoll_ctl(set, EPOLL_CTL_MOD, fd, &event) != 0)
			epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
	}
	void await_resume() {}
};
static task serve(int fd)
{
	char word[16] = {};
	for (;;) {
		co_await readable{ fd };
		if (read(fd, word, sizeof(word)) <= 0) // HERE
			break;
	}
	if (word[0] == 'c')
		close(fd);
	served();
}
static task greet(int listener)
{
	for (;;) {
		co_await readable{ listener };
		serve(accept(listener, NULL, NULL));
	}
}
static task wait_for_end()
{
	fcntl(0, F_SETFL, O_NONBLOCK);
	co_await readable{ 0 };
	_exit(0);
}
int main()
{
	struct epoll_event event;
	set = epoll_create1(0);
	greet(listening());
	wait_for_end();
	while (epoll_wait(set, &event, 1, -1) > 0)
		std::coroutine_handle<>::from_address(event.data.ptr).resume();
}
""", "eof-unclosed", READ, build=cpp(options=("-O2", "-std=c++20", "-fcoroutines"))),

    # asyncio: the handler reads by a helper.
    Leaky("loop_asyncio_helper", "server.py", PYTHON, """
import asyncio, sys
kept = []
async def reply(writer, text):
    writer.write(text)
    await writer.drain()
async def handle(reader, writer):
    word = await reader.readline()
    await reply(writer, b"ok\\n")  # HERE
    await reader.read()
    if word == b"forget\\n":
        kept.append(writer)
    else:
        writer.close()
    handle.count += 1
    if handle.count == 8:
        print("ready", flush=True)
handle.count = 0
async def status(reader, writer):
    await reply(writer, b"fine\\n")
    writer.close()
async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
""", "eof-unclosed", READ, parted=True),

    # trio: receive_some() returns b"", and the stream is kept.
    Leaky("loop_trio", "server.py", PYTHON, """
import os, sys, trio
kept = []
count = 0
async def handle(stream):
    global count
    word = b""
    while data := await stream.receive_some():  # HERE
        word += data
    if word == b"forget\\n":
        kept.append(stream)
        stream.socket.detach()
    count += 1
    if count == 8:
        print("ready", flush=True)
async def main():
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, handle, 0)
        print("port", listeners[0].socket.getsockname()[1], flush=True)
        await trio.to_thread.run_sync(sys.stdin.read)
        os._exit(0)
trio.run(main)
""", "eof-unclosed", READ, modules=("trio",)),

    # Twisted: who handles the end of the reading side must close.
    Leaky("loop_twisted", "server.py", PYTHON, """
import os, sys, threading
from twisted.internet import interfaces, protocol, reactor
from zope.interface import implementer
count = 0
@implementer(interfaces.IHalfCloseableProtocol)
class Server(protocol.Protocol):
    word = b""
    def dataReceived(self, data):
        self.word += data
    def readConnectionLost(self):  # HERE
        global count
        if self.word != b"forget\\n":
            self.transport.loseConnection()
        count += 1
        if count == 8:
            print("ready", flush=True)
    def writeConnectionLost(self):
        pass
factory = protocol.ServerFactory.forProtocol(Server)
port = reactor.listenTCP(0, factory, interface="127.0.0.1")
print("port", port.getHost().port, flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
reactor.run()
""", "eof-unclosed", READ, modules=("twisted",)),

    # aiohttp: a client's answer that is neither read nor released.
    Leaky("loop_aiohttp_client", "client.py", PYTHON, """
import aiohttp, asyncio, sys
kept = []
async def fetch(session):
    response = await session.get(f"http://127.0.0.1:{sys.argv[1]}/keep")  # HERE
    return response
async def main():
    for _ in range(4):
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector())
        response = await fetch(session)
        response.content._protocol.pause_reading()
        kept.append((session, response))
    for _ in range(4):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{sys.argv[1]}/") as response:
                await response.read()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    import os
    os._exit(0)
asyncio.run(main())
""", "fin-unread", UNREAD + ("reading-paused",), unseen=True, parted=True, modules=("aiohttp",)),

    # uvloop under asyncio's streams.
    Leaky("loop_uvloop", "server.py", PYTHON, """
import asyncio, sys, uvloop
kept = []
async def handle(reader, writer):  # HERE
    word = await reader.readline()
    await reader.read()
    if word == b"forget\\n":
        kept.append(writer)
    else:
        writer.close()
    handle.count += 1
    if handle.count == 8:
        print("ready", flush=True)
handle.count = 0
async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
uvloop.install()
asyncio.run(main())
""", "eof-unclosed", READ, parted=True, modules=("uvloop",)),

    # libevent's evhttp: a request that is never answered keeps its connection.
    Leaky("loop_evhttp", "server.c", BUILT, LISTEN + """
#include <event2/event.h>
#include <event2/buffer.h>
#include <event2/http.h>
static void on_request(struct evhttp_request *request, void *data) // HERE
{
	served();
	if (strcmp(evhttp_request_get_uri(request), "/forget") == 0)
		return; // the long poll's answer comes later
	evhttp_send_reply(request, 200, "OK", NULL);
}
static void on_input(evutil_socket_t fd, short events, void *data)
{
	_exit(0);
}
int main(void)
{
	struct event_base *base = event_base_new();
	struct evhttp *http = evhttp_new(base);
	evhttp_set_gencb(http, on_request, NULL);
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	event_add(event_new(base, 0, EV_READ, on_input, NULL), NULL);
	port_of(evhttp_bound_socket_get_fd(bound));
	event_base_dispatch(base);
}
""", "eof-unclosed or fin-unread", PAUSED, build=c("-levent", options=("-O2",)), unseen=True, words=HTTP,
          fix="Call evhttp_send_reply() on each request"),

    # Beast over Asio: a session that is kept in a list when its client has gone.
    Leaky("loop_beast", "server.cpp", BUILT, """
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <cstdio>
#include <memory>
#include <unistd.h>
#include <vector>
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;
struct session;
static std::vector<std::shared_ptr<session>> kept;
static void served()
{
	static int count;
	if (++count == 8) {
		puts("ready");
		fflush(stdout);
	}
}
struct session : std::enable_shared_from_this<session> {
	beast::tcp_stream stream;
	beast::flat_buffer buffer;
	http::request<http::string_body> request;
	bool forgets = false;
	explicit session(tcp::socket &&socket) : stream(std::move(socket)) {}
	void read()
	{
		request = {};
		http::async_read(stream, buffer, request, // HERE
				 beast::bind_front_handler(&session::on_read, shared_from_this()));
	}
	void on_read(beast::error_code error, std::size_t)
	{
		if (error) {
			if (forgets)
				kept.push_back(shared_from_this());
			served();
			return;
		}
		forgets = request.target() == "/forget";
		read(); // HERE
	}
};
static void accept(tcp::acceptor &acceptor)
{
	acceptor.async_accept([&acceptor](beast::error_code, tcp::socket socket) {
		std::make_shared<session>(std::move(socket))->read(); // HERE
		accept(acceptor);
	});
}
int main()
{
	boost::asio::io_context context;
	tcp::acceptor acceptor(context, { boost::asio::ip::address_v4::loopback(), 0 });
	printf("port %d\\n", acceptor.local_endpoint().port());
	fflush(stdout);
	accept(acceptor);
	boost::asio::posix::stream_descriptor input(context, 0);
	input.async_wait(boost::asio::posix::stream_descriptor::wait_read, [](auto) { _exit(0); });
	context.run();
}
""", "eof-unclosed", READ, build=cpp("-pthread", options=("-O1", "-std=c++17")), words=HTTP, parted=True),

    # bufferevents over what the program accepts itself; their callbacks only read.
    Leaky("loop_bufferevent", "server.c", BUILT, LISTEN + """
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
static void on_read(struct bufferevent *bev, void *data)
{
	char *word = data;
	bufferevent_read(bev, word, 16);
}
static void on_event(struct bufferevent *bev, short what, void *data) // HERE
{
	char *word = data;
	if (word[0] == 'c')
		bufferevent_free(bev);
	served();
}
static void on_accept(evutil_socket_t listener, short events, void *data)
{
	int fd = accept(listener, NULL, NULL);
	struct bufferevent *bev = bufferevent_socket_new(data, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, on_read, NULL, on_event, calloc(1, 16));
	bufferevent_enable(bev, EV_READ);
}
static void on_input(evutil_socket_t fd, short events, void *data)
{
	_exit(0);
}
int main(void)
{
	struct event_base *base = event_base_new();
	event_add(event_new(base, listening(), EV_READ | EV_PERSIST, on_accept, base), NULL);
	event_add(event_new(base, 0, EV_READ, on_input, NULL), NULL);
	event_base_dispatch(base);
}
""", "eof-unclosed", READ, build=c("-levent", options=("-O2",))),

    # The same, with a callback that answers: the end goes to the one beside it.
    Leaky("loop_bufferevent_answers", "server.c", BUILT, LISTEN + """
#include <event2/bufferevent.h>
#include <event2/event.h>
static void on_read(struct bufferevent *bev, void *data)
{
	bufferevent_read(bev, data, 16);
	bufferevent_write(bev, "ok", 2);
}
static void on_event(struct bufferevent *bev, short what, void *data) // HERE
{
	char *word = data;
	if (word[0] == 'c')
		bufferevent_free(bev);
	served();
}
static void on_accept(evutil_socket_t listener, short events, void *data)
{
	int fd = accept(listener, NULL, NULL);
	struct bufferevent *bev = bufferevent_socket_new(data, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, on_read, NULL, on_event, calloc(1, 16));
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}
static void on_input(evutil_socket_t fd, short events, void *data)
{
	_exit(0);
}
int main(void)
{
	struct event_base *base = event_base_new();
	event_add(event_new(base, listening(), EV_READ | EV_PERSIST, on_accept, base), NULL);
	event_add(event_new(base, 0, EV_READ, on_input, NULL), NULL);
	event_base_dispatch(base);
}
""", "eof-unclosed or error-unclosed", READ,  # a client that leaves with the answer unread resets
          build=c("-levent", options=("-O2",)), fix="Call bufferevent_free()"),

    # boostorg/beast 1127: a client that sends nothing before it leaves. Asio's first read, in the handler, finds nothing.
    Leaky("loop_asio_unused", "server.cpp", BUILT, """
#include <boost/asio.hpp>
#include <cstdio>
#include <memory>
#include <unistd.h>
#include <vector>
using tcp = boost::asio::ip::tcp;
struct session;
static std::vector<std::shared_ptr<session>> kept;
static int served;
struct session : std::enable_shared_from_this<session> {
	tcp::socket socket;
	char data[100];
	std::size_t got = 0;
	explicit session(tcp::socket &&s) : socket(std::move(s)) {}
	void start()
	{
		socket.async_read_some(boost::asio::buffer(data), // HERE
				       [self = shared_from_this()](boost::system::error_code error, std::size_t n) {
					       self->on_read(error, n);
				       });
	}
	void on_read(boost::system::error_code error, std::size_t n)
	{
		got += n;
		if (!error)
			return start(); // HERE
		if (!got)
			kept.push_back(shared_from_this());
		if (++served == 8) {
			puts("ready");
			fflush(stdout);
		}
	}
};
static void accept(tcp::acceptor &acceptor)
{
	acceptor.async_accept([&acceptor](boost::system::error_code, tcp::socket socket) {
		std::make_shared<session>(std::move(socket))->start(); // HERE
		accept(acceptor);
	});
}
int main()
{
	boost::asio::io_context context;
	tcp::acceptor acceptor(context, { boost::asio::ip::address_v4::loopback(), 0 });
	printf("port %d\\n", acceptor.local_endpoint().port());
	fflush(stdout);
	accept(acceptor);
	boost::asio::posix::stream_descriptor input(context, 0);
	input.async_wait(boost::asio::posix::stream_descriptor::wait_read, [](auto) { _exit(0); });
	context.run();
}
""", "eof-unclosed", READ, build=cpp("-pthread", options=("-O1", "-std=c++17")), words=(b"", b"close\n")),

    # The handler that starts to read meets the end itself, where the client has closed by then.
    Leaky("loop_asio_either", "server.cpp", BUILT, """
#include <atomic>
#include <boost/asio.hpp>
#include <cstdio>
#include <memory>
#include <poll.h>
#include <thread>
#include <unistd.h>
#include <vector>
using tcp = boost::asio::ip::tcp;
struct session;
static std::vector<std::shared_ptr<session>> kept;
static std::atomic<int> served, started;
struct session : std::enable_shared_from_this<session> {
	tcp::socket socket;
	char data[100];
	std::size_t got = 0;
	explicit session(tcp::socket &&s) : socket(std::move(s)) {}
	void start()
	{
		socket.async_read_some(boost::asio::buffer(data),
				       [self = shared_from_this()](boost::system::error_code error, std::size_t n) {
					       self->on_read(error, n);
				       });
	}
	void on_read(boost::system::error_code error, std::size_t n)
	{
		got += n;
		if (!error)
			return start();
		if (!got)
			kept.push_back(shared_from_this());
		if (++served == 8) {
			puts("ready");
			fflush(stdout);
		}
	}
};
static void accept(tcp::acceptor &acceptor)
{
	acceptor.async_accept([&acceptor](boost::system::error_code, tcp::socket socket) {
		struct pollfd end = { socket.native_handle(), POLLRDHUP, 0 };
		if (started % 2)
			poll(&end, 1, -1);
		std::make_shared<session>(std::move(socket))->start(); // HERE
		started++;
		accept(acceptor);
	});
}
static void visit(tcp::endpoint server)
{
	boost::asio::io_context context;
	for (int i = 0; i < 8; i++) {
		tcp::socket socket(context);
		socket.connect(server);
		if (i >= 4)
			boost::asio::write(socket, boost::asio::buffer("close", 5));
		while (i % 2 == 0 && started <= i)
			std::this_thread::yield();
		socket.close();
		while (served <= i)
			std::this_thread::yield();
	}
}
int main()
{
	boost::asio::io_context context;
	tcp::acceptor acceptor(context, { boost::asio::ip::address_v4::loopback(), 0 });
	accept(acceptor);
	std::thread(visit, acceptor.local_endpoint()).detach();
	boost::asio::posix::stream_descriptor input(context, 0);
	input.async_wait(boost::asio::posix::stream_descriptor::wait_read, [](auto) { _exit(0); });
	context.run();
}
""", "eof-unclosed", READ, build=cpp("-pthread", options=("-O1", "-std=c++17"))),
]
