/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/dispatchers.h"

#include <string.h>

/*
 * A function, without its parameters; * at its end: any that begins so. Of a script: its last part.
 * WHERE: a part of its source's path, where the name alone says too little; else NULL.
 */
static const struct dispatcher {
	const char *function;
	const char *where;
} table[] = {
	/* libuv, node */
	{ "uv_run", NULL },
	{ "uv__io_poll", NULL },
	{ "node::SpinEventLoop*", NULL },
	/* libevent */
	{ "event_dispatch", NULL },
	{ "event_loop", NULL },
	{ "event_base_dispatch", NULL },
	{ "event_base_loop", NULL },
	/* libev */
	{ "ev_run", NULL },
	{ "ev_loop", NULL },
	{ "ev_invoke_pending", NULL },
	/* GLib, GTK, Qt */
	{ "g_main_loop_run", NULL },
	{ "g_main_context_iteration", NULL },
	{ "g_main_context_dispatch", NULL },
	{ "g_application_run", NULL },
	{ "gtk_main", NULL },
	{ "QEventLoop::exec", NULL },
	{ "QCoreApplication::exec", NULL },
	{ "QThread::exec", NULL },
	/* Asio, alone and in Boost */
	{ "boost::asio::io_context::run*", NULL },
	{ "boost::asio::io_context::poll*", NULL },
	{ "boost::asio::io_service::run*", NULL },
	{ "boost::asio::detail::scheduler::run*", NULL },
	{ "boost::asio::detail::scheduler::do_run_one", NULL },
	{ "asio::io_context::run*", NULL },
	{ "asio::detail::scheduler::run*", NULL },
	{ "asio::detail::scheduler::do_run_one", NULL },
	/* Other libraries of C and C++ */
	{ "aeMain", NULL },
	{ "aeProcessEvents", NULL },
	{ "sd_event_loop", NULL },
	{ "sd_event_run", NULL },
	{ "sd_event_dispatch", NULL },
	{ "_tevent_loop_once", NULL },
	{ "tevent_common_loop_wait", NULL },
	{ "io_loop_run", NULL },
	{ "io_loop_handler_run", NULL },
	{ "hloop_run", NULL },
	{ "h2o_evloop_run", NULL },
	{ "zloop_start", NULL },
	{ "lws_service", NULL },
	{ "mg_mgr_poll", NULL },
	{ "folly::EventBase::loop*", NULL },
	{ "seastar::reactor::run*", NULL },
	{ "muduo::net::EventLoop::loop", NULL },
	{ "Poco::Net::SocketReactor::run", NULL },
	{ "ACE_Reactor::run_reactor_event_loop", NULL },
	/* Rust */
	{ "tokio::runtime::*", NULL },
	{ "<tokio::runtime::*", NULL },
	{ "mio::poll::*", NULL },
	{ "async_io::reactor::*", NULL },
	{ "actix_rt::*", NULL },
	/* Java */
	{ "processSelectedKeys", "netty/channel/" },
	{ "processReady", "netty/channel/" },
	{ "run", "netty/channel/" },
	/* Python */
	{ "run", "/asyncio/runners.py" },
	{ "run_forever", "/asyncio/" },
	{ "run_until_complete", "/asyncio/" },
	{ "_run_once", "/asyncio/" },
	{ "_run", "/asyncio/events.py" },
	{ "select", "/selectors.py" },
	{ "serve_forever", "/socketserver.py" },
	{ "_handle_request_noblock", "/socketserver.py" },
	{ "poll", "/asyncore.py" },
	{ "loop", "/asyncore.py" },
	{ "start", "/tornado/" },
	{ "run_sync", "/tornado/" },
	{ "_handle_events", "/tornado/" },
	{ "_run_callback", "/tornado/" },
	{ "run", "/gevent/" },
	{ "mainLoop", "/twisted/" },
	{ "doPoll", "/twisted/" },
	{ "_doReadOrWrite", "/twisted/" },
	{ "run", "/eventlet/hubs/" },
	{ "wait", "/eventlet/hubs/" },
	{ "run", "/trio/_core/" },
	{ "unrolled_run", "/trio/_core/" },
	{ "kernel_run", "/curio/" },
};

static bool ends_name(char character)
{
	return character == '\0' || character == '(' || character == '[';
}

static bool is_function(const struct frame *frame, const char *name)
{
	const char *function = frame->function;
	const char *part = frame->script ? strrchr(function, '.') : NULL;
	size_t length = strlen(name);

	if (part)
		function = part + 1;
	if (name[length - 1] == '*')
		return strncmp(function, name, length - 1) == 0;
	return strncmp(function, name, length) == 0 && ends_name(function[length]);
}

bool is_known_dispatcher(const struct frame *frame)
{
	size_t i;

	if (!frame->function)
		return false;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].where && !(frame->file && strstr(frame->file, table[i].where)))
			continue;
		if (is_function(frame, table[i].function))
			return true;
	}
	return false;
}

size_t frames_inside_dispatcher(const struct frame *frames, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (is_known_dispatcher(&frames[i]))
			return i;
	return count;
}
