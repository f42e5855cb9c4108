/* SPDX-License-Identifier: MIT */
/* Who keeps what a function has opened. Sources are written out, and read. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/call_sites/keepers.h"
#include "tests/unit/recording_builder.h"

#define FRAMES_MAX 4

/* Frames, innermost first, are in the lines that have "<1", "<2" ... KEEPER 0: nobody keeps it. */
static const struct keeping {
	const char *functions[FRAMES_MAX];
	const char *source;
	unsigned int keeper;
	const char *member;
	bool constructs;
} keepings[] = {
	/* It is returned, and kept at once, or by way of a variable. */
	{ { "connected", "reconnect", "main" },
	  "static int connected(int port)\n"
	  "{\n"
	  "	int fd = socket(AF_INET, SOCK_STREAM, 0); /* <1 */\n"
	  "	if (connect(fd, address, size) < 0)\n"
	  "		return -1;\n"
	  "	return fd;\n"
	  "}\n"
	  "static void reconnect(struct client *client)\n"
	  "{\n"
	  "	client->fd = connected(client->port); /* <2 */\n"
	  "}\n"
	  "	reconnect(&client); /* <3 */\n",
	  2,
	  "fd",
	  false },
	{ { "connected", "reconnect", "main" },
	  "static int connected(int port)\n"
	  "{\n"
	  "	return open_socket(port); /* <1 */\n"
	  "}\n"
	  "static int reconnect(struct client *client)\n"
	  "{\n"
	  "	int fd;\n"
	  "	if ((fd = connected(client->port)) < 0) /* <2 */\n"
	  "		return -1;\n"
	  "	client->at.sock = fd;\n"
	  "	return 0;\n"
	  "}\n"
	  "	reconnect(&client); /* <3 */\n",
	  2,
	  "sock",
	  false },
	/* It is stored where a parameter points, further out where that one's does. */
	{ { "try_connect", "socket_connect", "reconnect" },
	  "static int try_connect(struct mosq *mosq,\n"
	  "		       const char *host, int *sock)\n"
	  "{\n"
	  "	for (;;) {\n"
	  "		*sock = socket(AF_INET, SOCK_STREAM, 0); /* <1 */\n"
	  "		if (*sock >= 0)\n"
	  "			break;\n"
	  "	}\n"
	  "	return 0;\n"
	  "}\n"
	  "int socket_connect(struct mosq *mosq, const char *host)\n"
	  "{\n"
	  "	int sock = -1, rc;\n"
	  "	rc = try_connect(mosq, host, &sock); /* <2 */\n"
	  "	if (rc > 0)\n"
	  "		return rc;\n"
	  "	mosq->sock = sock;\n"
	  "	return rc;\n"
	  "}\n"
	  "	return socket_connect(mosq, mosq->host); /* <3 */\n",
	  2,
	  "sock",
	  false },
	{ { "open_one", "open_any", "begin" },
	  "static int open_one(int *fd)\n"
	  "{\n"
	  "	*fd = socket(AF_INET, SOCK_STREAM, 0); /* <1 */\n"
	  "	return *fd;\n"
	  "}\n"
	  "static int open_any(int *to)\n"
	  "{\n"
	  "	return open_one(to); /* <2 */\n"
	  "}\n"
	  "static int begin(struct client *client)\n"
	  "{\n"
	  "	if (open_any(&client->fd) < 0) /* <3 */\n"
	  "		return -1;\n"
	  "	return 0;\n"
	  "}\n",
	  3,
	  "fd",
	  false },
	/* Who opens it keeps it. */
	{ { "Client::reconnect()", "main" },
	  "void Client::reconnect()\n"
	  "{\n"
	  "	fd_ = socket(AF_INET, SOCK_STREAM, 0);\n"
	  "	if (connect(fd_, address, size) < 0) // <1\n"
	  "		throw error();\n"
	  "}\n"
	  "	client.reconnect(); // <2\n",
	  1,
	  "fd_",
	  false },
	/* In an object that is made for it there was none before. */
	{ { "connected", "begin", "main" },
	  "static int connected(int port)\n"
	  "{\n"
	  "	int fd = socket(AF_INET, SOCK_STREAM, 0); /* <1 */\n"
	  "	return fd;\n"
	  "}\n"
	  "static void begin(struct proxy *proxy)\n"
	  "{\n"
	  "	struct pair *pair = calloc(1, sizeof(*pair));\n"
	  "	pair->client = accept(proxy->listener, NULL, NULL);\n"
	  "	pair->server = connected(proxy->port); /* <2 */\n"
	  "}\n"
	  "	begin(&proxy); /* <3 */\n",
	  0,
	  NULL,
	  false },
	{ { "Pool::add()", "main" },
	  "void Pool::add()\n"
	  "{\n"
	  "	Client *client = new Client(this);\n"
	  "	client->fd = socket(AF_INET, SOCK_STREAM, 0); // <1\n"
	  "	all_.push_back(client);\n"
	  "}\n"
	  "	pool.add(); // <2\n",
	  0,
	  NULL,
	  false },
	/* A new object had no connection. */
	{ { "Client::Client(int)", "main" },
	  "Client::Client(int port)\n"
	  "{\n"
	  "	fd_ = socket(AF_INET, SOCK_STREAM, 0);\n"
	  "	if (connect(fd_, address, size) < 0) // <1\n"
	  "		throw error();\n"
	  "}\n"
	  "	Client client(80); // <2\n",
	  1,
	  "fd_",
	  true },
	/* A variable that is closed, or left, in the function that has it */
	{ { "connected", "fetch", "main" },
	  "static int connected(int port)\n"
	  "{\n"
	  "	int fd = socket(AF_INET, SOCK_STREAM, 0); /* <1 */\n"
	  "	return fd;\n"
	  "}\n"
	  "static void fetch(struct client *client)\n"
	  "{\n"
	  "	int fd = connected(client->port); /* <2 */\n"
	  "	client->got = read(fd, client->text, 64);\n"
	  "	close(fd);\n"
	  "}\n"
	  "	fetch(&client); /* <3 */\n",
	  0,
	  NULL,
	  false },
	/* What is kept is not the descriptor. */
	{ { "begin", "begin_all", "main" },
	  "static int begin(struct pool *pool)\n"
	  "{\n"
	  "	int fd = socket(AF_INET, SOCK_STREAM, 0); /* <1 */\n"
	  "	pool_add(pool, fd);\n"
	  "	return 0;\n"
	  "}\n"
	  "static void begin_all(struct pool *pool)\n"
	  "{\n"
	  "	pool->status = begin(pool); /* <2 */\n"
	  "}\n"
	  "	begin_all(&pool); /* <3 */\n",
	  0,
	  NULL,
	  false },
	{ { "try_connect", "begin", "main" },
	  "static int try_connect(int *sock)\n"
	  "{\n"
	  "	*sock = socket(AF_INET, SOCK_STREAM, 0); /* <1 */\n"
	  "	return 0;\n"
	  "}\n"
	  "static void begin(struct client *client)\n"
	  "{\n"
	  "	int sock;\n"
	  "	client->status = try_connect(&sock); /* <2 */\n"
	  "	close(sock);\n"
	  "}\n"
	  "	begin(&client); /* <3 */\n",
	  0,
	  NULL,
	  false },
	/* Compared, not kept */
	{ { "connected", "check", "main" },
	  "static int connected(int port)\n"
	  "{\n"
	  "	return open_socket(port); /* <1 */\n"
	  "}\n"
	  "static void check(struct client *client)\n"
	  "{\n"
	  "	assert(client->fd == connected(80)); /* <2 */\n"
	  "}\n"
	  "	check(&client); /* <3 */\n",
	  0,
	  NULL,
	  false },
};

static unsigned int line_of(const char *source, size_t number)
{
	char mark[8];
	const char *end;
	unsigned int line = 1;

	snprintf(mark, sizeof(mark), "<%zu", number);
	for (end = strstr(source, mark); source < end; source++)
		line += *source == '\n';
	return line;
}

static void check(const struct keeping *row, const char *path, size_t number)
{
	static const struct own_globs no_globs;
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	struct frame frames[FRAMES_MAX] = { 0 };
	struct keeper keeper;
	size_t count, i;

	for (count = 0; count < FRAMES_MAX && row->functions[count]; count++)
		frames[count] = (struct frame){ .function = row->functions[count],
						.file = path,
						.module = "/opt/program",
						.line = line_of(row->source, count + 1) };
	keeper = keeper_of(symbolizer, frames, frames + count, "/opt/program", &no_globs);
	i = keeper.frame ? (size_t)(keeper.frame - frames) + 1 : 0;
	if (i != row->keeper)
		fail_msg("row %zu: frame %zu keeps it", number, i);
	if (i && (strlen(row->member) != keeper.member.length ||
		  strncmp(row->member, keeper.member.start, keeper.member.length) != 0))
		fail_msg("row %zu: %s", number, keeper.member.start);
	if (i && keeper.replaces == row->constructs)
		fail_msg("row %zu: replaces %d", number, keeper.replaces);
	symbolizer_free(symbolizer);
}

static void test_keepings(void **state)
{
	char *folder = builder_new_folder(), path[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keepings) / sizeof(keepings[0]); i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/source%zu.cpp", folder, i);
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(keepings[i].source, file);
		assert_int_equal(fclose(file), 0);
		check(&keepings[i], path, i);
	}
	builder_remove_folder(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keepings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
