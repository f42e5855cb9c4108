# SPDX-License-Identifier: MIT
"""Leaks of the kinds that other projects had to mend, each as a user writes it. A line that must be
named is marked HERE."""
from leaky import Leaky, PYTHON, READ, UNREAD

C = ("cc", "-g", "-O1", "-fno-inline", "-o", "{folder}/program", "{file}")
CPP = ("c++", *C[1:])
BUILT = ("{folder}/program",)

# What the programs in C begin with: connects to the port that main() got.
CONNECT = """
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
static int connected(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		exit(2);
	return fd;
}
static const char request[] = "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n";
static void wait_for_end(void)
{
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
}
"""

PROGRAMS = [
    # mosquitto#304: to connect once more overwrites the descriptor.
    Leaky("c_reconnect", "client.c", BUILT, CONNECT + """
struct client { int fd; };
static void reconnect(struct client *client, int port)
{
	client->fd = connected(port); // HERE
	write(client->fd, request, sizeof(request) - 1);
}
int main(int count, char **arguments)
{
	struct client forgetful, tidy;
	for (int i = 0; i < 4; i++)
		reconnect(&forgetful, atoi(arguments[1]));
	for (int i = 0; i < 4; i++) {
		reconnect(&tidy, atoi(arguments[1]));
		close(tidy.fd);
	}
	wait_for_end();
	_exit(0);
}
""", "fin-unread", UNREAD, unseen=True, build=C,
          fix="the connection that reconnect() (client.c:28) keeps, before the next one"),

    # A stream over a duplicate: fclose() closes that one only.
    Leaky("c_fdopen_dup", "client.c", BUILT, CONNECT + """
static void fetch(int port, int tidy)
{
	int fd = connected(port);
	char line[256];
	write(fd, request, sizeof(request) - 1);
	FILE *stream = fdopen(dup(fd), "r"); // HERE
	while (fgets(line, sizeof(line), stream))
		;
	fclose(stream); // HERE
	if (tidy)
		close(fd);
}
int main(int count, char **arguments)
{
	for (int i = 0; i < 8; i++)
		fetch(atoi(arguments[1]), i >= 4);
	wait_for_end();
	_exit(0);
}
""", "duplicate-held", READ, build=C,
          # The site is where it was opened, not where it was duplicated.
          known=("input", "term", "kill", "preload")),

    # libevent: without BEV_OPT_CLOSE_ON_FREE bufferevent_free() does not close the descriptor.
    Leaky("c_bufferevent_free", "client.c", BUILT, CONNECT + """
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
static int served;
static void on_event(struct bufferevent *event, short what, void *tidy) // HERE
{
	int fd = bufferevent_getfd(event);
	if (!(what & BEV_EVENT_EOF))
		return;
	bufferevent_free(event);
	if (tidy)
		close(fd);
	if (++served == 8)
		puts("ready"), fflush(stdout);
}
static void on_read(struct bufferevent *event, void *tidy)
{
	evbuffer_drain(bufferevent_get_input(event), 4096);
}
static void on_input(evutil_socket_t fd, short what, void *unused)
{
	if (getchar() == EOF)
		_exit(0);
}
int main(int count, char **arguments)
{
	struct event_base *base = event_base_new();
	for (int i = 0; i < 8; i++) {
		int fd = connected(atoi(arguments[1]));
		evutil_make_socket_nonblocking(fd);
		struct bufferevent *event = bufferevent_socket_new(base, fd, 0);
		bufferevent_setcb(event, on_read, NULL, on_event, i < 4 ? NULL : base);
		bufferevent_enable(event, EV_READ | EV_WRITE);
		bufferevent_write(event, request, sizeof(request) - 1);
	}
	event_add(event_new(base, 0, EV_READ, on_input, NULL), NULL);
	event_base_dispatch(base);
}
""", "eof-unclosed", READ, build=(*C, "-levent"), fix="BEV_OPT_CLOSE_ON_FREE"),

    # ice#6649: a constructor that throws has no destructor.
    Leaky("cpp_constructor", "client.cpp", BUILT, CONNECT.replace("{ .sin_family = AF_INET, .sin_port = htons(port) }", "{ AF_INET, htons(port) }") + """
#include <stdexcept>
struct Connection {
	int fd;
	Connection(int port, bool whole) : fd(connected(port))
	{
		char answer[4096];
		ssize_t got, all = 0;
		write(fd, request, sizeof(request) - 1);
		while ((got = read(fd, answer, sizeof(answer))) > 0) // HERE
			all += got;
		if (!whole)
			throw std::runtime_error("a short answer");
	}
	~Connection() { close(fd); }
};
int main(int count, char **arguments)
{
	for (int i = 0; i < 8; i++)
		try {
			Connection connection(atoi(arguments[1]), i >= 4);
		} catch (const std::runtime_error &) {
		}
	wait_for_end();
	_exit(0);
}
""", "eof-unclosed", READ, build=CPP,
          fix="throws, call close() first"),

    # requests#5002, urllib3#2100: a session's pool keeps what the server has closed.
    Leaky("requests_session", "client.py", PYTHON, """
import requests, sys
url = f"http://127.0.0.1:{sys.argv[1]}/keep"
def fetch(session):
    session.get(url)  # HERE
    return session
kept = [fetch(requests.Session()) for _ in range(4)]
for _ in range(4):
    fetch(requests.Session()).close()
print("ready", flush=True)
sys.stdin.read()
""", "fin-unread", UNREAD, unseen=True),

    # urlopen() as a context, or close().
    Leaky("python_urlopen", "client.py", PYTHON, """
import sys, urllib.request
url = f"http://127.0.0.1:{sys.argv[1]}/"
def fetch():
    return urllib.request.urlopen(url)  # HERE
kept = [fetch() for _ in range(4)]
for _ in range(4):
    fetch().close()
print("ready", flush=True)
sys.stdin.read()
""", "fin-unread", UNREAD, unseen=True),

    # "close() decrements the reference count": a file of makefile() holds the connection.
    Leaky("python_makefile", "client.py", PYTHON, """
import socket, sys
def fetch():
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    connection.sendall(b"GET / HTTP/1.1\\\\r\\\\nHost: a\\\\r\\\\n\\\\r\\\\n")
    file = connection.makefile("rb")
    file.read()  # HERE
    connection.close()
    return file
kept = [fetch() for _ in range(4)]
for _ in range(4):
    fetch().close()
print("ready", flush=True)
sys.stdin.read()
""".replace("\\\\", "\\"), "eof-unclosed", READ,
          fix="the file that makefile() returned"),

    # "detach() puts the socket object into closed state without closing the file descriptor".
    Leaky("python_detach", "client.py", PYTHON, """
import os, socket, sys
def fetch():
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    connection.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    while connection.recv(4096):  # HERE
        pass
    return connection.detach()
for _ in range(4):
    fetch()
for _ in range(4):
    os.close(fetch())
print("ready", flush=True)
sys.stdin.read()
""", "eof-unclosed", READ),

    # proxysql#567, beanstalk-client#2: shutdown() in place of close().
    Leaky("python_shutdown", "client.py", PYTHON, """
import socket, sys
def fetch():
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    connection.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    while connection.recv(4096):
        pass
    connection.shutdown(socket.SHUT_RDWR)  # HERE
    return connection
kept = [fetch() for _ in range(4)]
for _ in range(4):
    fetch().close()
print("ready", flush=True)
sys.stdin.read()
""", "shutdown-unclosed", READ),

    # A client of asyncio's streams without writer.close().
    Leaky("asyncio_client", "client.py", PYTHON, """
import asyncio, sys
async def fetch():
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))  # HERE
    writer.write(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")  # HERE
    await reader.read()  # HERE
    return writer
async def main():
    kept = [await fetch() for _ in range(4)]
    for _ in range(4):
        (await fetch()).close()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    return kept
asyncio.run(main())
""", "eof-unclosed", READ,
          parted=True,
          fix="Call writer.close() when read() returns b'': fetch() (client.py:5)"),

    # node#40691: what is paused is never read, and its 'end' never comes.
    Leaky("node_pause", "client.js", ("node", "{file}"), """
const net = require("net");
const port = Number(process.argv[2]);
const kept = [];
let seen = 0;
function count() {
  if (++seen === 8) console.log("ready");
}
for (let i = 0; i < 8; i++) {
  const socket = net.connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n", () => { if (i < 4) count(); });
  if (i < 4) {
    socket.pause();
    kept.push(socket);
  } else {
    socket.on("data", () => { socket.destroy(); count(); });
  }
}
process.stdin.on("end", () => process.exit(0)).resume();
""", "fin-unread", UNREAD, unseen=True,
          fix="on the socket opened in <anonymous> (client.js:10) and paused at client.js:13 once"),

    # A thread for each client that ends without client.close.
    Leaky("ruby_tcp_server", "server.rb", ("ruby", "{file}"), """
require "socket"
server = TCPServer.new("127.0.0.1", 0)
puts "port #{server.addr[1]}"
STDOUT.flush
$kept = []
Thread.new do
  8.times.map do
    client = server.accept
    Thread.new do
      word = client.gets
      client.read
      word == "forget\\n" ? $kept << client : client.close
    end
  end.each(&:join)
  puts "ready"
  STDOUT.flush
end
STDIN.read
""", "eof-unclosed", READ),

    # A persistent connection outlives its variable.
    Leaky("php_pfsockopen", "client.php", ("php", "{file}"), """
<?php
function fetch($port, $number) {
    // One by one: each name of the same address has a connection of its own.
    $names = ["127.0.0.1", "127.0.1", "127.1", "2130706433"];
    $stream = pfsockopen($names[$number % 4], $port) or exit(2);
    fwrite($stream, "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");
    while (!feof($stream))
        fread($stream, 8192);
    return $stream;
}
for ($i = 0; $i < 4; $i++)
    fclose(fetch($argv[1], $i));
for ($i = 0; $i < 4; $i++)
    fetch($argv[1], $i);
echo "ready\\n";
flush();
fgets(STDIN);
""".lstrip(), "eof-unclosed", READ),

    # LWP's cache of connections keeps what the server has closed.
    Leaky("perl_lwp_keep_alive", "client.pl", ("perl", "{file}"), """
use strict; use warnings; use LWP::UserAgent;
$| = 1;
my @kept;
for my $i (1 .. 8) {
    my $agent = LWP::UserAgent->new(keep_alive => 1);
    $agent->get("http://127.0.0.1:$ARGV[0]/keep")->is_success or exit 2;
    push @kept, $agent if $i <= 4;
}
print "ready\\n";
<STDIN>;
""", "fin-unread", UNREAD, unseen=True,
          parted=True),

    # Sockets in a list, without try-with-resources.
    Leaky("java_socket", "Client.java", ("java", "-Xint", "{file}"), """
import java.io.*;
import java.net.*;
import java.util.*;
public class Client {
    static Socket fetch(int port) throws Exception {
        Socket socket = new Socket("127.0.0.1", port);
        socket.getOutputStream().write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n".getBytes());
        while (socket.getInputStream().read() >= 0)
            ;
        return socket;
    }
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        List<Socket> kept = new ArrayList<>();
        for (int i = 0; i < 4; i++)
            kept.add(fetch(port));
        for (int i = 0; i < 4; i++)
            fetch(port).close();
        System.out.println("ready");
        System.in.read();
        System.out.println(kept.size());
    }
}
""", "eof-unclosed", READ),
]
