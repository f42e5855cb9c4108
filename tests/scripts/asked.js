// SPDX-License-Identifier: MIT
/* A client on node that keeps connections whose servers have closed, by every way of opening one:
 * asked.js WAY, to a server of its own in a child. Each way has a line marked ASKED: WAY.
 */
'use strict';
const { fork } = require('child_process');
const { Worker, isMainThread, workerData } = require('worker_threads');
const http = require('http');
const https = require('https');
const net = require('net');
const tls = require('tls');

// More than node reads by itself, less than the kernel keeps. Of less, node reads the end as well.
const BODY = 'x'.repeat(+process.env.BODY_SIZE || 140000);
const kept = [];

// A package, as Debian or npm installs it.
function load(name) {
    try {
        return require(name);
    } catch {
        process.exit(77);
    }
}

function keepAll() {
    return net.createServer({ allowHalfOpen: true }, (socket) => kept.push(socket.resume()));
}

// A visitor that leaves; and one of the server at PORT, which reports it.
function visit(server, port) {
    const { port: own, address: host } = server.address();
    kept.push(net.connect({ port: own, host }).end('x'));
    http.get({ host: '127.0.0.1', port, agent: false }, (response) => response.resume());
}

const ways = {
    request(port) {
        const request = http.request({ host: '127.0.0.1', port }, (r) => kept.push(r)); // ASKED: request
        request.end();
    },
    get(port) {
        http.get('http://localhost:' + port, (response) => kept.push(response)); // ASKED: get
    },
    agent(port) {
        const agent = new http.Agent({ keepAlive: true });
        http.get({ host: '127.0.0.1', port, agent }, (r) => kept.push(r)); // ASKED: agent
    },
    async fetch(port) {
        kept.push(await fetch('http://127.0.0.1:' + port)); // ASKED: fetch
    },
    async later(port) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        kept.push(await fetch('http://127.0.0.1:' + port)); // ASKED: later
    },
    connect(port) {
        const socket = net.connect(port, '127.0.0.1'); // ASKED: connect
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
        kept.push(socket.pause());
    },
    constructed(port) {
        const socket = new net.Socket();
        socket.connect(port, 'localhost'); // ASKED: constructed
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
        kept.push(socket.pause());
    },
    // A socket that is used again has another caller.
    again(port) {
        const socket = new net.Socket();
        socket.once('close', () => {
            socket.connect(port, '127.0.0.1'); // ASKED: again
            socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
            kept.push(socket.pause());
        });
        socket.connect(port, '127.0.0.1');
        socket.resume();
        socket.end('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    },
    timer(port) {
        setTimeout(function onTimer() {
            http.get({ host: '127.0.0.1', port }, (r) => kept.push(r)); // ASKED: timer
        }, 10);
    },
    subclass(port) {
        class Client extends net.Socket {
            open() {
                this.connect(port, '127.0.0.1'); // ASKED: subclass
                this.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
                kept.push(this.pause());
            }
        }
        new Client().open();
    },
    // What a program does to the language's own objects is its matter.
    patched(port) {
        const fail = () => { throw new Error('patched'); };
        for (const [object, names] of [
            [String.prototype, ['startsWith', 'slice']], [WeakMap.prototype, ['get', 'set']],
            [Promise.prototype, ['then']],
            [Object, ['getOwnPropertySymbols', 'getOwnPropertyDescriptor', 'defineProperty']],
            [Reflect, ['apply', 'ownKeys', 'defineProperty']], [Error, ['captureStackTrace']]])
            for (const name of names)
                object[name] = fail;
        for (const name of ['forEach', 'push', 'find'])
            Array.prototype[name] = fail;
        delete Error.stackTraceLimit;
        Error.prepareStackTrace = fail;
        const socket = net.connect(port, '127.0.0.1'); // ASKED: patched
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
        kept[0] = socket.pause();
        if ('stackTraceLimit' in Error || Error.prepareStackTrace !== fail)
            process.exit(1);
    },
    // Their handler makes no call on the connection: it is named by where it listens.
    listen(port) {
        const server = keepAll();
        const options = { port: 0 };
        server.listen(options, () => visit(server, port)); // ASKED: listen
    },
    // node listens in a later turn: others began to before and after it.
    listenAtHost(port) {
        const server = keepAll();
        net.createServer().listen(0, '127.0.0.1').unref();
        server.listen(0, '127.0.0.1', () => visit(server, port)); // ASKED: listenAtHost
        net.createServer().listen(0, '127.0.0.1').unref();
    },
    listenAtName(port) {
        const server = keepAll();
        net.createServer().listen(0, 'localhost').unref();
        server.listen({ port: 0, host: 'localhost' }, () => visit(server, port)); // ASKED: listenAtName
        net.createServer().listen(0, 'localhost').unref();
    },
    // A cluster's worker, for which the primary listens.
    clustered(port) {
        const cluster = require('cluster');
        cluster.setupPrimary({ args: ['--work', port] });
        cluster.fork();
    },
    // The server speaks no TLS: it never answers, and closes.
    secure(port) {
        kept.push(tls.connect({ host: '127.0.0.1', port })); // ASKED: secure
        kept[0].on('error', () => 0);
    },
    securely(port) {
        kept.push(https.get({ host: '127.0.0.1', port })); // ASKED: securely
        kept[0].on('error', () => 0);
    },
    async undici(port) {
        kept.push(await load('undici').request('http://127.0.0.1:' + port)); // ASKED: undici
    },
    // Its visitor is served in full; what it asks of another server is not read.
    express(port) {
        const app = load('express')();
        app.get('/', function showStatus(request, response) {
            http.get({ host: '127.0.0.1', port }, (r) => kept.push(r)); // ASKED: express
            response.send('ready');
        });
        const server = app.listen(0, '127.0.0.1', () => {
            const { port: own } = server.address();
            http.get({ host: '127.0.0.1', port: own, agent: false }, (r) => r.resume());
        });
    },
    worker(port) {
        new Worker(__filename, { workerData: { way: 'request', port } });
    },
    // What is printed is what it is without finleak.
    failures(port) {
        const closed = net.createServer().listen(0, '127.0.0.1', () => {
            const free = closed.address().port;
            closed.close(() => net.connect(free, '127.0.0.1').on('error', (e) => console.log(e.code)));
        });
        try { net.connect(-1); } catch (error) { console.log(error.stack); }
        try { new net.Socket().connect(); } catch (error) { console.log(error.stack); }
        try { net.connect({ port, lookup: 3 }); } catch (error) { console.log(error.stack); }
        net.connect(port, 'no.such.host.invalid').on('error', (e) => console.log(e.syscall));
        console.log(Error.stackTraceLimit, typeof Error.prepareStackTrace, net.connect.name,
                    net.Socket.prototype.connect.length, Object.keys(require.cache).length,
                    module.parent, process.execArgv, new net.Socket(),
                    Object.getOwnPropertyDescriptor(process, 'noDeprecation'));
        const { TCP } = process.binding('tcp_wrap');
        for (const name of ['getAsyncId', 'connect', 'listen'])
            console.log(Object.keys(TCP.prototype).includes(name), /native code/.test(TCP.prototype[name]),
                        TCP.prototype[name].name, TCP.prototype[name].length, TCP.prototype[name],
                        Reflect.ownKeys(TCP.prototype[name]));
        // No trace is wanted, or by whom it is.
        Reflect.deleteProperty(Error, 'stackTraceLimit');
        net.connect(port, '127.0.0.1').destroy();
        console.log(Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit'));
        Reflect.defineProperty(Error, 'prepareStackTrace', { value: () => 'mine' });
        net.connect(port, '127.0.0.1').destroy();
        console.log(Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace'), new Error().stack);
        ways.request(port);
    },
};

// In a process of its own: answers, and closes. It says so; of one that it can't answer, too.
function serve() {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => socket.destroy());
        socket.once('data', (request) => {
            // Who reads nothing is sent what the kernel keeps.
            const body = String(request).includes('Host: x') ? 'x' : BODY;
            socket.end('HTTP/1.1 200 OK\r\nContent-Length: ' + body.length + '\r\n\r\n' + body,
                       () => process.send('served'));
        });
    });
    server.listen(0, '127.0.0.1', () => process.send(server.address().port));
    process.on('disconnect', () => process.exit(0));
}

// A worker's server, and others beside it. Who is sent one connection alone may serve that by ending.
function work(port) {
    const server = keepAll();
    net.createServer().listen(0, '127.0.0.1').unref();
    server.listen(0, '127.0.0.1', () => { // ASKED: clustered
        const { port: own, address: host } = server.address();
        net.connect({ port: own, host }).end('x').once('finish', () => visit(server, port));
    });
    net.createServer().listen(0).unref();
}

// Longer than it takes until a socket is sampled. A worker that ends closes what it has.
function leave(way) {
    setTimeout(() => (way === 'worker' ? process.kill(process.pid, 'SIGKILL') : process.exit(0)), 1000);
}

function main(way) {
    const child = fork(__filename, ['--serve']);
    child.on('message', (message) => {
        if (message !== 'served')
            ways[way](message);
        else
            leave(way);
    });
}

if (!isMainThread) {
    // It would end: a response that is not read keeps no loop running.
    setInterval(() => 0, 1000);
    ways[workerData.way](workerData.port);
} else if (process.argv[2] === '--serve') {
    serve();
} else if (process.argv[2] === '--work') {
    work(+process.argv[3]);
} else {
    main(process.argv[2]);
}
