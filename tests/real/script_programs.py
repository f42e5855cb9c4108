# SPDX-License-Identifier: MIT
"""Leaks over the libraries that people use in scripting languages and Java, and programs that close well."""
from leaky import Leaky, PYTHON, READ, UNREAD

NODE = ("node", "{file}")
EITHER = READ + UNREAD
UPGRADES = tuple(b"GET /%s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n" % word
                 for word in (b"forget", b"close"))
GETS = tuple(b"GET /%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % word for word in (b"forget", b"close"))
KEEPS = tuple(b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % word for word in (b"forget", b"close"))
CLIENT = """
const url = "http://127.0.0.1:" + process.argv[2];
const kept = [];
let seen = 0;
function done() {
  if (++seen === 8) setTimeout(() => console.log("ready"), 300);
}
process.stdin.on("end", () => process.exit(0)).resume();
"""


def node_client(name, text, class_name="fin-unread", reasons=UNREAD, packages=(), **more):
    return Leaky(name, "client.js", NODE, CLIENT + text, class_name, reasons, unseen=True, packages=packages, **more)


def node_server(name, text, words, packages=(), **more):
    return Leaky(name, "server.js", NODE, text + """
process.stdin.on("end", () => process.exit(0)).resume();
let served = 0;
function done() {
  if (++served === 8) console.log("ready");
}
""", "eof-unclosed or fin-unread", EITHER, words=words, packages=packages, unseen=True, **more)


PROGRAMS = [
    # "If a 'response' event handler is added, then the data must be consumed."
    node_client("node_http_unread", """
for (let i = 0; i < 4; i++)
  require("http").get(url + "/large", (response) => { kept.push(response); done(); }); // HERE
for (let i = 0; i < 4; i++)
  require("http").get(url + "/large", (response) => { response.resume().on("end", done); });
"""),

    # "agent.destroy()": node ends idle connections itself, once the server has.
    node_client("node_agents_well", """
for (let i = 0; i < 8; i++) {
  const agent = new (require("http").Agent)({ keepAlive: true });
  kept.push(agent);
  require("http").get(url + "/keep", { agent }, (response) => { response.resume().on("end", done); });
}
""", leaks=0),

    # undici: "it is important to always either consume or cancel the response body".
    node_client("node_undici_body", """
const { Agent, request } = require("undici");
async function ask(i) {
  const dispatcher = new Agent();
  const { body } = await request(url + "/large", { dispatcher }); // HERE
  if (i < 4) kept.push(body); else { await body.dump({ limit: 1e6 }); await dispatcher.close(); }
  done();
}
for (let i = 0; i < 8; i++) ask(i);
""", class_name="fin-unread or eof-unclosed", reasons=EITHER, packages=("undici",)),

    node_client("node_fetch_body", """
async function ask(i) {
  const answer = await fetch(url + "/large"); // HERE
  if (i < 4) kept.push(answer); else await answer.body.cancel();
  done();
}
for (let i = 0; i < 8; i++) ask(i);
"""),

    node_client("node_axios_stream", """
async function ask(i) {
  const answer = await require("axios").get(url + "/large", { responseType: "stream" }); // HERE
  if (i < 4) kept.push(answer); else answer.data.destroy();
  done();
}
for (let i = 0; i < 8; i++) ask(i);
""", packages=("axios",)),

    node_client("node_superagent", """
const superagent = require("superagent");
for (let i = 0; i < 8; i++) {
  const request = superagent.get(url + "/large").buffer(false).parse((response, next) => {
    if (i < 4) kept.push(response.pause()); else { response.resume().on("end", () => next()); }
    done();
  });
  request.end(() => 0); // HERE
}
""", packages=("superagent",)),

    # Sockets of http.Server stay half open when they are upgraded.
    node_server("node_upgrade", """
const http = require("http");
const kept = new Map();
const server = http.createServer();
server.on("upgrade", (request, socket) => { // HERE
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: chat\\r\\n\\r\\n");
  socket.on("error", () => 0).resume();
  if (request.url === "/forget") kept.set(kept.size, socket);
  else socket.on("end", () => socket.end());
  done();
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
""", UPGRADES),

    # ws with noServer: who refuses an upgrade must destroy its socket.
    node_server("node_ws_refused", """
const { WebSocketServer } = require("ws");
const sockets = new WebSocketServer({ noServer: true });
const kept = [];
const server = require("http").createServer();
server.on("upgrade", (request, socket, head) => { // HERE
  socket.write("HTTP/1.1 401 Unauthorized\\r\\n\\r\\n");
  socket.on("error", () => 0);
  if (request.url === "/forget") kept.push(socket); else socket.destroy();
  done();
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
""", UPGRADES, packages=("ws",)),

    # A handler of express that never answers: node closes when the visitor has gone.
    node_server("node_express_well", """
const app = require("express")();
const kept = [];
app.get("/forget", (request, response) => { kept.push(response); done(); });
app.get("/close", (request, response) => { response.send("page"); done(); });
const server = app.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
""", GETS, packages=("express",), leaks=0),

    # An express route that asks another server and drops the answer.
    Leaky("node_express_upstream", "server.js", NODE, """
const http = require("http");
const app = require("express")();
const kept = [];
let served = 0;
app.get("/:what", function show(request, response) {
  http.get("http://127.0.0.1:" + process.argv[2] + "/large", (upstream) => { // HERE
    if (request.params.what === "forget") kept.push(upstream); else upstream.resume();
    response.send("page");
    if (++served === 8) setTimeout(() => console.log("ready"), 300);
  });
});
const server = app.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
""", "fin-unread", UNREAD, words=GETS, packages=("express",), unseen=True),

    # A tunnel that lets go of the client only.
    Leaky("node_tunnel", "server.js", NODE, """
const net = require("net");
const kept = [];
let served = 0;
const server = net.createServer((client) => {
  client.once("data", (word) => {
    const upstream = net.connect({ port: Number(process.argv[2]), host: "127.0.0.1", allowHalfOpen: true }); // HERE
    upstream.write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");
    upstream.on("data", () => 0).on("end", () => {
      client.destroy();
      if (String(word) === "close\\n") upstream.destroy(); else kept.push(upstream);
      if (++served === 8) console.log("ready");
    });
  });
  client.on("error", () => 0);
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
""", "eof-unclosed", READ),

    # httpx: "client.stream(...)" in a with statement, or response.close().
    Leaky("python_httpx_stream", "client.py", PYTHON, """
import httpx, sys
client = httpx.Client(trust_env=False)
def fetch():
    request = client.build_request("GET", f"http://127.0.0.1:{sys.argv[1]}/large")
    return client.send(request, stream=True)  # HERE
kept = [fetch() for _ in range(4)]
for _ in range(4):
    fetch().close()
print("ready", flush=True)
sys.stdin.read()
""", "fin-unread", UNREAD, unseen=True, modules=("httpx",)),

    # redis-py: a connection that was taken from the pool and not given back.
    Leaky("python_redis_pool", "client.py", PYTHON, """
import redis, sys
pool = redis.ConnectionPool(host="127.0.0.1", port=int(sys.argv[1]))
def take():
    connection = pool.get_connection("PING")  # HERE
    connection.send_command("PING")
    connection.read_response()
    return connection
kept = [take() for _ in range(4)]
for _ in range(4):
    take().disconnect()
print("ready", flush=True)
sys.stdin.read()
""", "fin-unread", UNREAD, unseen=True, modules=("redis",)),

    Leaky("python_aiohttp_session", "client.py", PYTHON, """
import aiohttp, asyncio, sys
async def fetch(session):
    return await session.get(f"http://127.0.0.1:{sys.argv[1]}/large")  # HERE
async def main():
    session = aiohttp.ClientSession(read_bufsize=1024)
    kept = [await fetch(session) for _ in range(4)]
    for _ in range(4):
        (await fetch(session)).close()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
""", "fin-unread", UNREAD, unseen=True, modules=("aiohttp",)),

    # The sockets of a well-written server and of its clients.
    Leaky("python_http_server_well", "server.py", PYTHON, """
import http.server, sys, threading, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    count = 0
    def do_GET(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/large") as answer:
            answer.read()
        self.send_response(200)
        self.end_headers()
        Handler.count += 1
        if Handler.count == 8:
            print("ready", flush=True)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("port", server.server_port, flush=True)
sys.stdin.read()
server.shutdown()
server.server_close()
""", "eof-unclosed", READ, words=GETS, leaks=0),

    # A servlet of WEBrick that asks another server.
    Leaky("ruby_webrick_upstream", "server.rb", ("ruby", "{file}"), """
require "webrick"
require "socket"
$stdout.sync = true
$kept = []
$served = 0
class Status < WEBrick::HTTPServlet::AbstractServlet
  def do_GET(request, response)
    upstream = TCPSocket.new("127.0.0.1", ARGV[0].to_i)
    upstream.write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    response.body = upstream.read # HERE
    request.path == "/forget" ? $kept << upstream : upstream.close
    puts "ready" if ($served += 1) == 8
  end
end
server = WEBrick::HTTPServer.new(BindAddress: "127.0.0.1", Port: 0, AccessLog: [],
                                 Logger: WEBrick::Log.new(File::NULL))
server.mount("/", Status)
puts "port #{server.listeners[0].addr[1]}"
Thread.new { server.start }
$stdin.read
""", "eof-unclosed", READ, words=GETS),

    # URI.open() gives what has been read; the connection is closed.
    Leaky("ruby_open_uri_well", "client.rb", ("ruby", "{file}"), """
require "open-uri"
$kept = 8.times.map { URI.open("http://127.0.0.1:#{ARGV[0]}/large") }
puts "ready"
$stdout.flush
$stdin.read
""", "eof-unclosed", READ, leaks=0),

    # Net::HTTP keeps the connection until finish.
    Leaky("ruby_net_http_keep", "client.rb", ("ruby", "{file}"), """
require "net/http"
$stdout.sync = true
def fetch(port)
  http = Net::HTTP.new("127.0.0.1", port)
  http.keep_alive_timeout = 30
  http.start # HERE
  http.get("/keep")
  http
end
$kept = 4.times.map { fetch(ARGV[0].to_i) }
4.times { fetch(ARGV[0].to_i).finish }
puts "ready"
$stdin.read
""", "fin-unread", UNREAD, unseen=True),

    # A handle of curl keeps its connection.
    Leaky("php_curl_handle", "client.php", ("php", "{file}"), """
<?php
function fetch($port) {
    $handle = curl_init("http://127.0.0.1:$port/keep");
    curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
    curl_exec($handle); // HERE
    return $handle;
}
$kept = [];
for ($i = 0; $i < 4; $i++)
    $kept[] = fetch($argv[1]);
for ($i = 0; $i < 4; $i++)
    fetch($argv[1]);
echo "ready\\n";
flush();
fgets(STDIN);
""".lstrip(), "fin-unread", UNREAD, unseen=True),

    # ext/sockets: in an array, without socket_close().
    Leaky("php_sockets_server", "server.php", ("php", "{file}"), """
<?php
$server = stream_socket_server("tcp://127.0.0.1:0");
echo "port ", explode(":", stream_socket_get_name($server, false))[1], "\\n";
$kept = [];
for ($i = 0; $i < 8; $i++) {
    $client = stream_socket_accept($server);
    $word = fgets($client);
    stream_get_contents($client); // HERE
    if ($word === "forget\\n")
        $kept[] = $client;
    else
        fclose($client);
}
echo "ready\\n";
fgets(STDIN);
""".lstrip(), "eof-unclosed", READ),

    # file_get_contents() and SoapClient's like close what they open.
    Leaky("php_file_get_contents_well", "client.php", ("php", "{file}"), """
<?php
for ($i = 0; $i < 8; $i++)
    $kept[] = file_get_contents("http://127.0.0.1:$argv[1]/large");
echo "ready\\n";
fgets(STDIN);
""".lstrip(), "eof-unclosed", READ, leaks=0),

    # IO::Select: removed from the set, and not closed.
    Leaky("perl_select_server", "server.pl", ("perl", "{file}"), """
use strict; use warnings; use IO::Socket::INET; use IO::Select;
$| = 1;
my $server = IO::Socket::INET->new(Listen => 16, LocalAddr => "127.0.0.1") or die;
print "port ", $server->sockport, "\\n";
my ($select, $served, %kept, %word) = (IO::Select->new($server), 0);
while ($served < 8) {
    for my $ready ($select->can_read) {
        if ($ready == $server) { $select->add(scalar $server->accept); next }
        if (sysread($ready, my $text, 100)) { # HERE
            $word{$ready} .= $text;
            next;
        }
        $select->remove($ready);
        $served++;
        if ($word{$ready} eq "forget\\n") { $kept{$ready} = $ready } else { close $ready }
    }
}
print "ready\\n";
<STDIN>;
""", "eof-unclosed", READ),

    # A handle that has stopped to read gets no end: destroy() is wanted.
    Leaky("perl_anyevent", "server.pl", ("perl", "{file}"), """
use strict; use warnings; use AnyEvent; use AnyEvent::Socket; use AnyEvent::Handle;
$| = 1;
my (%kept, $served);
my $guard = tcp_server "127.0.0.1", 0, sub {
    my $handle = AnyEvent::Handle->new(fh => $_[0], on_error => sub { $_[0]->destroy });
    $kept{$handle} = $handle;
    $handle->push_read(line => sub {
        my ($handle, $word) = @_;
        $handle->push_write("hello\\n"); # HERE
        $handle->stop_read;
        delete($kept{$handle})->destroy if $word eq "close";
        print "ready\\n" if ++$served == 8;
    });
}, sub {
    my (undef, undef, $port) = @_;
    AE::postpone { print "port $port\\n" }; # it does not listen yet
    return 8;
};
my $end = AnyEvent->condvar;
my $input = AnyEvent->io(fh => \\*STDIN, poll => "r", cb => sub { sysread STDIN, my $text, 1 or $end->send });
$end->recv;
""", "fin-unread or error-unclosed", EITHER, unseen=True,
          build=("perl", "-c", "{file}")),

    # HTTP::Tiny keeps one connection.
    Leaky("perl_http_tiny", "client.pl", ("perl", "{file}"), """
use strict; use warnings; use HTTP::Tiny;
$| = 1;
my @kept;
for my $i (1 .. 8) {
    my $agent = HTTP::Tiny->new(keep_alive => 1);
    $agent->get("http://127.0.0.1:$ARGV[0]/keep")->{success} or exit 2; # HERE
    push @kept, $agent if $i <= 4;
}
print "ready\\n";
<STDIN>;
""", "fin-unread", UNREAD, unseen=True, parted=True),

    # URLConnection: the stream of an answer that nobody reads.
    Leaky("java_url_stream", "Client.java", ("java", "-Xint", "{file}"), """
import java.io.*;
import java.net.*;
import java.util.*;
public class Client {
    static InputStream fetch(int port) throws Exception {
        return new URL("http://127.0.0.1:" + port + "/middling").openStream(); // HERE
    }
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        List<Object> kept = new ArrayList<>();
        for (int i = 0; i < 4; i++)
            kept.add(fetch(port));
        for (int i = 0; i < 4; i++)
            fetch(port).close();
        System.out.println("ready");
        System.in.read();
        System.out.println(kept.size());
    }
}
""", "fin-unread", UNREAD, unseen=True),

    # A selector: the key is cancelled, the channel stays.
    Leaky("java_selector_cancel", "Server.java", ("java", "-Xint", "{file}"), """
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
import java.util.*;
public class Server {
    static final List<Object> kept = new ArrayList<>();
    static int served;
    static void read(SelectionKey key) throws Exception {
        SocketChannel channel = (SocketChannel) key.channel();
        ByteBuffer buffer = ByteBuffer.allocate(100);
        int got = channel.read(buffer); // HERE
        if (got > 0) {
            key.attach(buffer.get(0));
            return;
        }
        if (key.attachment().equals((byte) 'f')) {
            key.cancel();
            kept.add(channel);
        } else {
            channel.close();
        }
        if (++served == 8)
            System.out.println("ready");
    }
    public static void main(String[] arguments) throws Exception {
        Selector selector = Selector.open();
        ServerSocketChannel listener = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
        System.out.println("port " + ((InetSocketAddress) listener.getLocalAddress()).getPort());
        Thread end = new Thread(() -> {
            try { while (System.in.read() >= 0) { } } catch (Exception e) { }
            System.exit(0);
        });
        end.start();
        while (selector.select() >= 0) {
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isAcceptable()) {
                    SocketChannel channel = listener.accept();
                    channel.configureBlocking(false);
                    channel.register(selector, SelectionKey.OP_READ);
                } else {
                    read(key);
                }
            }
            selector.selectedKeys().clear();
        }
    }
}
""", "eof-unclosed", READ),

    # java.net.http: the body as a stream that nobody reads or closes.
    Leaky("java_http_stream", "Client.java", ("java", "-Xint", "{file}"), """
import java.io.*;
import java.net.*;
import java.net.http.*;
import java.util.*;
public class Client {
    static final HttpClient client = HttpClient.newHttpClient();
    static InputStream fetch(int port) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/middling")).build();
        return client.send(request, HttpResponse.BodyHandlers.ofInputStream()).body(); // HERE
    }
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        List<Object> kept = new ArrayList<>();
        for (int i = 0; i < 4; i++)
            kept.add(fetch(port));
        for (int i = 0; i < 4; i++)
            fetch(port).close();
        System.out.println("ready");
        System.in.read();
        System.out.println(kept.size());
    }
}
""", "fin-unread or eof-unclosed", EITHER),

    # A servlet of Tomcat that asks another server.
    Leaky("java_tomcat_upstream", "Server.java", ("java", "-cp", "/usr/share/java/*", "{file}"), """
import java.io.*;
import java.net.*;
import java.util.*;
import javax.servlet.http.*;
import org.apache.catalina.*;
import org.apache.catalina.startup.Tomcat;
public class Server {
    static final List<Socket> kept = Collections.synchronizedList(new ArrayList<>());
    static final java.util.concurrent.atomic.AtomicInteger served = new java.util.concurrent.atomic.AtomicInteger();
    static int port;
    public static class Status extends HttpServlet {
        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Socket upstream = new Socket("127.0.0.1", port);
            upstream.getOutputStream().write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n".getBytes());
            upstream.getInputStream().readAllBytes(); // HERE
            if (request.getRequestURI().equals("/forget"))
                kept.add(upstream);
            else
                upstream.close();
            if (served.incrementAndGet() == 8)
                System.out.println("ready");
        }
    }
    public static void main(String[] arguments) throws Exception {
        port = Integer.parseInt(arguments[0]);
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(".");
        tomcat.setPort(0);
        Context context = tomcat.addContext("", new File(".").getAbsolutePath());
        Tomcat.addServlet(context, "status", new Status());
        context.addServletMappingDecoded("/*", "status");
        tomcat.start();
        System.out.println("port " + tomcat.getConnector().getLocalPort());
        System.in.read();
        tomcat.stop();
        System.exit(0);
    }
}
""", "eof-unclosed", READ, words=GETS),
    # An ES module: node knows it by a URL.
    Leaky("node_module", "client.mjs", NODE, """
import http from "node:http";
const kept = [];
const url = "http://127.0.0.1:" + process.argv[2] + "/large";
const ask = (keep) => new Promise((resolve) => {
  http.get(url, (response) => { // HERE
    if (keep) kept.push(response); else response.resume();
    resolve();
  });
});
for (let i = 0; i < 8; i++) await ask(i < 4);
process.stdin.on("end", () => process.exit(0)).resume();
setTimeout(() => console.log("ready"), 300);
""", "fin-unread", UNREAD, unseen=True),

    # pauseOnConnect: the socket waits for a resume() that never comes.
    Leaky("node_pause_on_connect", "server.js", NODE, """
const net = require("net");
const kept = new Set();
let served = 0;
function park(socket) {
  kept.add(socket);
  socket.setNoDelay(true);
}
const server = net.createServer({ pauseOnConnect: true }, (socket) => { // HERE
  if (served < 4) park(socket); else socket.on("data", () => socket.destroy()).resume();
  if (++served === 8) setTimeout(() => console.log("ready"), 300);
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
""", "fin-unread", UNREAD, unseen=True),

    # A class with a private method, in a worker thread.
    Leaky("node_worker", "client.js", NODE, """
const { Worker, isMainThread, workerData, parentPort } = require("worker_threads");
if (isMainThread) {
  const worker = new Worker(__filename, { workerData: process.argv[2] });
  worker.on("message", () => console.log("ready"));
  process.stdin.on("end", () => process.exit(0)).resume();
} else {
  const http = require("http");
  class Poller {
    kept = [];
    #ask(keep) {
      http.get("http://127.0.0.1:" + workerData + "/large", (response) => { // HERE
        if (keep) this.kept.push(response); else response.resume();
      });
    }
    poll() { for (let i = 0; i < 8; i++) this.#ask(i < 4); }
  }
  const poller = new Poller();
  poller.poll();
  setTimeout(() => parentPort.postMessage("ready"), 1000);
  setInterval(() => poller, 1000);
}
""", "fin-unread", UNREAD, unseen=True),

    # asyncio: a protocol that keeps its transport open at EOF.
    Leaky("python_protocol", "server.py", PYTHON, """
import asyncio, sys
kept, count = [], 0
class Chat(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.word = b""
    def data_received(self, data): # HERE
        self.word += data
    def eof_received(self): # HERE
        global count
        count += 1
        if count == 8:
            print("ready", flush=True)
        if self.word == b"forget\\n":
            kept.append(self.transport)
            return True
        self.transport.close()
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Chat, "127.0.0.1", 0) # HERE
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
asyncio.run(main())
""", "eof-unclosed", READ,
          fix="Call transport.close() when eof_received() is called: Chat."),

    # asyncio.open_connection(): read to its end, and no writer.close().
    Leaky("python_open_connection", "client.py", PYTHON, """
import asyncio, sys
async def fetch():
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1])) # HERE
    writer.write(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")  # HERE
    await reader.read() # HERE
    return writer
async def main():
    kept = [await fetch() for _ in range(4)]
    for _ in range(4):
        writer = await fetch()
        writer.close()
        await writer.wait_closed()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
""", "eof-unclosed", READ),

    # What has ended only leaves the selector.
    Leaky("python_selectors", "server.py", PYTHON, """
import selectors, socket, sys, threading
selector, kept, served = selectors.DefaultSelector(), [], 0
listener = socket.create_server(("127.0.0.1", 0), backlog=16)
words = {}
def accept(_):
    client, _ = listener.accept()
    words[client] = b""
    selector.register(client, selectors.EVENT_READ, read)
def read(client):
    global served
    data = client.recv(100) # HERE
    if data:
        words[client] += data
        return
    selector.unregister(client)
    served += 1
    if words[client] == b"close\\n":
        client.close()
    else:
        kept.append(client)
    if served == 8:
        print("ready", flush=True)
selector.register(listener, selectors.EVENT_READ, accept)
print("port", listener.getsockname()[1], flush=True)
def loop():
    while True:
        for key, _ in selector.select():
            key.data(key.fileobj)
threading.Thread(target=loop, daemon=True).start()
sys.stdin.read()
""", "eof-unclosed", READ),

    # A generator that is never exhausted holds the answer.
    Leaky("python_generator", "client.py", PYTHON, """
import sys, urllib.request
def lines():
    answer = urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/middling") # HERE
    with answer:
        while chunk := answer.read(100):
            yield chunk
kept = [lines() for _ in range(4)]
for one in kept:
    next(one)
for _ in range(4):
    for _ in lines():
        pass
print("ready", flush=True)
sys.stdin.read()
""", "fin-unread", UNREAD, unseen=True, fix="the generator lines() (client.py:4), called by <module>"),

    # IO.select over sockets in a hash; a closed one only leaves it.
    Leaky("ruby_select", "server.rb", ("ruby", "{file}"), """
require "socket"
$stdout.sync = true
server = TCPServer.new("127.0.0.1", 0)
puts "port #{server.addr[1]}"
words, kept, served = {}, [], 0
serve = lambda do |client|
  words[client] << client.readpartial(100) # HERE
rescue EOFError
  words.delete(client) == "forget\\n" ? kept << client : client.close
  served += 1
end
until served == 8
  ready, = IO.select([server, *words.keys])
  ready.each { |one| one == server ? words[server.accept] = +"" : serve.(one) }
end
puts "ready"
$stdin.read
""", "eof-unclosed", READ),

    # A fiber that is never resumed holds the connection; methods by define_method.
    Leaky("ruby_fiber", "client.rb", ("ruby", "{file}"), """
require "socket"
$stdout.sync = true
class Feed
  %w[first second].each do |name|
    define_method(name) do |port|
      Fiber.new do
        socket = TCPSocket.new("127.0.0.1", port)
        socket.write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
        Fiber.yield socket.read # HERE
        socket.close
      end
    end
  end
end
$kept = 4.times.map { Feed.new.first(ARGV[0].to_i) }.each(&:resume)
4.times { Feed.new.second(ARGV[0].to_i).then { |fiber| fiber.resume; fiber.resume } }
puts "ready"
$stdin.read
""", "eof-unclosed", READ),

    # stream_select(): what has ended only leaves the array.
    Leaky("php_select", "server.php", ("php", "{file}"), """
<?php
class Server {
    private array $clients = [], $words = [], $kept = [];
    public int $served = 0;
    function run($listener) {
        while ($this->served < 8) {
            $ready = [$listener, ...$this->clients];
            $none = null;
            stream_select($ready, $none, $none, 10);
            foreach ($ready as $one)
                $one === $listener ? $this->accept($one) : $this->read($one);
        }
    }
    private function accept($listener) {
        $client = stream_socket_accept($listener);
        $this->clients[(int)$client] = $client;
        $this->words[(int)$client] = "";
    }
    private function read($client) {
        $data = fread($client, 100); // HERE
        if ($data !== "") {
            $this->words[(int)$client] .= $data;
            return;
        }
        unset($this->clients[(int)$client]);
        if ($this->words[(int)$client] === "forget\\n")
            $this->kept[] = $client;
        else
            fclose($client);
        $this->served++;
    }
}
$listener = stream_socket_server("tcp://127.0.0.1:0");
echo "port ", explode(":", stream_socket_get_name($listener, false))[1], "\\n";
$server = new Server;
$server->run($listener);
echo "ready\\n";
fgets(STDIN);
""".lstrip(), "eof-unclosed", READ),

    # ext/sockets, in a generator.
    Leaky("php_sockets_client", "client.php", ("php", "{file}"), """
<?php
function fetch(int $port) {
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_connect($socket, "127.0.0.1", $port);
    socket_write($socket, "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");
    while (($data = socket_read($socket, 8192)) !== "") // HERE
        yield $data;
    yield $socket;
}
$kept = [];
for ($i = 0; $i < 8; $i++) {
    foreach (fetch($argv[1]) as $last);
    if ($i < 4)
        $kept[] = $last;
    else
        socket_close($last);
}
unset($last);
echo "ready\\n";
fgets(STDIN);
""".lstrip(), "eof-unclosed", READ),

    # HTTP::Daemon: get_request() returns undef, and the connection is in a list.
    Leaky("perl_daemon", "server.pl", ("perl", "{file}"), """
use strict; use warnings; use HTTP::Daemon;
$| = 1;
my $daemon = HTTP::Daemon->new(LocalAddr => "127.0.0.1") or die;
print "port ", $daemon->sockport, "\\n";
my @kept;
sub serve {
    my ($client) = @_;
    my $path = "";
    while (my $request = $client->get_request) { # HERE
        $path = $request->uri->path;
    }
    if ($path eq "/forget") { push @kept, $client } else { $client->close }
}
serve(scalar $daemon->accept) for 1 .. 8;
print "ready\\n";
<STDIN>;
""", "eof-unclosed", READ, words=KEEPS),

    # Apache's HttpClient: "the response must be closed or consumed".
    Leaky("java_apache_client", "Client.java", ("java", "-Xint", "-cp", "/usr/share/java/*", "{file}"), """
import java.util.*;
import org.apache.http.client.methods.*;
import org.apache.http.impl.client.*;
public class Client {
    static final CloseableHttpClient client = HttpClients.custom().setMaxConnPerRoute(8).build();
    static CloseableHttpResponse fetch(int port) throws Exception {
        return client.execute(new HttpGet("http://127.0.0.1:" + port + "/middling")); // HERE
    }
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        List<Object> kept = new ArrayList<>();
        for (int i = 0; i < 4; i++)
            kept.add(fetch(port));
        for (int i = 0; i < 4; i++)
            fetch(port).close();
        System.out.println("ready");
        System.in.read();
        System.out.println(kept.size());
    }
}
""", "fin-unread", UNREAD, unseen=True),

    # AsynchronousSocketChannel: completed() with -1, and no close().
    Leaky("java_asynchronous", "Server.java", ("java", "-Xint", "{file}"), """
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
import java.util.*;
import java.util.concurrent.atomic.*;
public class Server {
    static final List<Object> kept = Collections.synchronizedList(new ArrayList<>());
    static final AtomicInteger served = new AtomicInteger();
    static void read(AsynchronousSocketChannel channel, ByteBuffer buffer) {
        channel.read(buffer, null, new CompletionHandler<Integer, Void>() { // HERE
            public void completed(Integer got, Void nothing) {
                if (got >= 0) {
                    read(channel, buffer); // HERE
                    return;
                }
                if (buffer.get(0) == 'f')
                    kept.add(channel);
                else
                    try { channel.close(); } catch (Exception e) { }
                if (served.incrementAndGet() == 8)
                    System.out.println("ready");
            }
            public void failed(Throwable failure, Void nothing) { }
        });
    }
    public static void main(String[] arguments) throws Exception {
        AsynchronousServerSocketChannel listener = AsynchronousServerSocketChannel.open()
            .bind(new InetSocketAddress("127.0.0.1", 0));
        System.out.println("port " + ((InetSocketAddress) listener.getLocalAddress()).getPort());
        for (int i = 0; i < 8; i++)
            read(listener.accept().get(), ByteBuffer.allocate(100)); // HERE
        System.in.read();
        System.exit(0);
    }
}
""", "eof-unclosed", READ, parted=True),

    # netty: autoRead is off, and the handler forgets to ask for more.
    Leaky("java_netty_paused", "Server.java", ("java", "-Xint", "-cp", "/usr/share/java/*", "{file}"), """
import io.netty.bootstrap.*;
import io.netty.buffer.*;
import io.netty.channel.*;
import io.netty.channel.nio.*;
import io.netty.channel.socket.nio.*;
import java.net.*;
import java.util.*;
import java.util.concurrent.atomic.*;
public class Server {
    static final List<Object> kept = Collections.synchronizedList(new ArrayList<>());
    static final AtomicInteger served = new AtomicInteger();
    static class Chat extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            byte first = ((ByteBuf) message).getByte(0);
            ((ByteBuf) message).release();
            if (first == 'f') {
                context.channel().config().setAutoRead(false);
                kept.add(context);
            } else {
                context.close(); // HERE
            }
            if (served.incrementAndGet() == 8)
                System.out.println("ready");
        }
    }
    public static void main(String[] arguments) throws Exception {
        Channel listener = new ServerBootstrap().group(new NioEventLoopGroup(1), new NioEventLoopGroup(1))
            .channel(NioServerSocketChannel.class)
            .childHandler(new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Chat());
                }
            }).bind("127.0.0.1", 0).sync().channel();
        System.out.println("port " + ((InetSocketAddress) listener.localAddress()).getPort());
        System.in.read();
        System.exit(0);
    }
}
""", "fin-unread or eof-unclosed", EITHER, unseen=True,
          # netty pauses reading in its own loop, later: only the source shows who asked for that.
          fix="after the setAutoRead(false) at Server.java:19"),
]
