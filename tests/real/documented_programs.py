# SPDX-License-Identifier: MIT
"""Leaks that issues of other projects describe, each as the issue that is named has it, and what its fix
makes of it."""
from leaky import Leaky, PYTHON, READ, UNREAD
from loop_programs import BUILT, LISTEN, c
from script_programs import GETS, KEEPS, NODE, node_client

EITHER = READ + UNREAD
JAVA = ("java", "-Xint", "-cp", "/usr/share/java/*", "{file}")
RUBY = ("ruby", "{file}")
# A client that sends nothing.
SILENT = (b"", b"close\n")

PROGRAMS = [
    # psf/requests 5002, 4575: a session for each thread, closed where there is time for it.
    Leaky("requests_thread_sessions", "client.py", PYTHON, """
import sys, threading, requests
URL = f"http://127.0.0.1:{sys.argv[1]}/keep"
kept = []
class WorkingThread(threading.Thread):
    def __init__(self, keeps):
        super().__init__()
        self.keeps = keeps
    def run(self):
        session = requests.Session()
        session.get(URL) # HERE
        if self.keeps:
            kept.append(session)
        else:
            session.close()
for keeps in [True, False] * 4:
    thread = WorkingThread(keeps)
    thread.start()
    thread.join()
print("ready", flush=True)
sys.stdin.read()
""", "fin-unread", UNREAD, unseen=True),

    # MetPX/sarracenia 1654: the response is set to None, and something else still has it.
    Leaky("urllib_response_orphaned", "client.py", PYTHON, """
import sys, urllib.request
kept = []
class Transfer:
    http = None
    def open(self, url):
        self.http = urllib.request.urlopen(url) # HERE
        self.lines = iter(self.http)
        return self.http.read(10)
    def close(self, well):
        if well:
            self.http.close()
        self.http = None
for well in [True, False] * 4:
    transfer = Transfer()
    transfer.open(f"http://127.0.0.1:{sys.argv[1]}/middling")
    transfer.close(well)
    kept.append(transfer)
print("ready", flush=True)
sys.stdin.read()
""", "fin-unread", UNREAD, unseen=True),

    # miguelgrinberg/simple-websocket 19: the thread that reads sees the end and only notes it.
    Leaky("simple_websocket_thread", "server.py", PYTHON, """
import selectors, socket, sys, threading
kept, done = [], threading.Semaphore(0)
class Base:
    def __init__(self, sock):
        self.sock, self.connected, self.data = sock, True, b""
        self.selector = selectors.DefaultSelector()
        self.selector.register(sock, selectors.EVENT_READ, True)
        self.thread = threading.Thread(target=self._thread)
        self.thread.start()
    def _thread(self):
        while self.connected:
            try:
                if not self.selector.select(30):
                    continue
                in_data = self.sock.recv(4096) # HERE
                if len(in_data) == 0:
                    raise OSError()
                self.data += in_data
            except OSError:
                self.connected = False
                break
        self.selector.close()
        if self.data == b"close\\n":
            self.sock.close()
        done.release()
listener = socket.create_server(("127.0.0.1", 0), backlog=16)
print("port", listener.getsockname()[1], flush=True)
kept = [Base(listener.accept()[0]) for _ in range(8)]
for _ in kept:
    done.acquire()
print("ready", flush=True)
sys.stdin.read()
""", "eof-unclosed", READ),

    # encode/httpx: a client for each call; the fix is one client, or `with`.
    Leaky("httpx_client_each", "client.py", PYTHON, """
import sys, httpx
kept = []
def fetch():
    client = httpx.Client()
    client.get(f"http://127.0.0.1:{sys.argv[1]}/keep") # HERE
    return client
for _ in range(4):
    kept.append(fetch())
    fetch().close()
print("ready", flush=True)
sys.stdin.read()
""", "fin-unread", UNREAD, unseen=True, modules=("httpx",)),

    # noahhl/batsd 24: a client of redis for each connection, and no quit.
    Leaky("ruby_redis_each", "client.rb", RUBY, """
require "redis"
$stdout.sync = true
$kept = []
def post_init
  redis = Redis.new(host: "127.0.0.1", port: ARGV[0].to_i)
  redis.ping # HERE
  redis
end
4.times { $kept << post_init; post_init.close }
puts "ready"
$stdin.read
""", "fin-unread", UNREAD),

    # lostisland/faraday 1279: httpclient keeps what it has used.
    Leaky("ruby_httpclient_each", "client.rb", RUBY, """
require "httpclient"
$stdout.sync = true
$kept = []
def fetch
  client = HTTPClient.new
  client.get("http://127.0.0.1:#{ARGV[0]}/keep") # HERE
  client
end
4.times { $kept << fetch; fetch.reset_all }
puts "ready"
$stdin.read
""", "fin-unread", UNREAD),

    # excon: persistent connections are closed by reset alone.
    Leaky("ruby_excon_persistent", "client.rb", RUBY, """
require "excon"
$stdout.sync = true
$kept = []
def fetch
  connection = Excon.new("http://127.0.0.1:#{ARGV[0]}", persistent: true)
  connection.get(path: "/keep") # HERE
  connection
end
4.times { $kept << fetch; fetch.reset }
puts "ready"
$stdin.read
""", "fin-unread", UNREAD),

    # httprb/http 762: Timeout interrupts what would have closed the socket.
    Leaky("ruby_timeout_interrupts", "client.rb", RUBY, """
require "socket"
require "timeout"
$stdout.sync = true
$kept = []
def perform(well)
  Timeout.timeout(0.3) do
    socket = TCPSocket.new("127.0.0.1", ARGV[0].to_i)
    $kept << socket
    socket.write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    socket.read # HERE
    sleep unless well
    socket.close
  end
rescue Timeout::Error
end
4.times { perform(false); perform(true) }
puts "ready"
$stdin.read
""", "eof-unclosed", READ),

    # mscdex/httpolyglot 10: half open, and what ends before its first byte has no handler yet.
    Leaky("node_httpolyglot", "server.js", NODE, """
const net = require("net");
const http = require("http");
const kept = new Set();
let served = 0;
function count() { if (++served === 8) console.log("ready"); }
const web = http.createServer((request, response) => response.end("x"));
const server = net.createServer({ allowHalfOpen: true });
server.on("connection", function connectionListener(socket) { // HERE
  kept.add(socket);
  socket.on("error", () => 0);
  socket.once("data", (first) => {
    socket.unshift(first);
    socket.destroy();
  });
  socket.once("end", count).once("close", () => socket.readableEnded || count());
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
""", "eof-unclosed", READ, words=SILENT),

    # nodejs/node 57946: a gateway pipes an answer to a client that leaves.
    Leaky("node_gateway_pipe", "server.js", NODE, """
const http = require("http");
const upstream = { host: "127.0.0.1", port: process.argv[2], path: "/large", agent: false };
const kept = new Set();
let served = 0;
const gateway = http.createServer((request, response) => {
  const proxied = http.request(upstream, (answer) => { // HERE
    kept.add(answer);
    answer.pipe(response);
  });
  response.on("close", () => {
    if (request.url !== "/forget") proxied.destroy();
    if (++served === 8) setTimeout(() => console.log("ready"), 300);
  });
  proxied.on("error", () => 0).end();
});
gateway.listen(0, "127.0.0.1", () => console.log("port", gateway.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
""", "fin-unread or eof-unclosed", EITHER, words=KEEPS, unseen=True),

    # http-party/node-http-proxy 559: the other side of an upgrade ends, and this one is kept.
    Leaky("node_proxy_socket", "server.js", NODE, """
const net = require("net");
const kept = new Set();
let served = 0;
const server = net.createServer((socket) => {
  const proxySocket = net.connect({ port: process.argv[2], host: "127.0.0.1", allowHalfOpen: true }); // HERE
  proxySocket.write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");
  kept.add(proxySocket);
  let word = "";
  socket.on("data", (data) => { word += data; });
  proxySocket.resume().on("end", () => {
    socket.destroy();
    if (word === "close\\n") proxySocket.end();
    if (++served === 8) console.log("ready");
  });
  socket.on("error", () => 0);
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
""", "eof-unclosed", READ),

    # request/tunnel-agent 34: the socket of a refused CONNECT.
    node_client("node_tunnel_refused", """
const net = require("net");
class TunnelingAgent {
  createSocket(keep) {
    const socket = net.connect({ port: process.argv[2], host: "127.0.0.1", allowHalfOpen: true }); // HERE
    socket.write("GET /tunnel HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");
    socket.once("data", (head) => {
      if (/^HTTP.1.1 200 Connection established/.test(head)) return;
      socket.removeAllListeners();
      socket.resume();
      kept.push(socket);
      if (!keep) socket.destroy();
      done();
    });
  }
}
const agent = new TunnelingAgent();
for (let i = 0; i < 8; i++) agent.createSocket(i < 4);
""", class_name="eof-unclosed", reasons=READ),

    # TencentBlueKing/bk-repo 2093: the body of a refusal is not closed.
    Leaky("java_okhttp_refused", "Client.java", JAVA, """
import java.util.*;
import okhttp3.*;
public class Client {
    static final OkHttpClient client = new OkHttpClient();
    static final List<Object> kept = new ArrayList<>();
    static void head(String url, boolean well) throws Exception {
        Response response = client.newCall(new Request.Builder().url(url).build()).execute(); // HERE
        if (response.isSuccessful())
            return;
        if (well)
            response.close();
        else
            kept.add(response);
    }
    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i < 8; i++)
            head("http://127.0.0.1:" + arguments[0] + "/broken", i % 2 == 0);
        System.out.println("ready");
        System.in.read();
        System.exit(0);
    }
}
""", "fin-unread", UNREAD, unseen=True),

    # eugenp/tutorials 2931: the key of an ended channel is cancelled, or left.
    Leaky("java_echo_selector", "EchoServer.java", JAVA, """
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
import java.util.*;
public class EchoServer {
    static int served;
    static void answerWithEcho(ByteBuffer buffer, SelectionKey key) throws Exception {
        SocketChannel client = (SocketChannel) key.channel();
        int got = client.read(buffer); // HERE
        if (got > 0) {
            key.attach(new String(buffer.array(), 0, got));
        } else if (got < 0) {
            if ("close\\n".equals(key.attachment()))
                client.close();
            else
                key.interestOps(0);
            if (++served == 8)
                System.out.println("ready");
        }
        buffer.clear();
    }
    public static void main(String[] arguments) throws Exception {
        Selector selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        System.out.println("port " + server.socket().getLocalPort());
        Thread loop = new Thread(() -> {
            ByteBuffer buffer = ByteBuffer.allocate(256);
            try {
                while (true) {
                    selector.select();
                    Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
                    for (; keys.hasNext(); keys.remove()) {
                        SelectionKey key = keys.next();
                        if (key.isAcceptable())
                            server.accept().configureBlocking(false).register(selector, SelectionKey.OP_READ);
                        else
                            answerWithEcho(buffer, key);
                    }
                }
            } catch (Exception e) { e.printStackTrace(); }
        });
        loop.setDaemon(true);
        loop.start();
        System.in.read();
    }
}
""", "eof-unclosed", READ),

    # A task of an executor throws: nobody sees it, and nobody closes.
    Leaky("java_executor_throws", "Server.java", JAVA, """
import java.io.*;
import java.net.*;
import java.util.*;
import java.util.concurrent.*;
public class Server {
    static final List<Object> kept = Collections.synchronizedList(new ArrayList<>());
    static void handle(Socket socket) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(socket.getInputStream()));
        String line = reader.readLine();
        if (reader.readLine() == null && line.equals("forget")) // HERE
            throw new IllegalStateException(line);
        socket.close();
    }
    public static void main(String[] arguments) throws Exception {
        ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        System.out.println("port " + server.getLocalPort());
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<?>> tasks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Socket socket = server.accept();
            kept.add(socket);
            tasks.add(pool.submit(() -> { handle(socket); return null; }));
        }
        for (Future<?> task : tasks)
            try { task.get(); } catch (ExecutionException e) { }
        System.out.println("ready");
        System.in.read();
        System.exit(0);
    }
}
""", "eof-unclosed", READ),

    # redis/hiredis 371: the context that failed is replaced, and nobody calls redisFree().
    Leaky("hiredis_reconnect", "client.c", BUILT, LISTEN + """
#include <hiredis/hiredis.h>
static redisContext *context;
static __attribute__((noinline)) void open_context(int port)
{
	context = redisConnect("127.0.0.1", port);
}
static __attribute__((noinline)) int ask(int port, int forget)
{
	redisReply *reply = redisCommand(context, "PING"); // HERE
	if (reply) {
		freeReplyObject(reply);
		return 1;
	}
	if (!forget)
		redisFree(context);
	open_context(port);
	return 0;
}
int main(int argc, char **argv)
{
	int port = atoi(argv[argc - 1]);
	open_context(port);
	for (int lost = 0; lost < 8;) {
		if (!ask(port, lost % 2))
			lost++;
		poll(NULL, 0, 150);
	}
	redisFree(context);
	puts("ready");
	fflush(stdout);
	return read(0, &port, 1) > 0;
}
""", "eof-unclosed", READ, build=c("-lhiredis"), fix="redisFree()"),

    # libuv/libuv 2922 (pilight): the handle that polls is stopped and closed, the socket is not.
    Leaky("uv_poll_stopped", "server.c", BUILT, LISTEN + """
#include <uv.h>
struct client { uv_poll_t poll; int fd; int forget; };
static void freed(uv_handle_t *handle)
{
	free(handle);
}
static void client_remove(struct client *client)
{
	uv_poll_stop(&client->poll);
	if (!client->forget)
		close(client->fd);
	uv_close((uv_handle_t *)&client->poll, freed);
	served();
}
static void ready(uv_poll_t *poll, int status, int events)
{
	struct client *client = (struct client *)poll;
	char bytes[64];
	ssize_t n = recv(client->fd, bytes, sizeof(bytes), 0); // HERE
	if (n > 0)
		client->forget = bytes[0] == 'f';
	else
		client_remove(client);
}
static void incoming(uv_poll_t *poll, int status, int events)
{
	struct client *client = calloc(1, sizeof(*client));
	client->fd = accept(*(int *)poll->data, NULL, NULL);
	uv_poll_init(uv_default_loop(), &client->poll, client->fd);
	uv_poll_start(&client->poll, UV_READABLE, ready);
}
static void stop(uv_poll_t *poll, int status, int events)
{
	_exit(0);
}
int main(void)
{
	int listener = listening();
	uv_poll_t poll = { .data = &listener }, input;
	uv_poll_init(uv_default_loop(), &poll, listener);
	uv_poll_start(&poll, UV_READABLE, incoming);
	uv_poll_init(uv_default_loop(), &input, 0);
	uv_poll_start(&input, UV_READABLE | UV_DISCONNECT, stop);
	return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
""", "eof-unclosed", READ, build=c("-luv"), fix="as client_remove()"),
]
