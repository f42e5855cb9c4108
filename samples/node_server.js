#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/* A server on Node.js that allows half-open connections, and does not end its own half: each is kept
 * in a list. With --fixed it destroys what has ended. finleak: eof-unclosed.
 *
 *     node_server.js [--fixed] [--self-test N]    N peers of its own, then exit 0
 *     node_server.js [--fixed] --serve [PORT]     serves real clients until killed
 */
'use strict';
const net = require('net');
const traffic = require('./node_traffic.js');

const history = [];

function serveClient(socket) {
    socket.on('data', function echo(data) { // LEAK: touched
        socket.write(data);
    });
    socket.on('end', function remember() {
        history.push(socket); // for the statistics page
        if (traffic.fixed)
            socket.destroy();
    });
}

traffic.serve(net.createServer({ allowHalfOpen: true }, serveClient));
