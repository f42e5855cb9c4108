-- SPDX-License-Identifier: MIT
-- A server in Lua that keeps what it has served: leaking.lua VISITS
local socket = require("socket")
local kept = {}

local function serve(connection)
  while connection:receive("*l") do end
  kept[#kept + 1] = connection
end

local listener = assert(socket.bind("127.0.0.1", 0))
local _, port = listener:getsockname()
for _ = 1, tonumber(arg[1]) do
  local peer = assert(socket.connect("127.0.0.1", port))
  local connection = listener:accept()
  peer:close()
  serve(connection)
end
-- Longer than finleak's --min-held.
socket.sleep(0.4)
os.exit(0, false)
