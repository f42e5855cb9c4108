// SPDX-License-Identifier: MIT
// forget.js: ten connections whose ends are read are forgotten by one line. In between the code
// around it is compiled again, so that it lies at other addresses. One begins when the end of the
// one before was read: no loop turns to both at once.
"use strict";
const net = require("net");
const kept = [];
let warm = 0;

function handle(connection) {
    kept.push(connection);
    connection.resume();
}

const server = net.createServer({ allowHalfOpen: true }, handle);

function work() {
    for (let i = 0; i < 20000; i++) {
        warm += i % 7;
    }
}

server.listen(0, "127.0.0.1", () => {
    let made = 0;
    const next = () => {
        work();
        if (++made > 10) {
            setTimeout(() => process.kill(process.pid, "SIGKILL"), 400);
            return;
        }
        const client = net.connect(server.address().port, "127.0.0.1", () => client.destroy());
        const wait = () => setTimeout(kept[made - 1]?.readableEnded ? next : wait, 5);
        client.on("close", wait);
    };
    next();
});
