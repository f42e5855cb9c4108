#!/usr/bin/env ruby
# SPDX-License-Identifier: MIT
# A server in Ruby that keeps each connection in a list and does not close it. With --fixed an ensure
# clause does. finleak: eof-unclosed.
#
#     ruby_server.rb [--fixed] [--self-test N]    N peers of its own, then exit 0
#     ruby_server.rb [--fixed] --serve [PORT]     serves real clients until killed
require "socket"

FIXED = ARGV.delete("--fixed")
SERVING = ARGV[0] == "--serve"
HISTORY = []

def read_request(connection)
  connection.readpartial(512) # LEAK: eof
rescue EOFError
  nil
end

def serve_connection(connection)
  while (request = read_request(connection))
    connection.write(request)
  end
  HISTORY << connection # for the statistics page
ensure
  connection.close if FIXED
end

# The peers, in a child that has none of the server's sockets.
def visit(port, visits)
  visits.times do
    TCPSocket.open("127.0.0.1", port) do |peer|
      peer.write("hello\n")
      peer.readpartial(512)
    end
  end
end

visits = SERVING ? 0 : (ARGV[1] || 4).to_i
address_from, address_to = IO.pipe
fork { visit(address_from.gets.to_i, visits) } unless SERVING
listener = TCPServer.new("127.0.0.1", SERVING ? ARGV[1].to_i : 0)
puts "listening on 127.0.0.1:#{listener.addr[1]}"
$stdout.flush
address_to.puts(listener.addr[1])
until !SERVING && visits.zero?
  serve_connection(listener.accept) # LEAK: opened
  visits -= 1
end
# Longer than finleak's --min-held (100 ms); servers end by no return.
sleep(0.4)
exit!(0)
