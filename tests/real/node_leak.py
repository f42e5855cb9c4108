# SPDX-License-Identifier: MIT
"""A node server that allows half-open connections and never ends its half: found."""

import signal

from under_finleak import LEAKS_FOUND, Expected, connect_and_close, find_program, run

SERVER = """
const kept = [];
const server = require('net').createServer({ allowHalfOpen: true }, (socket) => {
    let text = '';
    socket.on('data', (data) => { text += data; });
    socket.on('end', () => {
        if (text.startsWith('forget')) {
            kept.push(socket);
            console.log('served');
        } else {
            socket.on('close', () => console.log('served'));
            socket.end();
        }
    });
});
server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
process.on('SIGTERM', () => process.exit(0));
"""


def scenario(launcher):
    node = find_program("node", "nodejs")
    server = launcher.start([node, "-e", SERVER],
                            Expected(opened=9, eof=9, leaked=6, leak_class="eof-unclosed"),
                            options=["--min-held=0ms"])
    port = int(server.wait_for_match(r"port (\d+)").group(1))
    for _ in range(6):
        connect_and_close(port, b"forget me")
    for _ in range(3):
        connect_and_close(port, b"close me")
    server.wait_for_match(r"(?:served\n){9}")
    status = server.stop(signal.SIGTERM)
    if launcher.finleak:
        assert status == LEAKS_FOUND, f"status {status}: the leaks did not change it"
        status = 0
    return {"status": status, "stdout": server.out.text.replace(str(port), "PORT")}


run(scenario)
