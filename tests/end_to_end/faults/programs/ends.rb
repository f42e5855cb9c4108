# SPDX-License-Identifier: MIT
# ends.rb HOW: three connections whose ends were read are forgotten, and closed only when the
# program ends: in an at_exit block, by the interpreter's teardown, by `ensure`, or after SIGTERM.
require "socket"

KEPT = []

def read_request(connection)
  raise "no EOF" if connection.read(1)
end

def forget_some
  listener = TCPServer.new("127.0.0.1", 0)
  3.times do
    client = TCPSocket.new("127.0.0.1", listener.local_address.ip_port)
    connection = listener.accept
    client.close
    read_request(connection)
    KEPT << connection
  end
  listener.close
end

def close_all
  KEPT.each(&:close)
end

forget_some
how = ARGV[0]
at_exit { close_all } if how == "at_exit"
begin
  sleep 0.4
  puts "ready #{Process.pid}"
  $stdout.flush
  trap("TERM") { exit }
  sleep if how == "signal"
ensure
  close_all if %w[ensure signal].include?(how)
end
