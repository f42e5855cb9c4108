# SPDX-License-Identifier: MIT
"""node's http.Agent with keepAlive. Idle connections stay registered with epoll, and node closes
those whose server has. An answer that nobody consumes is another thing: node reads the end of its
stream and keeps the socket, for as long as there is something to consume."""

import signal

from keep_alive import KeepAliveServer
from under_finleak import Expected, find_program, run

CLIENT = """
const http = require('http');
const agent = new http.Agent({ keepAlive: true });
const [, url, consume] = process.argv;
let answers = 4;
function done() {
    if (--answers === 0)
        console.log('idle');
}
for (let i = answers; i > 0; i--) {
    http.get(url, { agent }, (response) => {
        if (consume) {
            response.resume();
            response.on('end', () => setImmediate(done));
        } else {
            done();
        }
    });
}
if (consume)
    process.stdin.resume().on('end', () => process.exit(0));
else
    setInterval(() => {}, 1000);
"""

# More than node reads ahead of the program (64 KiB), less than waits in two sockets' buffers.
LONG_PAGE = "x" * 80000


def scenario(launcher):
    node = find_program("node", "nodejs")
    with KeepAliveServer() as server:
        idle = launcher.start([node, "-e", CLIENT, server.url, "consume"],
                              Expected(opened=4, eof=4))
        idle.wait_for_match("idle")
        seen = {"idle": server.end_connections()}
        server.wait_for_closed()
        seen["idle status"] = idle.wait()
    with KeepAliveServer(LONG_PAGE) as server:
        unconsumed = launcher.start(
            [node, "-e", CLIENT, server.url],
            Expected(opened=4, eof=4, leaked=4, leak_class="eof-unclosed"))
        unconsumed.wait_for_match("idle")
        seen["unconsumed"] = server.end_connections()
        unconsumed.wait_for_leaks()
        seen["unconsumed status"] = unconsumed.stop(signal.SIGTERM)
    return seen


run(scenario)
