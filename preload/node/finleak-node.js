// SPDX-License-Identifier: MIT
/* node opens a connection, and sends a request on it, after the function that asked for it has
 * returned: no stack of the call has it. This names it to the recorder (finleak-node.node), with its
 * lines as JavaScript counts them. The recorder has node load it by NODE_OPTIONS; where anything is
 * not as expected, or node is not recorded, it does nothing.
 *
 * net.Socket.connect() makes a handle, and asks it for its id: the caller is on the stack. The
 * connection itself is begun by connect() of that handle, in a later turn. These, and listen(), are
 * methods in C++ that node calls by name; none throws, so no trace of an error shows what stands
 * before them. Nor does instanceof.
 *
 * A program may change what it likes of the language's objects: what is used here is taken first.
 * It lies in a folder node_modules, so that no tool counts it among the program's own files.
 */
'use strict';

const FRAMES_MAX = 24; // as finleak_node.c
const DEPTH_MAX = 64; // node's own frames among them
const LISTENING_MAX = 64; // calls of listen() in one turn; servers of a cluster's worker
const IDS_OF_LOOKUP = 4; // the first one loads a resolver

const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
const { captureStackTrace } = Error;
const { bind, call } = Function.prototype;
const { isArray } = Array;
const { hasInstance } = Symbol;
const uncurried = apply(bind, bind, [call]); // (method) => (self, ...given)
const remembered = uncurried(WeakMap.prototype.get);
const remember = uncurried(WeakMap.prototype.set);
const startsWith = uncurried(String.prototype.startsWith);
const descriptionOf = uncurried(getOwnPropertyDescriptor(Symbol.prototype, 'description').get);
const { builtinModules } = require('module');
const { fileURLToPath } = require('url');
const { join } = require('path');

/* The recorder has put `[--MAP ][--STACK ]"--require=THIS"[ USER'S]` there, before node read it.
 * What is started from here, and may not be recorded, gets the user's own.
 */
function restoreOptions() {
    const ours = /^(?:--[a-z-]+ ){0,2}"--require=(?:[^"\\]|\\.)*"( |$)/.exec(process.env.NODE_OPTIONS);
    if (!ours)
        return;
    if (ours[1])
        process.env.NODE_OPTIONS = process.env.NODE_OPTIONS.slice(ours[0].length);
    else
        delete process.env.NODE_OPTIONS;
}

function loadRecorder() {
    const addon = { exports: {} };
    process.dlopen(addon, join(__dirname, '..', 'finleak-node.node'));
    return addon.exports.openedFor;
}

// Later ones do not have it.
function loadIds() {
    try {
        return process.binding('async_wrap');
    } catch {
        return undefined;
    }
}

// The constructors of connections' handles, and the ids of turns.
function loadBindings() {
    // It is deprecated, and nothing in its place leads there.
    const before = getOwnPropertyDescriptor(process, 'noDeprecation');
    // --no-deprecation makes it read-only, and true.
    if (!before || before.writable)
        process.noDeprecation = true;
    try {
        return [process.binding('tcp_wrap').TCP, process.binding('tls_wrap').TLSWrap, loadIds()];
    } finally {
        if (!before)
            delete process.noDeprecation;
        else if (before.writable)
            process.noDeprecation = before.value;
    }
}

// Up to 14 node's own modules are named as files: net.js, internal/net.js.
const early = { __proto__: null };
for (const name of builtinModules)
    early[name + '.js'] = 'node:' + name;

function pathOf(place) {
    const name = place.getFileName();
    if (!name || name === __filename)
        return null;
    if (early[name] || startsWith(name, 'internal/'))
        return early[name] || 'node:' + name;
    return startsWith(name, 'file:') ? fileURLToPath(name) : name;
}

function nameOf(place) {
    const name = place.getFunctionName();
    const type = place.getTypeName();
    if (!name)
        return place.isToplevel() || type === 'Object' ? '<anonymous>' : type + '.<anonymous>';
    return place.isConstructor() ? 'new ' + name : name;
}

// Of node's own modules the function that was called of each is enough.
function isShown(path, outer) {
    return path && !(startsWith(path, 'node:') && outer && outer.getFileName() === path);
}

const plain = (value) => ({ __proto__: null, value, writable: true, configurable: true, enumerable: true });

// What CALL returns while Error has VALUE as its own property NAME. undefined: it can't have it.
function withErrorHaving(name, value, call) {
    const before = getOwnPropertyDescriptor(Error, name);
    const set = before && !before.configurable ? { __proto__: null, value } : plain(value);
    if (!defineProperty(Error, name, set))
        return undefined;
    try {
        return call();
    } finally {
        if (before)
            defineProperty(Error, name, { __proto__: null, ...before });
        else
            deleteProperty(Error, name);
    }
}

function places() {
    const holder = {};
    return withErrorHaving('prepareStackTrace', (_, taken) => taken, () => {
        const capture = () => (captureStackTrace(holder, callers), holder.stack);
        const taken = withErrorHaving('stackTraceLimit', DEPTH_MAX, capture) || capture();
        return isArray(taken) ? taken : undefined;
    }) || [];
}

// [0, function, file, line, ...] of who calls, innermost first. undefined if it is node alone.
function callers() {
    const taken = places();
    const frames = [0];
    let own = false;
    for (let i = 0, n = 1; i < taken.length && n <= 3 * FRAMES_MAX; i++) {
        const path = pathOf(taken[i]);
        if (!isShown(path, taken[i + 1]))
            continue;
        own = own || !startsWith(path, 'node:');
        frames[n++] = nameOf(taken[i]);
        frames[n++] = path;
        frames[n++] = taken[i].getLineNumber() || 0;
    }
    return own ? frames : undefined;
}

// The net.Socket of HANDLE.
function ownerOf(handle) {
    const keys = ownKeys(handle);
    for (let i = 0; i < keys.length; i++)
        if (typeof keys[i] === 'symbol' && descriptionOf(keys[i]) === 'owner_symbol')
            return handle[keys[i]];
    return undefined;
}

// As METHOD is, and looks as it does, but for what is done with its object BEFORE and AFTER.
function followed(method, before, after) {
    return new Proxy(method, { __proto__: null, apply(_, object, given) {
        try { before(object); } catch { /* it stays unnamed */ }
        const result = apply(method, object, given);
        try { after(object, result); } catch { /* so it does */ }
        return result;
    } });
}

function follow(prototype, name, before, after) {
    const method = prototype[name];
    if (typeof method !== 'function')
        return;
    const value = followed(method, before, after);
    const own = getOwnPropertyDescriptor(prototype, name);
    defineProperty(prototype, name, { __proto__: null, value, writable: true, configurable: true,
                                      enumerable: own ? own.enumerable : false });
}

const nothing = () => {};

/* With a host listen() looks that up, and node listens in the turn which this begins: ids of turns
 * rise, and its is among the next. Before, it asks whether it was given a handle: the caller is on
 * the stack. Returns what callers() of the turn that runs were.
 */
function askedBeforeTurn(tcp, { async_id_fields: ids, constants }) {
    const asked = []; // [the last id before, callers()] of the last calls
    let count = 0;

    function asks() {
        const frames = callers();
        if (frames)
            defineProperty(asked, count++ % LISTENING_MAX, plain([ids[constants.kAsyncIdCounter], frames]));
    }

    defineProperty(tcp, hasInstance, { __proto__: null, configurable: true, writable: true,
                                       value: followed(tcp[hasInstance], asks, nothing) });
    return () => {
        const id = ids[constants.kExecutionAsyncId];
        let last = [id - IDS_OF_LOOKUP - 1, undefined];
        for (let i = 0; i < asked.length; i++)
            if (asked[i][0] < id && asked[i][0] > last[0])
                last = asked[i];
        return last[1];
    };
}

// A later node shows no ids, and announces each call of listen().
function askedByChannel() {
    const asked = new WeakMap(); // server -> callers()

    const { channel } = require('diagnostics_channel');
    channel('tracing:net.server.listen:asyncStart').subscribe(({ server }) => {
        const frames = callers();
        if (frames)
            remember(asked, server, frames);
    });
    return (server) => server && remembered(asked, server);
}

/* A cluster's worker has the primary listen, which sends it connections, or the listener. Returns
 * callers() of what asked for the server whose port HANDLE, a connection, has; or, as `of`, for SERVER.
 */
function askedOfPrimary(askedToListen) {
    const asked = []; // [server, callers()] of the last calls
    let count = 0;

    // One that is no worker may not have loaded cluster, which reads its environment then.
    if (typeof WeakRef !== 'function' || !isArray(process.moduleLoadList) ||
        !process.moduleLoadList.includes('NativeModule internal/cluster/child'))
        return undefined;
    const cluster = require('cluster');
    const method = cluster._getServer;
    if (typeof method !== 'function')
        return undefined;
    const deref = uncurried(WeakRef.prototype.deref);
    cluster._getServer = new Proxy(method, { __proto__: null, apply(_, object, given) {
        const frames = callers() || askedToListen(given[0]);
        if (frames)
            defineProperty(asked, count++ % LISTENING_MAX, plain([new WeakRef(given[0]), frames]));
        return apply(method, object, given);
    } });

    function find(matches) {
        for (let i = asked.length - 1; i >= 0; i--) {
            const server = deref(asked[i][0]);
            if (server && matches(server))
                return asked[i][1];
        }
        return undefined;
    }

    function portOf(handle) {
        const name = {};
        return handle && typeof handle.getsockname === 'function' && !handle.getsockname(name) && name.port;
    }

    const at = (handle) => {
        const port = count && portOf(handle);
        // A listener that was sent is one of C++: it has a stack of its own.
        const sends = ({ _handle }) => _handle && !(_handle.fd >= 0) && portOf(_handle) === port;
        return port ? find(sends) : undefined;
    };
    return { at, of: (server) => find((other) => other === server) };
}

function begin() {
    const openedFor = loadRecorder();
    if (!openedFor)
        return;
    const [tcp, tls, turns] = loadBindings();
    const asked = new WeakMap(); // socket -> callers()
    const askedToListen = turns ? askedBeforeTurn(tcp, turns) : askedByChannel();
    const primary = askedOfPrimary(askedToListen);

    function name(handle, frames) {
        frames[0] = handle.fd;
        apply(openedFor, undefined, frames);
    }

    function received(handle) {
        const frames = primary.at(handle);
        if (frames)
            name(handle, frames);
    }

    function asks(handle) {
        // One that is connected already was accepted. A second try for a socket has no caller.
        if (handle.fd >= 0) {
            if (primary)
                received(handle);
            return;
        }
        const owner = ownerOf(handle);
        const frames = owner && callers();
        if (frames)
            remember(asked, owner, frames);
    }

    function opened(handle, error) {
        const owner = ownerOf(handle);
        const frames = owner && remembered(asked, owner);
        if (frames && error === 0)
            name(handle, frames);
    }

    function listens(handle, error) {
        if (error !== 0)
            return;
        const server = ownerOf(handle);
        const frames = callers() || (primary && primary.of(server)) || askedToListen(server);
        if (frames)
            name(handle, frames);
    }

    follow(tcp.prototype, 'getAsyncId', asks, nothing);
    follow(tls.prototype, 'getAsyncId', asks, nothing);
    follow(tcp.prototype, 'connect', nothing, opened);
    follow(tcp.prototype, 'connect6', nothing, opened);
    follow(tcp.prototype, 'listen', nothing, listens);
}

try {
    restoreOptions();
    begin();
} catch { /* what can't be named is reported by node's own frames */ }
delete require.cache[__filename];
