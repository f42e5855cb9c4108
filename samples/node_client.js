#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/* A client on Node.js that reads the head of an answer and never its rest: so much waits that node
 * stops reading, and never sees the end. With --fixed it lets the rest go, by resume(). finleak:
 * fin-unread.
 *
 *     node_client.js [--fixed] [--self-test N]    N requests to a server of its own, then exit 0
 */
'use strict';
const net = require('net');
const { fork } = require('child_process');
const traffic = require('./node_traffic.js');

// More than node reads by itself, less than the kernel keeps.
const ANSWER = '200 OK\n' + 'x'.repeat(1 << 17);
const answers = [];

function checkStatus(port) {
    const socket = net.connect(port, '127.0.0.1'); // LEAK: opened
    socket.on('connect', function sendRequest() {
        socket.write('GET /status\n');
    });
    socket.once('readable', function keepStatus() {
        answers.push(socket.read(6), socket);
        if (traffic.fixed)
            socket.resume();
        if (answers.length === 2 * traffic.visits)
            traffic.leave(upstream);
    });
}

// In a process of its own, which ends with the client.
function serveUpstream() {
    const server = net.createServer((socket) => {
        socket.once('data', () => socket.end(ANSWER));
        socket.on('error', () => socket.destroy());
    });
    server.listen(0, '127.0.0.1', () => process.send(server.address().port));
    process.on('disconnect', () => process.exit(0));
}

let upstream;
if (process.argv.includes('--upstream')) {
    serveUpstream();
} else {
    upstream = fork(__filename, ['--upstream']);
    upstream.on('message', (port) => {
        for (let i = 0; i < traffic.visits; i++)
            checkStatus(port);
    });
}
