// SPDX-License-Identifier: MIT
/* The traffic that a sample on Node.js brings along, as traffic.h does for those in C: a child whose
 * peers connect, talk and leave. Reads the command line:
 *
 *     SAMPLE [--fixed] [--self-test N [--hold] | --serve [PORT]]
 */
'use strict';
const { fork } = require('child_process');
const net = require('net');

// Longer than finleak's --min-held (100 ms).
const QUIET_MS = 400;

const words = process.argv.slice(2).filter((word) => word !== '--fixed' && word !== '--hold');
const held = process.argv.includes('--hold');
const serving = words[0] === '--serve';
const number = Number(words[1] || 0);

function childEnds(child) {
    return new Promise((resolve) => child.on('exit', resolve));
}

function inputEnds() {
    return new Promise((resolve) => process.stdin.on('end', resolve).resume());
}

// Ends as servers do, by no return, and after CHILD (undefined: none), which ends by itself then.
async function leave(child) {
    if (held)
        await inputEnds();
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    if (child) {
        child.disconnect();
        await childEnds(child);
    }
    process.exit(0);
}

// One after the other: says hello, reads that back, leaves.
function visit(port, visits) {
    if (visits === 0)
        return;
    const peer = net.connect(port, '127.0.0.1', () => peer.write('hello\n'));
    peer.on('data', () => peer.end());
    peer.on('finish', () => { peer.destroy(); visit(port, visits - 1); });
}

// Listens, and has peers come where nobody else does.
function serve(server) {
    server.listen(serving ? number : 0, '127.0.0.1', () => {
        const { port } = server.address();
        console.log('listening on 127.0.0.1:' + port);
        if (!serving)
            childEnds(fork(__filename, ['--peers', port, number || 4])).then(() => leave());
    });
}

module.exports = {
    fixed: process.argv.includes('--fixed'),
    visits: number || 4,
    leave,
    serve,
};

if (require.main === module && words[0] === '--peers')
    visit(Number(words[1]), Number(words[2]));
