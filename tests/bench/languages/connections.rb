# SPDX-License-Identifier: MIT
require 'socket'

def connect(listener, depth)
  return connect(listener, depth - 1) if depth > 0

  peer = TCPSocket.new('127.0.0.1', listener.addr[1])
  connection = listener.accept
  peer.close
  connection.read(1)
  connection.close
end

def spent
  Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond)
end

rounds, depth = ARGV.map(&:to_i)
exit if rounds.zero?
listener = TCPServer.new('127.0.0.1', 0)
rounds.times { connect(listener, depth) }
before = spent
rounds.times { connect(listener, depth) }
puts (spent - before) / rounds
