/* SPDX-License-Identifier: MIT */
/* Which callback a function gives to a library that reads. Sources are written out, and read. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/source/reading_callbacks.h"
#include "tests/unit/recording_builder.h"

/* The frame of FUNCTION is at the line that has "<-". CALLBACK NULL: none is found. */
struct giving {
	const char *function;
	const char *source;
	const char *callback;
	unsigned int line, call;
};

static const struct giving givings[] = {
	/* By a call in it, and by the line that defines it */
	{ "on_connection",
	  "static void\n"
	  "on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer) {\n"
	  "}\n"
	  "static void\n"
	  "on_connection(uv_stream_t *listener, int status /* <- */) {\n"
	  "  uv_read_start((uv_stream_t *) client,\n"
	  "                on_alloc(1, 2), on_read);\n"
	  "}\n",
	  "on_read", 2, 6 },
	{ "main",
	  "static void on_event(struct bufferevent *event, short what, void *data)\n"
	  "{\n"
	  "}\n"
	  "int main(void)\n"
	  "{\n"
	  "	for (int i = 0; i < 8; i++) {\n"
	  "		bufferevent_setcb(event, on_read, NULL, on_event, i < 4 ? NULL : base);\n"
	  "		bufferevent_enable(event, EV_READ); // <-\n"
	  "	}\n"
	  "}\n",
	  "on_event", 1, 7 },
	{ "on_connection",
	  "static void conn_read(struct conn *conn, ssize_t length)\n"
	  "{\n"
	  "}\n"
	  "static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)\n"
	  "{\n"
	  "	conn_read(stream->data, length);\n"
	  "}\n"
	  "static void on_connection(uv_stream_t *listener, int status)\n"
	  "{\n"
	  "	uv_read_start(client, on_alloc, on_read); // <-\n"
	  "}\n",
	  "conn_read", 1, 10 },
	{ "on_connection",
	  "static void count(struct conn *conn)\n"
	  "{\n"
	  "}\n"
	  "static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)\n"
	  "{\n"
	  "	if (length > 0)\n"
	  "		count(stream->data);\n"
	  "}\n"
	  "static void on_connection(uv_stream_t *listener, int status)\n"
	  "{\n"
	  "	uv_read_start(client, on_alloc, on_read); // <-\n"
	  "}\n",
	  "on_read", 4, 11 },
	/* No callback learns of the end. */
	{ "on_accept",
	  "static void on_read(struct bufferevent *event, void *data)\n"
	  "{\n"
	  "}\n"
	  "static void on_accept(int listener)\n"
	  "{\n"
	  "	bufferevent_setcb(event, on_read, NULL, NULL, NULL); // <-\n"
	  "}\n",
	  NULL, 0, 0 },
	/* A callback that is chosen, or comes from elsewhere */
	{ "on_accept",
	  "static void on_read(uv_stream_t *stream)\n"
	  "{\n"
	  "}\n"
	  "static void on_accept(int listener)\n"
	  "{\n"
	  "	uv_read_start(stream, allocate, plain ? on_read : on_secret_read); // <-\n"
	  "}\n",
	  NULL, 0, 0 },
	{ "on_accept",
	  "static void on_accept(int listener)\n"
	  "{\n"
	  "	uv_read_start(stream, allocate, client->on_read); // <-\n"
	  "}\n",
	  NULL, 0, 0 },
	/* Two connections with callbacks of their own */
	{ "begin",
	  "static void on_client(uv_stream_t *stream)\n"
	  "{\n"
	  "}\n"
	  "static void on_server(uv_stream_t *stream)\n"
	  "{\n"
	  "}\n"
	  "static void begin(void)\n"
	  "{\n"
	  "	uv_read_start(client, allocate, on_client); // <-\n"
	  "	uv_read_start(server, allocate, on_server);\n"
	  "}\n",
	  NULL, 0, 0 },
	/* A proxy's callback that begins to read from the other side */
	{ "on_client",
	  "static void on_server(uv_stream_t *stream)\n"
	  "{\n"
	  "}\n"
	  "static void on_client(uv_stream_t *stream)\n"
	  "{\n"
	  "	uv_write(&write, server, buffers, 1, NULL); // <-\n"
	  "	uv_read_start(server, allocate, on_server);\n"
	  "}\n"
	  "static void on_accept(uv_stream_t *listener)\n"
	  "{\n"
	  "	uv_read_start(client, allocate, on_client);\n"
	  "}\n",
	  NULL, 0, 0 },
	/* What is given beside a callback that only reads; not where it depends on the connection
	 */
	{ "on_read",
	  "static void on_event(struct bufferevent *event, short what, void *data)\n"
	  "{\n"
	  "}\n"
	  "static void on_read(struct bufferevent *event, void *data)\n"
	  "{\n"
	  "	bufferevent_write(event, \"ok\", 2); // <-\n"
	  "}\n"
	  "static void on_accept(int listener)\n"
	  "{\n"
	  "	bufferevent_setcb(event, on_read, NULL, on_event, NULL);\n"
	  "}\n",
	  "on_event", 1, 10 },
	{ "on_read",
	  "static void on_event(struct bufferevent *event, short what, void *data)\n"
	  "{\n"
	  "}\n"
	  "static void on_other(struct bufferevent *event, short what, void *data)\n"
	  "{\n"
	  "}\n"
	  "static void on_read(struct bufferevent *event, void *data)\n"
	  "{\n"
	  "	bufferevent_write(event, \"ok\", 2); // <-\n"
	  "}\n"
	  "static void on_accept(int listener)\n"
	  "{\n"
	  "	bufferevent_setcb(event, on_read, NULL, on_event, NULL);\n"
	  "	bufferevent_setcb(other, on_read, NULL, on_other, NULL);\n"
	  "}\n",
	  NULL, 0, 0 },
	/* Another function's, and one that only a comment or a text names */
	{ "on_accept",
	  "static void on_read(uv_stream_t *stream)\n"
	  "{\n"
	  "}\n"
	  "static void on_accept(int listener)\n"
	  "{\n"
	  "	uv_accept(listener, stream); // <- uv_read_start(stream, allocate, on_read)\n"
	  "	puts(\"uv_read_start(stream, allocate, on_read)\");\n"
	  "}\n"
	  "static void begin(void)\n"
	  "{\n"
	  "	uv_read_start(stream, allocate, on_read);\n"
	  "}\n",
	  NULL, 0, 0 },
};

/* Of what Qt calls for data */
static const struct giving slots[] = {
	{ "serve",
	  "static void serve(QTcpServer &server) // <-\n"
	  "{\n"
	  "	QObject::connect(socket, &QTcpSocket::disconnected, socket, [socket] {\n"
	  "		socket->deleteLater();\n"
	  "	});\n"
	  "	QObject::connect(socket, &QTcpSocket::readyRead, socket,\n"
	  "			 [socket](int all) { socket->read(all, 1); });\n"
	  "}\n",
	  "serve()::{lambda at source0.cpp:7}", 7, 6 },
	{ "Upload::incomingConnection",
	  "class Upload : public QTcpServer {\n"
	  "	void incomingConnection(qintptr handle /* <- */) override {\n"
	  "		connect(socket, &QTcpSocket::readyRead, this, &Upload::readSome);\n"
	  "	}\n"
	  "	void readSome()\n"
	  "	{\n"
	  "		readSome(socket, 4);\n"
	  "		if (readSome(socket, 2)) { readSome(socket, 1); }\n"
	  "	}\n"
	  "};\n",
	  "Upload::readSome", 5, 3 },
	{ "Upload::incomingConnection",
	  "class Upload : public QTcpServer {\n"
	  "	void readSome();\n"
	  "};\n"
	  "void Upload::incomingConnection(qintptr handle) {\n"
	  "	connect(socket, SIGNAL(readyRead()), this, SLOT(readSome())); // <-\n"
	  "}\n"
	  "void Upload::readSome() {\n"
	  "}\n",
	  "Upload::readSome", 7, 5 },
	/* A lambda, a slot or a callback that does nothing but call */
	{ "Upload::incomingConnection",
	  "class Upload : public QTcpServer {\n"
	  "	void incomingConnection(qintptr handle) override {\n"
	  "		connect(socket, &QTcpSocket::readyRead, this, // <-\n"
	  "			[this, socket]() mutable { this->readSome(socket); });\n"
	  "	}\n"
	  "	void readSome(QTcpSocket *socket)\n"
	  "	{\n"
	  "	}\n"
	  "};\n",
	  "Upload::readSome", 6, 3 },
	{ "Upload::incomingConnection",
	  "class Upload : public QTcpServer {\n"
	  "	void incomingConnection(qintptr handle) override {\n"
	  "		connect(socket, &QTcpSocket::readyRead, // <-\n"
	  "			std::bind(&Upload::readSome, this, socket));\n"
	  "	}\n"
	  "	void readSome(QTcpSocket *socket)\n"
	  "	{\n"
	  "	}\n"
	  "};\n",
	  "Upload::readSome", 6, 3 },
	{ "Upload::incomingConnection",
	  "static void serve(QTcpSocket *socket)\n"
	  "{\n"
	  "}\n"
	  "void Upload::incomingConnection(qintptr handle) {\n"
	  "	connect(socket, &QTcpSocket::readyRead, this, &Upload::ready); // <-\n"
	  "}\n"
	  "void Upload::ready() {\n"
	  "	return serve(socket);\n"
	  "}\n",
	  "serve", 1, 5 },
	/* It does more, or calls what is given nothing. */
	{ "serve",
	  "static void serve(QTcpServer &server)\n"
	  "{\n"
	  "	connect(socket, &QTcpSocket::readyRead, socket, // <-\n"
	  "		[socket] { count(socket); socket->readAll(); });\n"
	  "}\n"
	  "static void count(QTcpSocket *socket)\n"
	  "{\n"
	  "}\n",
	  "serve()::{lambda at source6.cpp:4}", 4, 3 },
	{ "serve",
	  "static void serve(QTcpServer &server)\n"
	  "{\n"
	  "	connect(socket, &QTcpSocket::readyRead, socket, [] { count(); }); // <-\n"
	  "}\n"
	  "static void count(void)\n"
	  "{\n"
	  "}\n",
	  "serve()::{lambda at source7.cpp:3}", 3, 3 },
	{ "serve",
	  "static void serve(QTcpServer &server)\n"
	  "{\n"
	  "	connect(socket, &QTcpSocket::readyRead, socket, // <-\n"
	  "		[socket] { print(socket->readAll()); });\n"
	  "}\n"
	  "static void print(const QByteArray &text)\n"
	  "{\n"
	  "}\n",
	  "serve()::{lambda at source8.cpp:4}", 4, 3 },
	/* No definition: another file's, which is called here at most */
	{ "Upload::incomingConnection",
	  "void Upload::incomingConnection(qintptr handle) {\n"
	  "	connect(socket, &QTcpSocket::readyRead, &loop, &QEventLoop::quit); // <-\n"
	  "}\n"
	  "void Upload::stop() {\n"
	  "	if (running) { quit(0); }\n"
	  "	return quit(1) ||\n"
	  "	       wait();\n"
	  "}\n",
	  NULL, 0, 0 },
	/* Two sockets, other signals, and another connect() */
	{ "serve",
	  "static void serve(QTcpServer &server)\n"
	  "{\n"
	  "	connect(client, &QTcpSocket::readyRead, client, [] {}); // <-\n"
	  "	connect(backend, &QTcpSocket::readyRead, backend, [] {});\n"
	  "}\n",
	  NULL, 0, 0 },
	{ "serve",
	  "static void serve(QTcpServer &server)\n"
	  "{\n"
	  "	connect(fd, (struct sockaddr *)&address, sizeof(address)); // <-\n"
	  "	connect(socket, &QTcpSocket::disconnected, socket, [] { readyRead(); });\n"
	  "	disconnect(socket, &QTcpSocket::readyRead, socket, [] {});\n"
	  "}\n",
	  NULL, 0, 0 },
};

static unsigned int line_of_frame(const char *source)
{
	const char *end = strstr(source, "<-");
	unsigned int line = 1;

	for (; source < end; source++)
		line += *source == '\n';
	return line;
}

static void check(const struct giving *row, enum callback_event event, const char *path,
		  size_t number)
{
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	struct reading_callbacks *callbacks = reading_callbacks_new(symbolizer);
	const struct frame frame = { .function = row->function,
				     .file = path,
				     .module = path,
				     .line = line_of_frame(row->source) };
	const struct frame *call, *callback = reading_callback(callbacks, &frame, event, &call);

	if (!callback != !row->callback)
		fail_msg("row %zu: %s", number, callback ? callback->function : "none");
	if (callback) {
		assert_string_equal(callback->function, row->callback);
		assert_int_equal(callback->line, row->line);
		assert_string_equal(call->function, row->function);
		assert_int_equal(call->line, row->call);
		assert_ptr_equal(reading_callback(callbacks, &frame, event, &call), callback);
	}
	reading_callbacks_free(callbacks);
	symbolizer_free(symbolizer);
}

static void check_all(const struct giving *rows, size_t count, enum callback_event event,
		      const char *ending)
{
	char *folder = builder_new_folder(), path[128];
	size_t i;

	for (i = 0; i < count; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/source%zu%s", folder, i, ending);
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(rows[i].source, file);
		assert_int_equal(fclose(file), 0);
		check(&rows[i], event, path, i);
	}
	builder_remove_folder(folder);
}

static void test_givings(void **state)
{
	(void)state;
	check_all(givings, sizeof(givings) / sizeof(givings[0]), CALLBACK_OF_END, ".c");
}

static void test_slots_of_qt(void **state)
{
	(void)state;
	check_all(slots, sizeof(slots) / sizeof(slots[0]), CALLBACK_OF_DATA, ".cpp");
}

static void test_without_source(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	struct reading_callbacks *callbacks = reading_callbacks_new(symbolizer);
	const struct frame no_file = { .function = "main", .module = "/opt/server" }, *call;
	const struct frame gone = {
		.function = "main", .module = "/opt/server", .file = "/nowhere/main.c", .line = 7
	};

	(void)state;
	assert_null(reading_callback(callbacks, &no_file, CALLBACK_OF_END, &call));
	assert_null(reading_callback(callbacks, &gone, CALLBACK_OF_END, &call));
	reading_callbacks_free(callbacks);
	symbolizer_free(symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_givings),
		cmocka_unit_test(test_slots_of_qt),
		cmocka_unit_test(test_without_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
