# SPDX-License-Identifier: MIT
"""What finleak must say of each sample (samples/). Lines are not numbers here but markers in the
samples' sources: the line of `LEAK: eof` is where the EOF is read, and so on.

    count        of VISITS peers, how many leave a leaked socket
    site         (function, marker)
    stacks       name: (function, marker), which must be among the stack's frames
    fix          what the advice must say
    says         what else the text report must say
    siblings     (ends of stream at this stack, of them closed, (function, marker) where)
    kernel       (TCP state, receive queue; None: any) of each socket
"""

VISITS = 4

OPENED = ("main", "opened")

# Who wants the bytes that another function reads.
CALLER = ("serve_connection", "caller")


def eof(function, count=VISITS, siblings=None, opened=OPENED, **more):
    """An eof-unclosed whose EOF is read in FUNCTION."""
    return {
        "class": "eof-unclosed", "count": count, "site": (function, "eof"),
        "stacks": {"eof": (function, "eof"), "opened": opened, **more},
        "siblings": siblings or (count, 0, None),
    }


def unread(reason, opened=OPENED, count=VISITS, queue=1, used=None, **more):
    """A fin-unread, which no call decides: its site is where the socket was opened, or in the function
    that used it."""
    stacks = {"opened": opened, **({"touched": (used, "used")} if used else {}), **more}
    return {
        "class": "fin-unread", "reason": reason, "count": count, "site": (used, "used") if used else opened,
        "stacks": stacks, "kernel": ("CLOSE_WAIT", queue),
    }


def looped(function, stack, count=VISITS):
    """An eof-unclosed whose EOF is read by an event loop: another STACK leads to its handler."""
    return {
        "class": "eof-unclosed", "count": count, "site": (function, stack),
        "stacks": {stack: (function, stack)},
    }


def registered(function):
    """As looped(), where no stack leads to the handler: what its listener's call was given."""
    return {
        "class": "eof-unclosed", "count": VISITS, "site": (function, "handler"),
        "stacks": {"listen": ("main", "listen")},
        "says": "%s() was registered at" % function,
    }


SAMPLES = {
    "after_eof": [{**eof("read_request"), "site": CALLER}],
    "error_path": [{**eof("read_request", 2, (4, 2, ("serve_connection", "sibling"))), "site": CALLER}],
    "dup_forgotten": [{
        "class": "duplicate-held", "count": VISITS, "site": ("open_session", "duplicated"),
        "stacks": {
            "duplicated": ("open_session", "duplicated"), "opened": OPENED,
            "eof": ("serve_connection", "eof"),
        },
    }],
    "worker_thread": [{**eof("read_request"), "site": CALLER}],
    "epoll_del": [eof("serve_client", opened=("accept_client", "opened"),
                      last_use=("forget_client", "last-use"))],
    "fdopen_stream": [{**eof("read_request"), "fix": "Call fclose() on the stream"}],
    "forking_server": [{
        "class": "held-elsewhere", "reason": "parent", "count": VISITS, "site": OPENED,
        "stacks": {
            "opened": OPENED, "eof": ("read_request", "eof"),
            "closed": ("serve_connection", "closed"), "forked": ("start_child", "forked"),
        },
        "fix": "In the parent, after the fork in start_child() (forking_server.c:35), close",
        "says": "Child forked at",
    }],
    # Only the connection of the first request is open when the helper, or the logger, is started.
    "forked_helper": [{
        "class": "held-elsewhere", "reason": "forked-child", "count": 1,
        "site": ("start_helper", "forked"),
        "stacks": {
            "forked": ("start_helper", "forked"), "opened": OPENED,
            "eof": ("serve_connection", "eof"), "closed": ("serve_connection", "closed"),
        },
    }],
    "exec_child": [{
        "class": "held-elsewhere", "reason": "exec-child", "count": 1,
        "site": ("start_logger", "forked"),
        "stacks": {
            "execed": ("start_logger", "forked"), "opened": OPENED,
            "eof": ("serve_connection", "eof"), "closed": ("serve_connection", "closed"),
        },
    }],
    "shutdown_only": [{
        "class": "shutdown-unclosed", "count": VISITS, "site": ("hang_up", "shutdown"),
        "stacks": {"shutdown": ("hang_up", "shutdown"), "opened": OPENED},
    }],
    "reset_by_peer": [{
        "class": "error-unclosed", "count": 2, "site": CALLER,
        "stacks": {"error": ("read_request", "error"), "opened": OPENED},
        "fix": "fails with ECONNRESET", "says": "recv() failed with ECONNRESET",
    }],
    "half_of_paths": [{
        **eof("serve_connection", 2, (4, 2, ("end_download", "sibling"))),
        "fix": "on the path of these connections too: `transfer.end(&transfer);` at half_of_paths.c:50 closes "
               "others, in end_download() (half_of_paths.c:21); for these",
    }],
    "exception": [{
        **eof("read_request", 2, (4, 2, ("serve_connection", "sibling"))),
        "fix": "a destructor (RAII)", "says": "In serve_connection(), this path leaves after the call at exception.cpp:52; other connections are "
                "closed at exception.cpp:59.",
    }],
    "connect_retry": [{
        "class": "connect-unclosed", "count": VISITS, "site": ("connect_upstream", "connect"),
        "stacks": {
            "connect": ("connect_upstream", "connect"), "opened": ("connect_upstream", "opened"),
        },
    }],
    "late_close": [{
        "class": "late-close", "verdict": "warning", "count": VISITS,
        "fix": "must not close it a second time",
        "site": ("serve_connection", "eof"),
        "stacks": {"eof": ("serve_connection", "eof"), "opened": OPENED},
    }],
    "spinning": [{
        "class": "late-close", "reason": "spinning", "verdict": "warning", "count": VISITS,
        "site": ("serve_connection", "eof"), "says": "EOF was read over and over",
        "stacks": {
            "eof": ("serve_connection", "eof"), "opened": ("accept_connection", "opened"),
            "closed": ("sweep", "closed"),
        },
    }],
    "closed_at_exit": [{
        "class": "eof-unclosed", "reason": "closed-at-exit", "count": VISITS,
        "site": CALLER,
        "stacks": {
            "eof": ("read_request", "eof"), "opened": OPENED, "closed": ("close_all", "closed"),
        },
        "siblings": (VISITS, 0, None), "fix": "must not close it a second time",
    }],
    "pooled_client": [{
        **unread("not-polled", ("connect_upstream", "opened")),
        "fix": "If the pool of take_connection() (pooled_client.c:33) keeps it, close idle connections there",
    }],
    "paused_reader": [{
        **unread("reading-paused", ("accept_client", "opened"), used="read_request",
                 paused=("pause_reading", "paused")),
        "fix": "called by pause_reading()",
    }],
    "oneshot_reader": [{
        **unread("reading-paused", ("accept_client", "opened"), 2, used="serve_request"),
        "fix": "after serve_request()",
    }],
    "hangup_ignored": [{
        **unread("hangup-ignored", ("accept_client", "opened"), used="serve_client"),
        "fix": "used in serve_client()",
    }],
    "stalled_loop": [{
        **unread("not-polled-since", ("accept_client", "opened")),
        "stacks": {"opened": ("accept_client", "opened"), "thread": ("write_journal", "blocked")},
        "says": "sleeps in futex",
        "fix": "Unlock journal, locked in start_worker() (stalled_loop.c:89), on every path: thread",
    }],
    "refused_upload": [unread("data-unread", queue=len("twelve bytes") + 1, used="serve_connection")],
    "slow_acceptor": [{
        "class": "never-accepted", "count": VISITS, "site": ("start_listening", "listen"),
        "stacks": {
            "listen": ("start_listening", "listen"),
            "thread": ("wait_for_configuration", "blocked"),
        },
        "says": "Began to listen at", "fix": "called by wait_for_configuration()",
        "kernel": ("CLOSE_WAIT", len("hello\n") + 1),
    }],
    "passed_on": [{
        "class": "held-elsewhere", "reason": "passed", "count": VISITS,
        "site": ("receive_connection", "passed"),
        "stacks": {
            "opened": ("receive_connection", "passed"), "closed": ("serve_connection", "closed"),
        },
        "fix": "in the process that received it in receive_connection() (passed_on.c:58), called by "
               "collect_statistics() (passed_on.c:69)",
        "says": "Received at",
    }],
    "uring_reader": [{
        "fix": "and used in serve_connection() (uring_reader.c:41) when io_uring completes a read of it "
               "with 0",
        "class": "eof-unclosed", "count": VISITS, "site": OPENED, "stacks": {"opened": OPENED},
        "kernel": ("CLOSE_WAIT", 0),
    }],
    "uring_registered": [{
        "class": "held-elsewhere", "reason": "io-uring", "count": VISITS, "site": OPENED,
        "stacks": {"opened": OPENED, "closed": ("serve_connection", "closed")},
        "says": ", io_uring)", "fix": "out of the ring's registered files",
    }],
    "late_reply": [{**eof("read_request"), "site": CALLER, "kernel": ("CLOSED", 0),
                    "fix": "after the send in say_farewell() (late_reply.c:21)"}],
    "half_closed": [{
        **eof("read_request", opened=("accept_stream", "opened")), "reason": "half-closed",
        "fix": "after the last send in send_event() (half_closed.c:67)",
        "verdict": "note", "kernel": ("CLOSE_WAIT", 0),
    }],
    # Of the three ends of stream one is closed for good; a duplicate of another is left.
    "leaky_server": [
        # read_request() reads for all handlers: the one that forgets is what it called next.
        {**eof("read_request", 1, (3, 1, ("close_client", "sibling")),
               ("accept_client", "opened"), last_use=("finish_upload", "last-use")),
         "site": ("finish_upload", "last-use")},
        {
            "class": "shutdown-unclosed", "count": 1, "site": ("refuse", "shutdown"),
            "stacks": {
                "shutdown": ("refuse", "shutdown"), "opened": ("accept_client", "opened"),
            },
        },
        {
            "class": "duplicate-held", "count": 1, "site": ("subscribe", "duplicated"),
            "stacks": {
                "duplicated": ("subscribe", "duplicated"), "opened": ("accept_client", "opened"),
            },
        },
    ],
    # Event loops: the end is read by the loop; the handler shows elsewhere.
    "dispatcher": [{
        **looped("log_data", "touched", 2), "siblings": (4, 2, ("echo_data", "sibling")),
        "stacks": {
            "eof": ("serve_event", "eof"), "touched": ("log_data", "touched"),
            "opened": ("accept_client", "opened"),
        },
    }],
    "two_sided_proxy": [{
        **eof("relay", opened=("connect_backend", "opened"), next=("serve_session", "next")),
        "site": ("serve_session", "caller"), "says": "after EOF, the same thread closed another connection",
        "fix": "Also close the connection opened in connect_backend()",
    }],
    "thread_pool": [eof("serve_connection")],
    "libuv_server": [looped("serve_client", "touched")],
    "libuv_counter": [{**registered("count"), "fix": "count() (libuv_counter.c:33) does not",
                       "says": "count() was registered at libuv_counter.c:56 in accept_client()"}],
    "bufferevent_server": [looped("end_client", "next")],
    "tls_handshake": [eof("begin_session")],
    "asio_server": [looped("serve", "touched")],
    "coroutine_server": [{**eof("serve", opened=("accept_clients", "opened")), "says": "in serve()"}],
    "asyncio_streams": [{**looped("serve_client", "touched"),
                         "fix": "Call writer.close() when read() returns b'': serve_client()"}],
    "asyncio_counter": [registered("count_bytes")],
    "tornado_server": [{**unread("data-unread", ("handle_stream", "touched"),
                                 queue=len("hello\n") + 1),
                        "stacks": {"touched": ("handle_stream", "touched")},
                        "fix": "stream stays in subscribers (tornado_server.py:20)."}],
    "gevent_server": [eof("serve_client", opened=("accept_clients", "opened"))],
    # A function of JavaScript is known by the line that it begins in.
    "node_server": [{**looped("echo", "touched"),
                     "fix": "beside the one that runs echo()"}],
    "node_client": [{**unread("data-unread", ("checkStatus", "opened"), queue=None),
                     "fix": "and read in keepStatus() (node_client.js:23) once the program has read enough"}],
    "ruby_server": [{**eof("read_request", opened=("<main>", "opened")), "fix": "ensure"}],
    # What opened it for the program keeps it: the advice is how that is let go.
    "python_client": [{**unread("not-polled", ("check_status", "opened"), queue=None),
                       "fix": "close() on the response"}],
    "ruby_client": [{**unread("not-polled", ("check_status", "opened"), queue=None), "fix": "Call finish on"}],
    "php_client": [{**unread("not-polled", ("check_status", "opened"), queue=None),
                    "fix": "unset() on every variable that holds the handle"}],
    "perl_client": [{**unread("not-polled", ("check_status", "opened"), queue=None),
                     "fix": "conn_cache"}],
    "node_fetch": [{**unread("data-unread", ("checkStatus", "opened"), queue=None),
                    "fix": "cancel() on the response body"}],
    # The interpreter closes what is left when the script ends.
    "php_server": [{**eof("read_request", opened=("<main>", "opened")), "fix": "fclose()",
                    "site": CALLER,
                    "reason": "closed-at-exit"}],
    "perl_server": [{**eof("read_request", opened=("<main>", "opened")), "fix": "close() on"}],
    # The script's own lines, not those of the interpreter.
    # So are those of Java.
    "JavaServer": [{**eof("serve"), "fix": "try-with-resources"}],
    "JavaSelector": [eof("serveClient", opened=("acceptClient", "opened"))],
    "JavaErrorStream": [{**unread("not-polled", ("fetch", "opened")), "fix": "getErrorStream()"}],
    "JavaHttpClient": [{
        "class": "fin-unread", "reason": "data-unread", "count": VISITS,
        "site": ("fetch", "opened"), "stacks": {"opened": ("fetch", "opened")},
        "fix": "close() on the response body",
    }],
    "JavaPool": [{**unread("not-polled", ("borrow", "opened")),
                  "fix": "If a pool keeps it, close idle connections there"}],
    # Names are demangled; what Rust's library reads is read for the program.
    "rust_server": [{**eof("read_request"), "fix": "drop() on the stream"}],
    "python_server": [{**eof("serve_connection"), "fix": "returns b''"}],
}

# They keep connections for others to use, and their servers close these.
CLIENTS = {"python_client", "ruby_client", "php_client", "perl_client"}

# They end by SIGKILL.
KILLED = {"php_client"}

# What only an observation shows, and the samples don't run for two of finleak's own beats.
OBSERVED = {"pooled_client", "paused_reader", "oneshot_reader", "hangup_ignored", "stalled_loop",
            "refused_upload", "slow_acceptor", "passed_on", "uring_reader", "uring_registered", "late_reply",
            "half_closed", "tornado_server", "JavaErrorStream", "JavaHttpClient",
            "JavaPool", "node_client", "node_fetch", *CLIENTS}

# Options that finleak needs to see it.
OPTIONS = {name: ["--observe=50ms"] for name in OBSERVED}
# Its peers read on until it ends.
OPTIONS["half_closed"] += ["--wait"]

# Options that any report needs.
REPORT_OPTIONS = {"late_close": ["--late=200ms"], "half_closed": ["--all"],
                  "pooled_client": ["--idle=200ms"], "JavaPool": ["--idle=200ms"],
                  **{name: ["--idle=200ms"] for name in CLIENTS}}

# Connections that the server never reads to their end: the EOF is the peers' alone, or nobody's.
NO_EOF = {"connect_retry", "pooled_client", "hangup_ignored", "refused_upload", "uring_reader",
          "uring_registered", "tornado_server", "JavaHttpClient", "JavaErrorStream",
          "node_fetch", *CLIENTS}

# A process that uses io_uring is not fully visible.
USES_RING = {"uring_reader", "uring_registered"}
