#!/usr/bin/env ruby
# SPDX-License-Identifier: MIT
# A client in Ruby that starts an HTTP connection for each request and does not finish it. With
# --fixed it does. finleak: fin-unread.
#
#     ruby_client.rb [--fixed] [--self-test N]    N requests to a server of its own, then exit 0
require "net/http"
require "open3"

FIXED = ARGV.delete("--fixed")
HELD = ARGV.delete("--hold")
HISTORY = []
# finleak run samples on this signal, and passes it on to a program that handles it, as Ruby does.
trap("USR1", "IGNORE")

def check_status(port)
  http = Net::HTTP.start("127.0.0.1", port) # LEAK: opened
  HISTORY << http # for the statistics page
  http.get("/status").code == "200"
ensure
  http.finish if FIXED
end

visits = (ARGV[1] || 4).to_i
upstream, address, ended = Open3.popen2("python3", File.join(__dir__, "http_upstream.py"), visits.to_s)
port = address.gets.to_i
visits.times { check_status(port) }
HELD ? $stdin.read : sleep(0.4)
upstream.close
ended.join
# Servers end by no return.
exit!(0)
