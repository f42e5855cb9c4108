# SPDX-License-Identifier: MIT
"""An http server on node: kept connections, a connection a request, clients that just leave."""

import http.client
import signal

from under_finleak import PATIENCE, Expected, client, connect_and_close, find_program, run

SERVER = """
const server = require('http').createServer((request, response) => {
    response.end('you asked for ' + request.url + '\\n');
});
server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
process.on('SIGTERM', () => { server.close(() => console.log('done')); server.closeIdleConnections(); });
"""


def scenario(launcher):
    node, curl = find_program("node", "nodejs"), find_program("curl")
    server = launcher.start([node, "-e", SERVER], Expected(opened=21, eof=10))
    port = int(server.wait_for_match(r"port (\d+)").group(1))
    seen = {"kept": [], "alone": []}
    kept = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    for number in range(10):
        kept.request("GET", f"/kept/{number}")
        seen["kept"].append(kept.getresponse().read())
        seen["alone"].append(client([curl, "-sS", f"http://127.0.0.1:{port}/alone/{number}"]))
        connect_and_close(port)
    kept.close()
    seen["status"] = server.stop(signal.SIGTERM)
    seen["stdout"] = server.out.text.replace(str(port), "PORT")
    return seen


run(scenario)
