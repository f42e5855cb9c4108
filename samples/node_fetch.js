#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/* A client on Node.js that reads an answer's status and never its body, which is so long that
 * node stops reading it. With --fixed it cancels the body. finleak: fin-unread.
 *
 *     node_fetch.js [--fixed] [--self-test N]    N requests to a server of its own, then exit 0
 */
'use strict';
const http = require('http');
const { fork } = require('child_process');
const traffic = require('./node_traffic.js');

// More than node reads by itself, less than the kernel keeps.
const BODY = 'x'.repeat(1 << 17);
const answers = [];

async function checkStatus(port) {
    const answer = await fetch('http://127.0.0.1:' + port); // LEAK: opened
    answers.push(answer); // for the statistics page
    if (traffic.fixed)
        await answer.body.cancel();
    return answer.status === 200;
}

// In a process of its own, which ends with the client.
function serveUpstream() {
    const server = http.createServer((request, response) => response.end(BODY));
    server.keepAliveTimeout = 50;
    server.listen(0, '127.0.0.1', () => process.send(server.address().port));
    process.on('disconnect', () => process.exit(0));
}

if (process.argv.includes('--upstream')) {
    serveUpstream();
} else {
    const upstream = fork(__filename, ['--upstream']);
    upstream.on('message', (port) => {
        const checks = Array.from({ length: traffic.visits }, () => checkStatus(port));
        Promise.all(checks).then(() => traffic.leave(upstream));
    });
}
