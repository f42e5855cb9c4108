/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/dispatchers.h"

#include <string.h>

/* Functions of native code: language_is_function(). Those of scripts: struct language. */
static const char *const table[] = {
	/* libuv, node */
	"uv_run",
	"uv__io_poll",
	"node::SpinEventLoop*",
	/* libevent */
	"event_dispatch",
	"event_loop",
	"event_base_dispatch",
	"event_base_loop",
	/* libev */
	"ev_run",
	"ev_loop",
	"ev_invoke_pending",
	/* GLib, GTK, Qt */
	"g_main_loop_run",
	"g_main_context_iteration",
	"g_main_context_dispatch",
	"g_application_run",
	"gtk_main",
	"QEventLoop::exec",
	"QCoreApplication::exec",
	"QThread::exec",
	/* Asio, alone and in Boost */
	"boost::asio::io_context::run*",
	"boost::asio::io_context::poll*",
	"boost::asio::io_service::run*",
	"boost::asio::detail::scheduler::run*",
	"boost::asio::detail::scheduler::do_run_one",
	"asio::io_context::run*",
	"asio::detail::scheduler::run*",
	"asio::detail::scheduler::do_run_one",
	/* Other libraries of C and C++ */
	"aeMain",
	"aeProcessEvents",
	"sd_event_loop",
	"sd_event_run",
	"sd_event_dispatch",
	"_tevent_loop_once",
	"tevent_common_loop_wait",
	"io_loop_run",
	"io_loop_handler_run",
	"hloop_run",
	"h2o_evloop_run",
	"zloop_start",
	"lws_service",
	"mg_mgr_poll",
	"folly::EventBase::loop*",
	"seastar::reactor::run*",
	"muduo::net::EventLoop::loop",
	"Poco::Net::SocketReactor::run",
	"ACE_Reactor::run_reactor_event_loop",
	/* Rust */
	"tokio::runtime::*",
	"<tokio::runtime::*",
	"mio::poll::*",
	"async_io::reactor::*",
	"actix_rt::*",
};

static bool is_script_dispatcher(const struct frame *frame)
{
	const struct dispatching *known = frame_language(frame)->dispatching;
	/* Loop.run; PHP writes Loop::run */
	const char *function = frame->function + strlen(frame->function);

	while (function > frame->function && !strchr(".:", function[-1]))
		function--;
	for (; known && known->function; known++)
		if (frame->file && strstr(frame->file, known->where) &&
		    language_is_function(function, known->function))
			return true;
	return false;
}

bool is_known_dispatcher(const struct frame *frame)
{
	size_t i;

	if (!frame->function)
		return false;
	if (frame->script)
		return is_script_dispatcher(frame);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (language_is_function(frame->function, table[i]))
			return true;
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
