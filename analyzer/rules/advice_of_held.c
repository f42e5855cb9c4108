/* SPDX-License-Identifier: MIT */
/* Another descriptor, or another process, still holds the socket. */
#include "analyzer/rules/advice.h"
#include "analyzer/rules/advice_tables.h"

static const struct advice duplicate_held[] = {
	{
		/* What closed last at an exit is the close that came too late. */
		ANY_REASON,
		ADVICE_AT_OPENING | ADVICE_EXIT,
		{ "Close all descriptors of the connection {opened} {site} when it ends: {closed} "
		  "closes the last one only at exit." },
	},
	{
		/* The duplicate may be the one that was closed. */
		ANY_REASON,
		ADVICE_AT_OPENING | ADVICE_CLOSED,
		{ "Close the other descriptor of the connection {opened} {site} too, where "
		  "{closed} closes one: the connection stays open until its last descriptor is "
		  "closed." },
	},
	{
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Close the duplicate of the connection {opened} {site} too: it stays open until "
		  "its last descriptor is closed." },
	},
	{
		ANY_REASON,
		ADVICE_EXIT,
		{ "Close the duplicate made in {site} where the other descriptor is closed: "
		  "{closed} closes it only at exit." },
	},
	{
		ANY_REASON,
		ADVICE_CLOSED,
		{ "Close the duplicate made in {site} too, where {closed} closes the other "
		  "descriptor: the connection stays open until its last descriptor is "
		  "closed." },
	},
	{
		ANY_REASON,
		0,
		{ "Close the duplicate made in {site} too: the connection stays open until its "
		  "last descriptor is closed." },
	},
};

const struct advice_table advice_of_duplicate_held = {
	duplicate_held,
	sizeof(duplicate_held) / sizeof(duplicate_held[0]),
};

static const struct advice held_elsewhere[] = {
	{
		REASON_FORKED_CHILD,
		0,
		{ "In the child, after the fork in {site}, close every connection that it does not "
		  "serve, here the one opened in {opening}." },
	},
	{
		REASON_PARENT,
		0,
		{ "In the parent, after the fork{fork}, close the connection {opened} {site}: the "
		  "child has its own descriptor." },
	},
	{
		REASON_EXEC_CHILD,
		0,
		{ "Open the socket close-on-exec (SOCK_CLOEXEC, accept4()) in {opening}, or close "
		  "it before exec in the child that {site} starts." },
	},
	{
		REASON_IO_URING,
		ADVICE_CLOSED,
		{ "Take the socket {opened} {site} out of the ring's registered files, or cancel "
		  "its pending requests, before {closed} closes its descriptor: close() alone does "
		  "not end the connection." },
	},
	{
		REASON_IO_URING,
		0,
		{ "Take the socket {opened} {site} out of the ring's registered files, or cancel "
		  "its pending requests: close() alone does not end the connection." },
	},
	{
		REASON_PASSED,
		ADVICE_RECEIVED,
		{ "Close the socket, once it is served, in the process that received it in "
		  "{receiver}." },
	},
	{
		REASON_PASSED,
		0,
		{ "Also close the socket {opened} {site} in the process that it was passed to." },
	},
	{
		ANY_REASON,
		0,
		{ "Also close the socket {opened} {site} in the other process." },
	},
};

const struct advice_table advice_of_held_elsewhere = {
	held_elsewhere,
	sizeof(held_elsewhere) / sizeof(held_elsewhere[0]),
};
