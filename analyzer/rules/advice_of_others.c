/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/advice.h"
#include "analyzer/rules/advice_tables.h"

static const struct advice shutdown_unclosed[] = {
	{
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Call close() after the shutdown() of the connection {opened} {site}: shutdown "
		  "ends the connection, not the descriptor." },
	},
	{
		ANY_REASON,
		0,
		{ "Call close() after the shutdown() in {site}: shutdown ends the connection, not "
		  "the descriptor.",
		  "shutdown() does not free the descriptor: call close() after it." },
	},
};

const struct advice_table advice_of_shutdown_unclosed = {
	shutdown_unclosed,
	sizeof(shutdown_unclosed) / sizeof(shutdown_unclosed[0]),
};

static const struct advice error_unclosed[] = {
	{
		ANY_REASON,
		ADVICE_REPLACES,
		{ "Call {call} on the connection that {site}{called} keeps, before the next "
		  "one takes its place." },
	},
	{
		ANY_REASON,
		ADVICE_IN_LOOP | ADVICE_DROPPED,
		{ "Call {close} when the event loop reports the error: {lacks}." },
	},
	{
		ANY_REASON,
		ADVICE_IN_LOOP,
		{ "Call {close} when {failing} fails{error}: {lacks}." },
	},
	{
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Read the connection {opened} {site} or watch it (epoll reports EPOLLERR and "
		  "EPOLLHUP unasked) while it is idle, and close() it when it fails: the program "
		  "has not noticed." },
	},
	{
		ANY_REASON,
		ADVICE_NOTE,
		{ "Call {call} when {failing} in {site}{called} fails{error}.",
		  "The connection was reset, and the program has not noticed: it has not used the "
		  "socket since." },
	},
	{
		ANY_REASON,
		ADVICE_DROPPED,
		{ "Call {call} in {site}{called} when epoll reports EPOLLHUP or EPOLLERR: "
		  "EPOLL_CTL_DEL leaves the socket open." },
	},
	{
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED,
		{ "Call {call} on this path too when {failing} in {site}{called} "
		  "fails{error}{as_others}{scope}." },
	},
	{
		ANY_REASON,
		ADVICE_EXIT,
		{ "Call {call} when {failing} in {site}{called} fails{error}: {closed} closed it "
		  "only at exit." },
	},
	{
		ANY_REASON,
		0,
		{ "Call {call} when {failing} in {site}{called} fails{error}.",
		  "Close the socket when a call on it fails for good." },
	},
};

const struct advice_table advice_of_error_unclosed = {
	error_unclosed,
	sizeof(error_unclosed) / sizeof(error_unclosed[0]),
};

static const struct advice connect_unclosed[] = {
	{
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Call close() on the socket {opened} {site} when its connect() fails, before "
		  "the next attempt opens another socket." },
	},
	{
		ANY_REASON,
		0,
		{ "Call close() when connect() in {site}{called} fails, before the next attempt "
		  "opens "
		  "another socket." },
	},
};

const struct advice_table advice_of_connect_unclosed = {
	connect_unclosed,
	sizeof(connect_unclosed) / sizeof(connect_unclosed[0]),
};

static const struct advice late_close[] = {
	{
		REASON_SPINNING,
		ADVICE_LIBRARY,
		{ "Call {close} when {ends}: until then EOF keeps the connection readable, so the "
		  "loop never sleeps." },
	},
	{
		REASON_SPINNING,
		ADVICE_CLOSED,
		{ "Close the connection at the first read that {ends} in {site}, or stop "
		  "polling it until {closed} closes it: EOF keeps it readable, so the loop never "
		  "sleeps." },
	},
	{
		REASON_SPINNING,
		0,
		{ "Close the connection at the first read that {ends} in {site}, or stop "
		  "polling it: EOF keeps it readable, so the loop never sleeps." },
	},
	{
		/* Nobody read it. */
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Read the connection {opened} {site} or watch it for the end (EPOLLRDHUP) "
		  "while it is idle, and close it soon after the peer has." },
	},
	{
		ANY_REASON,
		ADVICE_LIBRARY | ADVICE_CLOSED,
		{ "Call {close} when {ends}: {closed} closes it {held} later." },
	},
	{
		ANY_REASON,
		ADVICE_LIBRARY,
		{ "Call {close} when {ends}, not {held} later." },
	},
	{
		ANY_REASON,
		ADVICE_CLOSED | ADVICE_SCRIPT,
		{ "Call {call} when {reading} in {site}{called} {ends}: {closed} closes it {held} "
		  "later." },
	},
	{
		ANY_REASON,
		ADVICE_CLOSED,
		{ "Call {call} when {reading} in {site}{called} {ends}; {closed}, which closes "
		  "it {held} later, must not close it a second time." },
	},
	{
		ANY_REASON,
		0,
		{ "Call {call} when {reading} in {site}{called} {ends}, not {held} later." },
	},
};

const struct advice_table advice_of_late_close = {
	late_close,
	sizeof(late_close) / sizeof(late_close[0]),
};

static const struct advice exit_unclosed[] = {
	{
		ANY_REASON,
		ADVICE_AT_OPENING | ADVICE_NOTE,
		{ "Nothing to fix if the program was meant to exit {held} after the connection "
		  "{opened} "
		  "{site} had finished; otherwise call close() on it." },
	},
	{
		ANY_REASON,
		ADVICE_NOTE,
		{ "Nothing to fix if the program was meant to exit {held} after {site}{called} "
		  "found "
		  "the end of the connection; otherwise call {call} there." },
	},
	{
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Call close() on the connection {opened} {site} before the program ends, or when "
		  "it is reset." },
	},
	{
		ANY_REASON,
		ADVICE_DROPPED,
		{ "Call {call} in {site}{called} when epoll reports EPOLLHUP or EPOLLERR: "
		  "EPOLL_CTL_DEL leaves the socket open." },
	},
	{
		ANY_REASON,
		0,
		{ "Call {call} when the call in {site}{called} has found the end of the "
		  "connection: "
		  "the program ended without that." },
	},
};

const struct advice_table advice_of_exit_unclosed = {
	exit_unclosed,
	sizeof(exit_unclosed) / sizeof(exit_unclosed[0]),
};
