// SPDX-License-Identifier: MIT
// ends.js: three connections whose ends were read are forgotten, and destroyed after SIGTERM.
"use strict";
const net = require("net");
const kept = [];

const server = net.createServer({ allowHalfOpen: true }, (connection) => {
    kept.push(connection);
    connection.resume();
    connection.on("end", () => {
        if (kept.filter((one) => one.readableEnded).length === 3) {
            setTimeout(() => console.log(`ready ${process.pid}`), 400);
        }
    });
});

process.on("SIGTERM", () => {
    for (const connection of kept) {
        connection.destroy();
    }
    server.close();
});

server.listen(0, "127.0.0.1", () => {
    for (let i = 0; i < 3; i++) {
        const client = net.connect(server.address().port, "127.0.0.1", () => client.destroy());
    }
});
