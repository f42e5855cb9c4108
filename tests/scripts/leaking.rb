# SPDX-License-Identifier: MIT
# Reads the end of a stream in every way that Ruby has of calling, never closes, and prints for each
# socket where Ruby itself says that it was: a line of JSON each, {ends: [local, peer], frames},
# frames innermost first as [file, function, line].
#
#     leaking.rb FOLDER [SCENARIO...]
require "json"
require "socket"

KEPT = Queue.new
SAID = Mutex.new
# Methods in C stand in a trace of Ruby's with their caller's line.
IN_C = %w[call each fork map new resume times trap kill sort_by start instance_eval next
          block_in_c public_send garbage_collect eval load].freeze

def say(connection, places)
  ends = [connection.local_address, connection.remote_address].map(&:inspect_sockaddr)
  frames = places.reject { |place| IN_C.include?(place.label) }
                 .map { |place| [place.path, place.label, place.lineno] }
  line = JSON.generate({ ends: ends, frames: frames })
  $stdout.syswrite("#{line}\n")
end

# Says the caller's stack: on the line where the connection is read next.
def note(connection)
  say(connection, caller_locations(1))
end

def closed_by_peer
  listener = TCPServer.new("127.0.0.1", 0)
  peer = TCPSocket.new("127.0.0.1", listener.addr[1])
  connection = listener.accept
  listener.close
  peer.close
  KEPT << connection
  connection
end

class Server
  def handle(connection)
    inner(connection)
  end

  def inner(connection)
    note(connection); connection.read(1)
  end

  def self.made(connection)
    new.handle(connection)
  end

  define_method(:defined) { |connection| note(connection); connection.read(1) }

  def method_missing(_name, connection)
    note(connection); connection.read(1)
  end

  def respond_to_missing?(*)
    true
  end
end

def with_connection
  yield closed_by_peer
end

SCENARIOS = {
  methods: lambda {
    Server.new.handle(closed_by_peer)
    Server.made(closed_by_peer)
    Server.new.defined(closed_by_peer)
    Server.new.anything(closed_by_peer)
  },
  blocks: lambda {
    with_connection { |c| note(c); c.read(1) }
    [closed_by_peer].each { |c| 1.times { note(c); c.read(1) } }
    [closed_by_peer].sort_by { |c| note(c); c.read(1).to_s }
    handler = proc { |c| note(c); c.read(1) }
    handler.call(closed_by_peer)
  },
  exceptions: lambda {
    c = closed_by_peer
    begin
      raise "broken"
    rescue RuntimeError
      note(c); c.read(1)
    ensure
      c = closed_by_peer
      note(c); c.read(1)
    end
  },
  fibers: lambda {
    c = closed_by_peer
    fiber = Fiber.new do
      Fiber.yield
      note(c); c.read(1)
    end
    2.times { fiber.resume }
    steps = Enumerator.new { |out| c = closed_by_peer; note(c); out << c.read(1) }
    steps.next
    # A fiber that ends another thread's.
    Thread.new { Fiber.new { c = closed_by_peer; note(c); c.read(1) }.resume }.join
  },
  threads: lambda {
    4.times.map { Thread.new { Server.new.handle(closed_by_peer) } }.each(&:join)
  },
  signals: lambda {
    old = trap("USR1") { c = closed_by_peer; note(c); c.read(1) }
    Process.kill("USR1", Process.pid)
    sleep 0.05
    trap("USR1", old)
  },
  collected: lambda {
    c = closed_by_peer
    GC.stress = true
    note(c); c.read(1)
    GC.stress = false
  },
  evaluated: lambda {
    eval("c = closed_by_peer\nnote(c); c.read(1)\n", binding, "made.rb", 7)
    path = File.join(ARGV[0], "l\u00f6sung.rb")
    File.write(path, "def loaded(c)\n\n  note(c); c.read(1)\nend\nloaded(closed_by_peer)\n")
    load path
  },
  forked: lambda {
    c = closed_by_peer
    Process.wait(fork { Server.new.handle(c); exit!(0) })
  },
  deep: lambda {
    down = lambda { |depth, c|
      if depth.zero?
        note(c); c.read(1)
      else
        down.call(depth - 1, c)
      end
    }
    down.call(300, closed_by_peer)
  },
  stress: lambda {
    until_then = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 1
    workers = 8.times.map do
      Thread.new do
        while Process.clock_gettime(Process::CLOCK_MONOTONIC) < until_then
          c = closed_by_peer
          KEPT.pop
          eval("def made_#{rand(4)}(c)\n c.read(1)\nend\nmade_0(c) rescue c.read(1)\n")
          c.close
        end
      end
    end
    GC.start while workers.any?(&:alive?)
    workers.each(&:join)
  },
}.freeze

names = ARGV[1..].empty? ? SCENARIOS.keys : ARGV[1..].map(&:to_sym)
names.each { |name| SCENARIOS.fetch(name).call }
# Servers end by no return.
exit!(0)
