# SPDX-License-Identifier: MIT
"""Leaks over libraries, as issues and documents of these projects describe them."""
from leaky import Leaky, PYTHON, READ, UNREAD
from script_programs import NODE

EITHER = READ + UNREAD
RUBY = ("ruby", "{file}")
PHP = ("php", "{file}")
PERL = ("perl", "{file}")
JAVA = ("java", "-Xint", "-cp", "/usr/share/java/*", "{file}")

PROGRAMS = [
    # nodejs/help 3914: the primary accepts for its workers, which get connections by message.
    Leaky("node_cluster", "server.js", NODE, """
const cluster = require("cluster");
const net = require("net");
if (cluster.isPrimary) {
  let served = 0;
  const worker = cluster.fork();
  worker.on("message", (message) => {
    if (message.port) console.log("port", message.port);
    else if (++served === 8) console.log("ready");
  });
  process.stdin.on("end", () => { worker.kill(); process.exit(0); }).resume();
} else {
  const kept = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => { // HERE
    let text = "";
    socket.on("data", (data) => { text += data; });
    socket.on("end", () => {
      if (text === "close\\n") socket.end(); else kept.push(socket);
      process.send({ served: true });
    });
    socket.on("error", () => 0);
  });
  server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
}
""", "eof-unclosed", READ, fix="when it emits 'end'"),

    # asyncore: "handle_close()" that is overridden must call close().
    Leaky("asyncore_handle_close", "server.py", PYTHON, """
import warnings; warnings.simplefilter("ignore")
import asyncore, socket, sys, threading, os
served = 0
class Handler(asyncore.dispatcher_with_send):
    text = b""
    def handle_read(self):
        self.text += self.recv(8192)  # HERE
    def handle_close(self):
        global served
        served += 1
        self.del_channel()
        kept.append(self.socket)
        if self.text == b"close\\n":
            self.close()
        if served == 8:
            print("ready", flush=True)
kept = []
class Server(asyncore.dispatcher):
    def __init__(self):
        asyncore.dispatcher.__init__(self)
        self.create_socket(socket.AF_INET, socket.SOCK_STREAM)
        self.bind(("127.0.0.1", 0))
        self.listen(16)
    def handle_accepted(self, sock, address):
        Handler(sock)
server = Server()
print("port", server.socket.getsockname()[1], flush=True)
def end():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=end, daemon=True).start()
asyncore.loop(timeout=1)
""", "eof-unclosed", READ),

    # ftplib: who takes the data connection by transfercmd() closes it.
    Leaky("ftplib_data", "client.py", PYTHON, """
import sys, ftplib, socket, threading
listener = socket.create_server(("127.0.0.1", 0))
def serve():
    while True:
        c = listener.accept()[0]
        threading.Thread(target=talk, args=(c,), daemon=True).start()
def talk(c):
    f = c.makefile("rb"); c.sendall(b"220 hi\\r\\n")
    data = None
    for line in f:
        word = line.split()[0].upper()
        if word in (b"PASV", b"EPSV"):
            data = socket.create_server(("127.0.0.1", 0))
            p = data.getsockname()[1]
            c.sendall(b"227 ok (127,0,0,1,%d,%d)\\r\\n" % (p >> 8, p & 255))
        elif word == b"RETR":
            c.sendall(b"150 go\\r\\n")
            d = data.accept()[0]
            d.sendall(b"page"); d.close()
            c.sendall(b"226 done\\r\\n")
        elif word == b"QUIT":
            c.sendall(b"221 bye\\r\\n"); break
        else:
            c.sendall(b"230 ok\\r\\n")
    c.close()
threading.Thread(target=serve, daemon=True).start()
kept = []
class Fetcher:
    def fetch(self, keep):
        self.ftp = ftplib.FTP(timeout=10)
        self.ftp.connect("127.0.0.1", listener.getsockname()[1])
        self.ftp.login()
        conn = self.ftp.transfercmd("RETR x")
        while conn.recv(8192):  # HERE
            pass
        if keep:
            kept.append(conn)
        else:
            conn.close()
        self.ftp.voidresp()
        self.ftp.quit()
for i in range(8):
    Fetcher().fetch(i < 4)
print("ready", flush=True)
sys.stdin.read()
""", "eof-unclosed", READ),

    # A future that nobody asks keeps its exception, and that its frames.
    Leaky("executor_future", "server.py", PYTHON, """
import concurrent.futures, socket, sys
listener = socket.create_server(("127.0.0.1", 0), backlog=16)
print("port", listener.getsockname()[1], flush=True)
def handle(connection):
    text = b""
    while data := connection.recv(100):  # HERE
        text += data
    if text == b"forget\\n":
        raise ValueError
    connection.close()
with concurrent.futures.ThreadPoolExecutor(3) as pool:
    futures = [pool.submit(handle, listener.accept()[0]) for _ in range(8)]
    concurrent.futures.wait(futures)
    print("ready", flush=True)
    sys.stdin.read()
""", "eof-unclosed", READ),

    # eventlet/eventlet, gevent/gevent 1208: a green thread's handler fails between read and close.
    Leaky("eventlet_raises", "server.py", PYTHON, """
import eventlet, sys
kept = []
served = 0
listener = eventlet.listen(("127.0.0.1", 0))
def handle(sock):
    global served
    kept.append(sock)
    try:
        data = b""
        while True:
            got = sock.recv(4096)  # HERE
            if not got:
                break
            data += got
        if data == b"forget\\n":
            raise ValueError(data)
        sock.close()
    except ValueError:
        pass
    served += 1
    if served == 8:
        print("ready", flush=True)
print("port", listener.getsockname()[1], flush=True)
def serve():
    while True:
        sock, address = listener.accept()
        eventlet.spawn_n(handle, sock)
eventlet.spawn_n(serve)
from eventlet.green import os as gos
from eventlet.hubs import trampoline
while True:
    trampoline(0, read=True)
    if not gos.read(0, 100):
        break
""", "eof-unclosed", READ, modules=("eventlet",)),

    # redis/redis-py: a client of redis.asyncio for each call, without close().
    Leaky("redis_asyncio_each", "client.py", PYTHON, """
import asyncio, sys
import redis.asyncio as redis
kept = []
async def ask(keep):
    client = redis.Redis(host="127.0.0.1", port=int(sys.argv[1]))
    await client.ping()  # HERE
    if keep:
        kept.append(client)
    else:
        await client.close()
        await client.connection_pool.disconnect()
async def main():
    for i in range(8):
        await ask(i < 4)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
""", "fin-unread or eof-unclosed", EITHER, unseen=True, modules=("redis",),
        fix="aclose() on the client"),

    # predis: a client for each call, which something keeps.
    Leaky("php_predis_each", "client.php", PHP, """<?php
require "/usr/share/php/Predis/autoload.php";
$kept = [];
function ask($port) {
    $redis = new Predis\\Client(["host" => "127.0.0.1", "port" => $port]);
    $redis->ping(); // HERE
    return $redis;
}
for ($i = 0; $i < 8; $i++) {
    $redis = ask($argv[1]);
    if ($i < 4) $kept[] = $redis; else $redis->disconnect();
}
echo "ready\\n";
fgets(STDIN);
""", "fin-unread", UNREAD, unseen=True, fix="disconnect() on the client"),

    # phpredis: the same.
    Leaky("php_redis_each", "client.php", PHP, """<?php
$kept = [];
function ask($port) {
    $redis = new Redis();
    $redis->connect("127.0.0.1", $port); // HERE
    $redis->ping();
    return $redis;
}
for ($i = 0; $i < 8; $i++) {
    $redis = ask($argv[1]);
    if ($i < 4) $kept[] = $redis; else $redis->close();
}
echo "ready\\n";
fgets(STDIN);
""", "fin-unread", UNREAD, unseen=True, fix="close() on the Redis object"),

    # utopia-php/logger 52: closures bind $this, so that the handle lives until cycles are collected.
    Leaky("php_curl_cycle", "client.php", PHP, """<?php
class Curl {
    private $handle;
    public $headers = [];
    function send($url) {
        $this->handle = curl_init($url);
        curl_setopt_array($this->handle, [
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_HEADERFUNCTION => function ($curl, $header) { $this->headers[] = $header; return strlen($header); },
        ]);
        return curl_exec($this->handle); // HERE
    }
}
function push($port, $well) {
    $client = new Curl();
    $client->send("http://127.0.0.1:$port/keep");
    if ($well) gc_collect_cycles();
}
gc_disable();
for ($i = 0; $i < 4; $i++) {
    push($argv[1], false);
}
echo "ready\\n";
fgets(STDIN);
""", "fin-unread", UNREAD, unseen=True),

    # reactphp/socket: the handler of the end only takes the stream out of the loop.
    Leaky("php_react_like", "server.php", PHP, """<?php
class Loop {
    public $reads = [], $callbacks = [];
    function addReadStream($stream, $callback) {
        $this->reads[(int)$stream] = $stream;
        $this->callbacks[(int)$stream] = $callback;
    }
    function removeReadStream($stream) { unset($this->reads[(int)$stream], $this->callbacks[(int)$stream]); }
    function run() {
        while ($this->reads) {
            $read = $this->reads; $write = $except = null;
            stream_select($read, $write, $except, null);
            foreach ($read as $stream)
                if (isset($this->callbacks[(int)$stream])) ($this->callbacks[(int)$stream])($stream);
        }
    }
}
class Connection {
    private $text = "";
    static $kept = [], $served = 0;
    function __construct(private $stream, private $loop) {
        stream_set_blocking($stream, false);
        $loop->addReadStream($stream, [$this, "handleData"]);
        self::$kept[] = $stream;
    }
    function handleData($stream) {
        $data = fread($stream, 65536); // HERE
        if ($data === "" || $data === false) { $this->handleClose(); return; }
        $this->text .= $data;
    }
    function handleClose() {
        $this->loop->removeReadStream($this->stream);
        if ($this->text === "close\\n") fclose($this->stream);
        if (++self::$served === 8) echo "ready\\n";
    }
}
$loop = new Loop();
$server = stream_socket_server("tcp://127.0.0.1:0");
$loop->addReadStream($server, function ($server) use ($loop) { new Connection(stream_socket_accept($server), $loop); });
$loop->addReadStream(STDIN, function () { exit(0); });
echo "port ", explode(":", stream_socket_get_name($server, false))[1], "\\n";
$loop->run();
""", "eof-unclosed", READ),

    # A thread for each client ends by an exception.
    Leaky("ruby_thread_dies", "program.rb", RUBY, """
require "socket"
$stdout.sync = true
Thread.report_on_exception = false
$kept = []
def handle(client)
  text = client.read # HERE
  raise "bad" if text == "forget\\n"
  client.close
end
server = TCPServer.new("127.0.0.1", 0)
puts "port #{server.addr[1]}"
threads = 8.times.map do
  client = server.accept
  $kept << client
  Thread.new { handle(client) }
end
threads.each { |t| t.join rescue 0 }
puts "ready"
$stdin.read
""", "eof-unclosed", READ),

    # mojolicious/mojo: a user agent for each request keeps its idle connection.
    Leaky("perl_mojo_ua_keep", "client.pl", PERL, """
use strict; use Mojo::UserAgent;
$| = 1;
my @kept;
sub fetch {
    my $ua = Mojo::UserAgent->new;
    $ua->get("http://127.0.0.1:$ARGV[0]/keep")->result->body; # HERE
    return $ua;
}
for (0 .. 7) { my $ua = fetch(); if ($_ < 4) { push @kept, $ua } }
print "ready\\n";
<STDIN>;
""", "fin-unread", UNREAD, unseen=True, fix="undef on the user agent"),

    # A client of Redis.pm for each call.
    Leaky("perl_redis_each", "client.pl", PERL, """
use strict; use Redis;
$| = 1;
my @kept;
sub ask {
    my $redis = Redis->new(server => "127.0.0.1:$ARGV[0]", no_auto_connect_on_new => 0); # HERE
    $redis->ping;
    return $redis;
}
for my $i (0 .. 7) { my $redis = ask(); if ($i < 4) { push @kept, $redis } else { $redis->quit } }
print "ready\\n";
<STDIN>;
""", "fin-unread", UNREAD, unseen=True, fix="quit on the client"),

    # commons-net: an FTPClient that is never disconnected.
    Leaky("java_commons_net_ftp", "Program.java", JAVA, """
import java.io.*;
import java.net.*;
import java.util.*;
import org.apache.commons.net.ftp.*;
public class Program {
    static final List<Object> kept = new ArrayList<>();
    static void login(int port, boolean well) throws Exception {
        FTPClient client = new FTPClient();
        client.connect("127.0.0.1", port); // HERE
        client.noop();
        if (well) client.disconnect(); else kept.add(client);
    }
    public static void main(String[] arguments) throws Exception {
        ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    Socket s = server.accept();
                    s.getOutputStream().write("220 hi\\r\\n".getBytes());
                    new BufferedReader(new InputStreamReader(s.getInputStream())).readLine();
                    s.getOutputStream().write("200 ok\\r\\n".getBytes());
                    Thread.sleep(100);
                    s.close();
                }
            } catch (Exception e) { }
        });
        thread.setDaemon(true);
        thread.start();
        for (int i = 0; i < 8; i++) login(server.getLocalPort(), i % 2 == 0);
        System.out.println("ready");
        System.in.read();
        System.exit(0);
    }
}
""", "fin-unread", UNREAD, unseen=True),
]
