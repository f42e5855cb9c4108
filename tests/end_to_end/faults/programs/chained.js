// SPDX-License-Identifier: MIT
// chained.js forgets|closes: one expression creates a server, registers a method and has it listen. The
// method keeps three connections whose ends it does not wait for, or ends them there.
"use strict";
const net = require("net");
const { Worker, isMainThread, workerData } = require("worker_threads");
const closes = process.argv[2] === "closes";

class Server {
    kept = [];

    serve(connection) {
        connection.resume();
        if (closes)
            connection.on("end", () => connection.end());
        else
            this.kept.push(connection);
    }

    start(ready) {
        const listener = net
            .createServer({ allowHalfOpen: true })
            .on("connection", this.serve.bind(this))
            .listen(0, "127.0.0.1", () => ready(listener.address().port));
    }
}

// Another thread has a loop of its own: what the clients do is not what comes next after an end.
function visit(port, left) {
    if (left === 0) {
        setTimeout(() => process.exit(0), 400);
        return;
    }
    const client = net.connect(port, "127.0.0.1", () => client.destroy());
    client.on("close", () => visit(port, left - 1));
}

if (isMainThread) {
    new Server().start((port) => {
        new Worker(__filename, { workerData: port }).on("exit", () => process.exit(0));
    });
} else {
    visit(workerData, 3);
}
