/* SPDX-License-Identifier: MIT */
/* What a call's source says it registers. Sources are written out, and read by the symbolizer. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/source/registered_handler.h"
#include "tests/unit/recording_builder.h"

/* The call is in the last line that has "<-". FUNCTION NULL: nothing is found. */
static const struct registration {
	const char *extension;
	const char *source;
	const char *function;
	unsigned int line;
} registrations[] = {
	/* asyncio */
	{ ".py",
	  "async def serve(reader, writer):\n"
	  "    pass\n"
	  "async def main():\n"
	  "    server = await asyncio.start_server(serve, port=80)  # <-\n",
	  "serve", 1 },
	{ ".py",
	  "async def serve(reader, writer):\n"
	  "    pass\n"
	  "async def main():\n"
	  "    server = await asyncio.start_server(  # <-\n"
	  "        client_connected_cb=serve,  # main(serve)\n"
	  "        port=80)\n",
	  "serve", 1 },
	{ ".py",
	  "class Other:\n"
	  "    async def handle(self, reader, writer):\n"
	  "        pass\n"
	  "class Server:\n"
	  "    async def handle(self, reader, writer):\n"
	  "        pass\n"
	  "\n"
	  "    async def run(self):\n"
	  "        await asyncio.start_server(self.handle, port=80)  # <-\n",
	  "Server.handle", 5 },
	{ ".py",
	  "def handle(db, reader, writer):\n"
	  "    pass\n"
	  "asyncio.start_server(lambda r, w: handle(None, r, w))  # <-\n",
	  "handle", 1 },
	{ ".py",
	  "class Echo(asyncio.Protocol):\n"
	  "    def data_received(self, data):\n"
	  "        pass\n"
	  "    def eof_received(self):\n"
	  "        return True\n"
	  "await loop.create_server(lambda: Echo('end)'), port=80)  # <-\n",
	  "Echo.eof_received", 4 },
	{ ".py",
	  "class Echo(Base):\n"
	  "    pass\n"
	  "await loop.create_server(Echo)  # <-\n",
	  "Echo", 1 },
	{ ".py",
	  "class Server:\n"
	  "    def handle(reader, writer): pass\n"
	  "asyncio.start_server(Server.handle)  # <-\n",
	  "Server.handle", 2 },
	/* Two functions of that name, neither in the caller's class. */
	{ ".py",
	  "class A:\n"
	  "    def handle(self): pass\n"
	  "class B:\n"
	  "    def handle(self): pass\n"
	  "asyncio.start_server(B().handle)  # <-\n",
	  NULL, 0 },
	/* What is called before the call is no handler. */
	{ ".py",
	  "async def main():\n"
	  "    pass\n"
	  "asyncio.run(main())  # <-\n",
	  NULL, 0 },
	{ ".py", "socket.listen(5)  # <-\n", NULL, 0 },
	/* Twisted: by a variable, a factory's class, and what that makes. */
	{ ".py",
	  "class Echo(Protocol):\n"
	  "    def dataReceived(self, data): pass\n"
	  "    def readConnectionLost(self): pass\n"
	  "factory = ServerFactory.forProtocol(Echo)\n"
	  "reactor.listenTCP(0, factory, interface='::1')  # <-\n",
	  "Echo.readConnectionLost", 3 },
	{ ".py",
	  "class Echo(Protocol):\n"
	  "    def dataReceived(self, data): pass\n"
	  "class EchoFactory(ServerFactory):\n"
	  "    def buildProtocol(self, address):\n"
	  "        return Echo()\n"
	  "reactor.listenTCP(0, EchoFactory())  # <-\n",
	  "Echo.dataReceived", 2 },
	/* tornado: the method of an object */
	{ ".py",
	  "class EchoServer(TCPServer):\n"
	  "    async def handle_stream(self, stream, address): pass\n"
	  "server = EchoServer()\n"
	  "server.listen(8888)  # <-\n",
	  "EchoServer.handle_stream", 2 },
	{ ".py",
	  "server = connect()\n"
	  "server = server\n"
	  "server.listen(server)  # <-\n",
	  NULL, 0 },
	/* A coroutine is begun for what was accepted; one that is begun elsewhere is not for it. */
	{ ".py",
	  "async def serve(connection): pass\n"
	  "async def main(loop, listener):\n"
	  "    while True:\n"
	  "        connection, _ = await loop.sock_accept(listener)  # <-\n"
	  "        loop.create_task(serve(connection))\n",
	  "serve", 1 },
	{ ".py",
	  "async def tick(): pass\n"
	  "async def main(loop, listener):\n"
	  "    while True:\n"
	  "        connection, _ = await loop.sock_accept(listener)  # <-\n"
	  "    loop.create_task(tick())\n",
	  NULL, 0 },
	{ ".cpp",
	  "static asio::awaitable<void> serve(tcp::socket socket)\n"
	  "{\n"
	  "}\n"
	  "		asio::co_spawn(context, serve(std::move(socket)), asio::detached); // <-\n",
	  "serve", 1 },
	/* Qt: a method that the listener calls */
	{ ".cpp",
	  "class Upload : public QTcpServer\n"
	  "{\n"
	  "protected:\n"
	  "	void incomingConnection(qintptr handle) override\n"
	  "	{\n"
	  "	}\n"
	  "};\n"
	  "	server.listen(QHostAddress::LocalHost); // <-\n",
	  "Upload::incomingConnection", 4 },
	{ ".cpp",
	  "class Other;\n"
	  "class Upload : public QTcpServer {\n"
	  "	void incomingConnection(qintptr handle) override;\n"
	  "};\n"
	  "class Other {};\n"
	  "void Upload::incomingConnection(qintptr handle)\n"
	  "{\n"
	  "}\n"
	  "	server->listen(); // <-\n",
	  "Upload::incomingConnection", 6 },
	{ ".cpp",
	  "void One::incomingConnection(qintptr handle) {\n"
	  "}\n"
	  "void Two::incomingConnection(qintptr handle) {\n"
	  "}\n"
	  "	server->listen(); // <-\n",
	  NULL, 0 },
	/* C */
	{ ".c",
	  "static void on_client(uv_stream_t *stream, int status);\n"
	  "static void on_client(uv_stream_t *stream, int status)\n"
	  "{\n"
	  "}\n"
	  "int main(void)\n"
	  "{\n"
	  "	if (uv_listen((uv_stream_t *)&server, 64, on_client)) /* <- */\n"
	  "		return 1;\n",
	  "on_client", 2 },
	{ ".c",
	  "static void\n"
	  "on_client (struct evconnlistener *listener, int fd)\n"
	  "{\n"
	  "}\n"
	  "	evconnlistener_new_bind(base, /* <- */\n"
	  "				on_client, NULL, LEV_OPT, -1,\n"
	  "				address, length);\n",
	  "on_client", 2 },
	{ ".cpp",
	  "void server::on_client(int fd)\n"
	  "{\n"
	  "}\n"
	  "	loop.listen(80, std::bind(&server::on_client, this)); // <-\n",
	  "on_client", 1 },
	/* Another call is given the same, and a function. */
	{ ".c",
	  "static gboolean on_incoming(GSocketService *service, gpointer data)\n"
	  "{\n"
	  "}\n"
	  "int main(void)\n"
	  "{\n"
	  "	port = g_socket_listener_add_any_inet_port(G_SOCKET_LISTENER(service), NULL); /* "
	  "<- */\n"
	  "	g_signal_connect(service, \"incoming\", G_CALLBACK(on_incoming), NULL);\n"
	  "}\n",
	  "on_incoming", 1 },
	{ ".c",
	  "static void on_request(struct evhttp_request *request, void *data)\n"
	  "{\n"
	  "}\n"
	  "static void on_tick(int fd, short events, void *data)\n"
	  "{\n"
	  "}\n"
	  "	evtimer_set(&tick, on_tick, NULL);\n"
	  "	evhttp_set_gencb(http, on_request, NULL);\n"
	  "	evhttp_bind_socket(http, \"::1\", port); /* <- */\n",
	  "on_request", 1 },
	{ ".c",
	  "static void on_accept(struct loop *loop, int fd)\n"
	  "{\n"
	  "}\n"
	  "	int listener = tcp_listen(port); /* <- */\n"
	  "	loop_add(loop, listener, on_accept);\n",
	  "on_accept", 1 },
	{ ".c",
	  "static void on_read(struct bufferevent *bev, void *data)\n"
	  "{\n"
	  "}\n"
	  "	int fd = accept(listener, (struct sockaddr *)&address, &length); /* <- */\n"
	  "	struct bufferevent *bev = bufferevent_socket_new(base, fd, 0);\n"
	  "	bufferevent_setcb(bev, on_read, NULL, NULL, NULL);\n",
	  "on_read", 1 },
	{ ".c",
	  "static void on_tick(struct timer *timer)\n"
	  "{\n"
	  "}\n"
	  "	int fd = accept(listener, (struct sockaddr *)&address, &length); /* <- fd, tick "
	  "*/\n"
	  "	struct timer tick = timer_new(on_tick);\n",
	  NULL, 0 },
	{ ".cpp",
	  "static void serve(QTcpServer &server)\n"
	  "{\n"
	  "}\n"
	  "	QObject::connect(&server, &QTcpServer::newConnection, [&] { serve(server); });\n"
	  "	server.listen(QHostAddress::LocalHost); // <-\n",
	  "serve", 1 },
	{ ".c",
	  "static void on_tick(int fd, short events, void *data)\n"
	  "{\n"
	  "}\n"
	  "	listen(fd, SOMAXCONN); /* <- */\n"
	  "	evtimer_set(&tick, on_tick, SOMAXCONN);\n",
	  NULL, 0 },
	/* node: who handles a server's connections, not who hears that it listens. */
	{ ".js",
	  "function count() { served++; }\n"
	  "const server = net.createServer({ allowHalfOpen: true });\n"
	  "server.on('connection', function serve(socket) {\n"
	  "  socket.once('end', count);\n"
	  "});\n"
	  "server.listen(0, '127.0.0.1', count); // <-\n",
	  "serve", 3 },
	{ ".js",
	  "function serve(socket) {\n"
	  "}\n"
	  "server.on('error', fail);\n"
	  "const server = net.createServer({ allowHalfOpen: true }, serve);\n"
	  "server.listen(0); // <-\n",
	  "serve", 1 },
	{ ".mjs",
	  "const server = http.createServer(async (request, response) => {\n"
	  "  count(request);\n"
	  "});\n"
	  "const count = (request) => 0;\n"
	  "server.listen({ port: 0 }, () => console.log('request', count)); // <-\n",
	  "<anonymous>", 1 },
	{ ".js",
	  "const server = http.createServer((request, response) => response.end());\n"
	  "server.on(\"upgrade\", function (request, socket) { keep(socket); });\n"
	  "server.listen(0); // <-\n",
	  NULL, 0 },
	/* One expression creates the server and has it listen. */
	{ ".js",
	  "const keep = (socket) => {\n"
	  "  kept.add(socket);\n"
	  "};\n"
	  "const server = net.createServer({ allowHalfOpen: true }, keep).listen(0); // <-\n",
	  "keep", 1 },
	{ ".js",
	  "const server = http\n"
	  "  .createServer({ keepAlive: true, onread: () => 0 },\n"
	  "                async (request, response) => { // 'request' (\n"
	  "    response.on('close', () => count(')'));\n"
	  "  })\n"
	  "  .on('error', (error) => { throw error; })\n"
	  "  .listen(0, function ready() { }); // <-\n",
	  "<anonymous>", 3 },
	{ ".js",
	  "class Proxy {\n"
	  "  accept(socket) {\n"
	  "  }\n"
	  "  start() {\n"
	  "    net.createServer().on('connection', this.accept.bind(this)).listen(80); // <-\n"
	  "  }\n"
	  "}\n",
	  "accept", 2 },
	{ ".js",
	  "function ready() {\n"
	  "}\n"
	  "const server = net.createServer().listen(0, ready); // <-\n"
	  "server.on('connection', function serve(socket) { });\n",
	  "serve", 4 },
	{ ".js",
	  "net.createServer((socket) => socket.end()).on('listening', ready);\n"
	  "made().listen(0, () => 0); // <-\n",
	  NULL, 0 },
	{ ".js",
	  "http.createServer((request, response) => 0)\n"
	  "  .on('upgrade', (request, socket) => keep(socket))\n"
	  "  .listen(0); // <-\n",
	  NULL, 0 },
	/* Another server of that name */
	{ ".js",
	  "function other() {\n"
	  "  const server = net.createServer((socket) => socket.end());\n"
	  "}\n"
	  "function keep() {\n"
	  "  const server = made();\n"
	  "  server.listen(0); // <-\n",
	  NULL, 0 },
	{ ".js",
	  "function ready() {\n"
	  "}\n"
	  "other.on('connection', ready);\n"
	  "server.listen(0, ready); // <-\n",
	  NULL, 0 },
	{ ".c",
	  "int port_of(const char *text)\n"
	  "{\n"
	  "}\n"
	  "	start(port_of(text), \"on_client, port_of\", on_elsewhere); /* <- */\n"
	  "	after(port_of);\n",
	  NULL, 0 },
};

static unsigned int line_of_call(const char *source)
{
	unsigned int line = 1;
	const char *at;

	for (at = source; at < strstr(source, "<-"); at++)
		line += *at == '\n';
	return line;
}

static void test_registrations(void **state)
{
	char *folder = builder_new_folder(), path[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(registrations) / sizeof(registrations[0]); i++) {
		const struct registration *row = &registrations[i];
		struct symbolizer *symbolizer =
			symbolizer_new(&(const struct symbolizer_options){ 0 });
		struct registered_handlers *handlers = registered_handlers_new(symbolizer);
		struct frame call = { .function = "main",
				      .file = path,
				      .module = path,
				      .line = line_of_call(row->source),
				      .script = strcmp(row->extension, ".py") == 0 };
		const struct frame *handler;
		FILE *file;

		snprintf(path, sizeof(path), "%s/source%zu%s", folder, i, row->extension);
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(row->source, file);
		assert_int_equal(fclose(file), 0);
		handler = registered_handler(handlers, &call);
		if (!handler != !row->function)
			fail_msg("row %zu: %s", i, handler ? handler->function : "none");
		if (!row->function) {
			assert_null(handler);
		} else {
			assert_non_null(handler);
			assert_string_equal(handler->function, row->function);
			assert_int_equal(handler->line, row->line);
			assert_string_equal(handler->file, path);
			assert_ptr_equal(registered_handler(handlers, &call), handler);
		}
		registered_handlers_free(handlers);
		symbolizer_free(symbolizer);
	}
	builder_remove_folder(folder);
}

static void test_without_source(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	struct registered_handlers *handlers = registered_handlers_new(symbolizer);
	const struct frame no_file = { .function = "main", .module = "/opt/server" };
	const struct frame gone = {
		.function = "main", .module = "/opt/server", .file = "/nowhere/main.c", .line = 7
	};

	(void)state;
	assert_null(registered_handler(handlers, &no_file));
	assert_null(registered_handler(handlers, &gone));
	registered_handlers_free(handlers);
	symbolizer_free(symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registrations),
		cmocka_unit_test(test_without_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
