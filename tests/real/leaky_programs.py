# SPDX-License-Identifier: MIT
"""Leaks that the documents of libraries warn of, each a few lines over the library. A line that
must be named is marked HERE."""
from leaky import Leaky, PYTHON, READ, UNREAD

PROGRAMS = [
    # "Requests cannot release the connection back to the pool unless you consume all the data or
    # call Response.close": stream=True.
    Leaky("requests_stream", "client.py", PYTHON, """
import requests, sys
url = f"http://127.0.0.1:{sys.argv[1]}/"
def fetch():
    return requests.get(url, stream=True)  # HERE
kept = [fetch() for _ in range(4)]
for _ in range(4):
    fetch().close()
print("ready", flush=True)
sys.stdin.read()
""", "fin-unread", UNREAD, unseen=True),

    # urllib3: preload_content=False wants release_conn() or close().
    Leaky("urllib3_no_preload", "client.py", PYTHON, """
import sys, urllib3
url = f"http://127.0.0.1:{sys.argv[1]}/"
pool = urllib3.PoolManager(maxsize=1)
def fetch():
    return pool.request("GET", url, preload_content=False)  # HERE
kept = [fetch() for _ in range(4)]
for _ in range(4):
    fetch().close()
print("ready", flush=True)
sys.stdin.read()
""", "fin-unread", UNREAD, unseen=True),

    # A handler of asyncio.start_server() that returns without writer.close().
    Leaky("asyncio_stream", "server.py", PYTHON, """
import asyncio, sys
kept = []
async def serve(reader, writer):
    word = await reader.readline()
    await reader.read()  # HERE
    if word == b"forget\\n":
        kept.append(writer)
    else:
        writer.close()
    serve.count = getattr(serve, "count", 0) + 1
    if serve.count == 8:
        print("ready", flush=True)
async def main():
    # Half open: else asyncio closes at EOF itself.
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
""", "eof-unclosed", READ,
          # The site is asyncio.run().
          known=("input", "term", "kill", "preload")),

    # socketserver: who overrides shutdown_request() must close.
    Leaky("socketserver_override", "server.py", PYTHON, """
import os, socketserver, sys, threading
served = []
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.word = self.rfile.readline()
        self.rfile.read()  # HERE
        self.server.words[self.request] = self.word
class Server(socketserver.ThreadingTCPServer):
    words = {}
    def shutdown_request(self, request):
        if self.words.get(request) != b"forget\\n":
            super().shutdown_request(request)
        served.append(request)
        if len(served) == 8:
            print("ready", flush=True)
server = Server(("127.0.0.1", 0), Handler)
print("port", server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
""", "eof-unclosed", READ),

    # net.Server with allowHalfOpen: "the socket must be explicitly closed with end()".
    Leaky("node_half_open", "server.js", ("node", "{file}"), """
const net = require("net");
let served = 0;
const kept = [];
const server = net.createServer({ allowHalfOpen: true }, (socket) => { // HERE
  let word = "";
  socket.on("data", (data) => { word += data; });
  socket.on("end", () => {
    if (word.startsWith("forget")) kept.push(socket); else socket.end();
    if (++served === 8) console.log("ready");
  });
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
""", "eof-unclosed", READ,
          fix="when it emits 'end'"),

    # Net::HTTP.start without a block wants finish.
    Leaky("ruby_net_http", "client.rb", ("ruby", "{file}"), """
require "net/http"
port = ARGV[0].to_i
def fetch(port)
  http = Net::HTTP.start("127.0.0.1", port)
  http.instance_variable_get(:@socket).io.write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
  http
end
$kept = 4.times.map { fetch(port) }
4.times { fetch(port).finish }
puts "ready"
STDOUT.flush
STDIN.read
""", "fin-unread", UNREAD, unseen=True),

    # feof() is true; fclose() is still wanted.
    Leaky("php_stream", "client.php", ("php", "{file}"), """
<?php
$kept = [];
for ($i = 0; $i < 8; $i++) {
    $stream = stream_socket_client("tcp://127.0.0.1:$argv[1]");
    fwrite($stream, "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");
    while (!feof($stream))
        fread($stream, 8192);
    if ($i < 4)
        $kept[] = $stream;
    else
        fclose($stream);
}
echo "ready\\n";
flush();
fgets(STDIN);
""".lstrip(), "eof-unclosed", READ),

    # A socket in a hash that outlives its connection.
    Leaky("perl_io_socket", "client.pl", ("perl", "{file}"), """
use strict; use warnings; use IO::Socket::INET;
$| = 1;
my %kept;
for my $i (1 .. 8) {
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die $!;
    print $socket "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n";
    $socket->flush;
    1 while sysread($socket, my $buffer, 8192);
    $kept{$i} = $socket if $i <= 4;
}
print "ready\\n";
<STDIN>;
""", "eof-unclosed", READ, parted=True),

    # HttpURLConnection: an answer of 500 has an error stream, which nobody reads.
    Leaky("java_error_stream", "Client.java", ("java", "-Xint", "{file}"), """
import java.net.*;
import java.util.*;
public class Client {
    static HttpURLConnection fetch(int port) throws Exception {
        HttpURLConnection connection = (HttpURLConnection)
            new URL("http://127.0.0.1:" + port + "/broken").openConnection();
        connection.getResponseCode();
        return connection;
    }
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        List<Object> kept = new ArrayList<>();
        for (int i = 0; i < 4; i++)
            kept.add(fetch(port));
        for (int i = 0; i < 4; i++)
            fetch(port).disconnect();
        System.out.println("ready");
        System.in.read();
        System.out.println(kept.size());
    }
}
""", "fin-unread", UNREAD),

    # http.client: the answer is not read, the connection not closed.
    Leaky("python_http_client", "client.py", PYTHON, """
import http.client, sys
def fetch():
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
    connection.request("GET", "/")  # HERE
    return connection, connection.getresponse()
kept = [fetch() for _ in range(4)]
for _ in range(4):
    connection, answer = fetch()
    answer.read()
    connection.close()
print("ready", flush=True)
sys.stdin.read()
""", "fin-unread", UNREAD, unseen=True),
]
