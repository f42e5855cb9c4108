// SPDX-License-Identifier: MIT
/* node opens a connection, and sends a request on it, after the function that asked for it has
 * returned: no stack of the call has it. This names it to the recorder (finleak-node.node), with its
 * lines as JavaScript counts them. `finleak run` has node load it by NODE_OPTIONS; where anything is
 * not as expected, or node is not recorded, it does nothing.
 *
 * net.Socket.connect() makes a handle, and asks it for its id: the caller is on the stack. The
 * connection itself is begun by connect() of that handle, in a later turn. Both are methods in C++
 * that node calls by name; neither throws, so no trace of an error shows what stands before them.
 */
'use strict';

const FRAMES_MAX = 24; // as finleak_node.c
const DEPTH_MAX = 64; // node's own frames among them

function loadRecorder() {
    const addon = { exports: {} };
    process.dlopen(addon, require('path').join(__dirname, 'finleak-node.node'));
    return addon.exports.openedFor;
}

// The constructors of connections' handles.
function loadHandles() {
    // It is deprecated, and nothing in its place leads there.
    const before = Object.getOwnPropertyDescriptor(process, 'noDeprecation');
    // --no-deprecation makes it read-only, and true.
    if (!before || before.writable)
        process.noDeprecation = true;
    try {
        return [process.binding('tcp_wrap').TCP, process.binding('tls_wrap').TLSWrap];
    } finally {
        if (!before)
            delete process.noDeprecation;
        else if (before.writable)
            process.noDeprecation = before.value;
    }
}

function pathOf(place) {
    const name = place.getFileName();
    if (!name || name === __filename)
        return null;
    return name.startsWith('file:') ? require('url').fileURLToPath(name) : name;
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
    return path && !(path.startsWith('node:') && outer && outer.getFileName() === path);
}

// [function, file, line, ...] of who calls, innermost first. Empty if it is node alone.
function callers() {
    const { stackTraceLimit, prepareStackTrace } = Error;
    const holder = {};
    let places;
    try {
        Error.stackTraceLimit = DEPTH_MAX;
        Error.prepareStackTrace = (_, taken) => taken;
        Error.captureStackTrace(holder, callers);
        places = holder.stack;
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
        Error.prepareStackTrace = prepareStackTrace;
    }
    const frames = [];
    let own = false;
    places.forEach((place, i) => {
        const path = pathOf(place);
        if (!isShown(path, places[i + 1]) || frames.length === 3 * FRAMES_MAX)
            return;
        own = own || !path.startsWith('node:');
        frames.push(nameOf(place), path, place.getLineNumber() || 0);
    });
    return own ? frames : [];
}

// The net.Socket of HANDLE.
function ownerOf(handle) {
    const symbol = Object.getOwnPropertySymbols(handle).find((s) => s.description === 'owner_symbol');
    return symbol && handle[symbol];
}

// As the method was, but for what THEN does with its handle.
function follow(prototype, name, before, after) {
    const method = prototype[name];
    if (typeof method !== 'function')
        return;
    prototype[name] = { [name](...given) {
        try { before(this); } catch { /* it stays unnamed */ }
        const result = Reflect.apply(method, this, given);
        try { after(this, result); } catch { /* so it does */ }
        return result;
    } }[name];
}

function begin() {
    const openedFor = loadRecorder();
    if (!openedFor)
        return;
    const asked = new WeakMap(); // socket -> callers()
    const nothing = () => {};

    function remember(handle) {
        // One that is connected already was accepted. A second try for a socket has no caller.
        const owner = handle.fd >= 0 ? undefined : ownerOf(handle);
        const frames = owner ? callers() : [];
        if (frames.length)
            asked.set(owner, frames);
    }

    function opened(handle, error) {
        const owner = ownerOf(handle);
        const frames = owner && asked.get(owner);
        if (frames && error === 0)
            openedFor(handle.fd, ...frames);
    }

    const [tcp, tls] = loadHandles();
    follow(tcp.prototype, 'getAsyncId', remember, nothing);
    follow(tls.prototype, 'getAsyncId', remember, nothing);
    follow(tcp.prototype, 'connect', nothing, opened);
    follow(tcp.prototype, 'connect6', nothing, opened);
}

try {
    begin();
} catch { /* what can't be named is reported by node's own frames */ }
delete require.cache[__filename];
