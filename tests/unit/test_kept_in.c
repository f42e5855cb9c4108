/* SPDX-License-Identifier: MIT */
/* Which collection a function puts its connection into. Sources are written out, and read. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/source/kept_in.h"
#include "tests/unit/recording_builder.h"

/* The frame of FUNCTION is at the line that has "<-". COLLECTION NULL: none is found. */
static const struct keeping {
	const char *suffix, *function;
	bool is_opened;
	const char *source;
	const char *collection;
	unsigned int line;
} keepings[] = {
	{ ".py", "Server.handle_stream", false,
	  "subscribers = []\n"
	  "class Server(TCPServer):\n"
	  "    async def handle_stream(self, stream, address):\n"
	  "        await stream.write(b'hello')  # <-\n"
	  "        subscribers.append(stream)  # for the news\n",
	  "subscribers", 5 },
	{ ".py", "Server.handle_stream", false,
	  "class Server(TCPServer):\n"
	  "    def __init__(self):\n"
	  "        self.streams = {}\n"
	  "    async def handle_stream(self, stream, address):\n"
	  "        self.streams[address] = stream\n"
	  "        while True:\n"
	  "            line = await stream.read_until(b'.')  # <-\n",
	  "self.streams", 5 },
	/* The other stream of asyncio's two */
	{ ".py", "serve", false,
	  "writers = set()\n"
	  "async def serve(reader, writer):\n"
	  "    writers.add(writer)\n"
	  "    await reader.read()  # <-\n",
	  "writers", 3 },
	{ ".py", "connect", true,
	  "clients = []\n"
	  "def connect(port):\n"
	  "    client, address = listener.accept()  # <-\n"
	  "    clients.append(client)\n",
	  "clients", 4 },
	{ ".js", "checkStatus", true,
	  "const answers = [];\n"
	  "async function checkStatus(port) {\n"
	  "    const answer = await fetch('http://127.0.0.1:' + port); // <-\n"
	  "    answers.push(answer);\n"
	  "    return answer.status === 200;\n"
	  "}\n",
	  "answers", 4 },
	{ ".cpp", "Server::on_accept", false,
	  "class Server {\n"
	  "	std::vector<Session> sessions_;\n"
	  "	void on_accept(Session session)\n"
	  "	{\n"
	  "		session->start(); // <-\n"
	  "		this->sessions_.push_back(std::move(session));\n"
	  "	}\n"
	  "};\n",
	  "this->sessions_", 6 },
	{ ".c", "serve", false,
	  "static struct client *clients[64];\n"
	  "static void serve(int fd, struct client *client)\n"
	  "{\n"
	  "	clients[client->number] = client;\n"
	  "	client_read(client); /* <- */\n"
	  "}\n",
	  "clients", 4 },
	/* To read it takes nothing out. */
	{ ".py", "serve", false,
	  "writers = []\n"
	  "async def serve(reader, writer):\n"
	  "    writers.append(writer)\n"
	  "    await reader.read()  # <-\n"
	  "def send(text):\n"
	  "    for writer in writers:\n"
	  "        writer.write(text)\n"
	  "    print(len(writers), writers[0], writers.index(1))\n",
	  "writers", 3 },
	{ ".js", "get", true,
	  "const answers = [];\n"
	  "async function get(port) {\n"
	  "    const answer = await fetch(port); // <-\n"
	  "    answers.push(answer);\n"
	  "    if (answers.length > 3) answers.forEach((a) => a.ping(answers[0]));\n"
	  "}\n",
	  "answers", 4 },
	/* It is taken out again, */
	{ ".py", "serve", false,
	  "writers = set()\n"
	  "async def serve(reader, writer):\n"
	  "    writers.add(writer)\n"
	  "    await reader.read()  # <-\n"
	  "def forget(writer):\n"
	  "    writers.discard(writer)\n",
	  NULL, 0 },
	{ ".py", "serve", false,
	  "writers = {}\n"
	  "async def serve(reader, writer):\n"
	  "    writers[1] = writer\n"
	  "    await reader.read()  # <-\n"
	  "    del writers[1]\n",
	  NULL, 0 },
	{ ".c", "serve", false,
	  "static struct client *clients[64];\n"
	  "static void serve(int fd, struct client *client)\n"
	  "{\n"
	  "	clients[client->number] = client;\n"
	  "	client_read(client); /* <- */\n"
	  "	erase(clients, client);\n"
	  "}\n",
	  NULL, 0 },
	{ ".c", "serve", false,
	  "static struct client *clients[64];\n"
	  "static void serve(int fd, struct client *client)\n"
	  "{\n"
	  "	clients[client->number] = client;\n"
	  "	client_read(client); /* <- */\n"
	  "}\n"
	  "static void drop(int number)\n"
	  "{\n"
	  "	clients[number] = NULL;\n"
	  "}\n",
	  NULL, 0 },
	/* ... by all of it being replaced, */
	{ ".py", "serve", false,
	  "writers = []\n"
	  "async def serve(reader, writer):\n"
	  "    writers.append(writer)\n"
	  "    await reader.read()  # <-\n"
	  "def sweep():\n"
	  "    global writers\n"
	  "    writers = [w for w in writers if not w.is_closing()]\n",
	  NULL, 0 },
	/* ... by an operator, or by a method that is not known, */
	{ ".py", "serve", false,
	  "writers = []\n"
	  "async def serve(reader, writer):\n"
	  "    writers.append(writer)\n"
	  "    await reader.read()  # <-\n"
	  "def sweep():\n"
	  "    writers[:] = [w for w in writers if w.open]\n",
	  NULL, 0 },
	{ ".py", "serve", false,
	  "writers = []\n"
	  "async def serve(reader, writer):\n"
	  "    writers.append(writer)\n"
	  "    await reader.read()  # <-\n"
	  "def sweep(gone):\n"
	  "    global writers\n"
	  "    writers -= gone\n",
	  NULL, 0 },
	{ ".py", "serve", false,
	  "writers = []\n"
	  "async def serve(reader, writer):\n"
	  "    writers.append(writer)\n"
	  "    await reader.read()  # <-\n"
	  "def sweep():\n"
	  "    writers.truncate(0)\n",
	  NULL, 0 },
	{ ".js", "get", true,
	  "const answers = [];\n"
	  "async function get(port) {\n"
	  "    const answer = await fetch(port); // <-\n"
	  "    answers.push(answer);\n"
	  "}\n"
	  "function sweep() {\n"
	  "    answers.length = 0;\n"
	  "}\n",
	  NULL, 0 },
	/* ... or by another name, */
	{ ".py", "serve", false,
	  "writers = []\n"
	  "async def serve(reader, writer):\n"
	  "    writers.append(writer)\n"
	  "    await reader.read()  # <-\n"
	  "def sweep():\n"
	  "    all = writers\n"
	  "    all.pop()\n",
	  NULL, 0 },
	{ ".py", "serve", false,
	  "writers = []\n"
	  "async def serve(reader, writer):\n"
	  "    writers.append(writer)\n"
	  "    await reader.read()  # <-\n"
	  "def every():\n"
	  "    return writers\n",
	  NULL, 0 },
	/* ... or by who it is handed to. */
	{ ".py", "serve", false,
	  "writers = []\n"
	  "async def serve(reader, writer):\n"
	  "    writers.append(writer)\n"
	  "    await reader.read()  # <-\n"
	  "    sweep(writers)\n",
	  NULL, 0 },
	{ ".py", "serve", false,
	  "writers = weakref.WeakSet()\n"
	  "async def serve(reader, writer):\n"
	  "    writers.add(writer)\n"
	  "    await reader.read()  # <-\n",
	  NULL, 0 },
	/* No collection, as far as is known */
	{ ".py", "serve", false,
	  "poller = Poller()\n"
	  "def serve(client):\n"
	  "    poller.add(client)\n"
	  "    client.recv(1)  # <-\n",
	  NULL, 0 },
	/* It ends with the function. */
	{ ".py", "serve", false,
	  "def serve(client):\n"
	  "    clients = []\n"
	  "    clients.append(client)\n"
	  "    client.recv(1)  # <-\n",
	  NULL, 0 },
	/* Another value, another path, or what is not reached */
	{ ".py", "serve", false,
	  "chunks = []\n"
	  "def serve(client):\n"
	  "    data = client.recv(1)  # <-\n"
	  "    chunks.append(data)\n",
	  NULL, 0 },
	{ ".py", "serve", false,
	  "kept = []\n"
	  "def serve(client, word):\n"
	  "    if word:\n"
	  "        kept.append(client)\n"
	  "    else:\n"
	  "        client.recv(1)  # <-\n",
	  NULL, 0 },
	{ ".js", "serve", true,
	  "const kept = [];\n"
	  "async function serve(port) {\n"
	  "    const answer = await fetch(port); // <-\n"
	  "    if (answer.ok) kept.push(answer); else answer.cancel();\n"
	  "}\n",
	  NULL, 0 },
	{ ".py", "serve", false,
	  "kept = []\n"
	  "def serve(client):\n"
	  "    word = client.recv(1)  # <-\n"
	  "    if not word:\n"
	  "        return\n"
	  "    kept.append(client)\n",
	  NULL, 0 },
};

static unsigned int line_of_frame(const char *source)
{
	const char *end = strstr(source, "<-");
	unsigned int line = 1;

	for (; source < end; source++)
		line += *source == '\n';
	return line;
}

static void check(const struct keeping *row)
{
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	char path[] = "/tmp/finleak-test.XXXXXX", name[64];
	const bool is_script = strcmp(row->suffix, ".py") == 0 || strcmp(row->suffix, ".js") == 0;
	struct frame frame = { .function = row->function,
			       .file = name,
			       .module = name,
			       .line = line_of_frame(row->source),
			       .script = is_script };
	struct kept_in kept;
	FILE *file;

	assert_non_null(mkdtemp(path));
	snprintf(name, sizeof(name), "%s/source%s", path, row->suffix);
	if (is_script)
		frame.language = language_named(row->suffix[1] == 'p' ? "python" : "javascript");
	file = fopen(name, "w");
	assert_non_null(file);
	fputs(row->source, file);
	fclose(file);
	kept = kept_in_of(symbolizer, &frame, row->is_opened);
	if (kept.collection.length != (row->collection ? strlen(row->collection) : 0))
		fail_msg("%.*s in:\n%s", (int)kept.collection.length,
			 kept.collection.length ? kept.collection.start : "", row->source);
	if (row->collection) {
		assert_true(name_is(kept.collection, row->collection));
		assert_int_equal(kept.number, row->line);
	}
	symbolizer_free(symbolizer);
	unlink(name);
	rmdir(path);
}

static void test_keepings(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keepings) / sizeof(keepings[0]); i++)
		check(&keepings[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keepings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
