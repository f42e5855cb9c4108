/* SPDX-License-Identifier: MIT */
/* The program read EOF. */
#include "analyzer/rules/advice.h"
#include "analyzer/rules/advice_tables.h"

static const struct advice eof_unclosed[] = {
	{
		REASON_HALF_CLOSED,
		ADVICE_AT_OPENING,
		{ "Nothing to fix yet: the program still sends. Call close() on the connection "
		  "{opened} {site}{and_used} once its reply is sent." },
	},
	{
		REASON_HALF_CLOSED,
		ADVICE_SENT,
		/* The proof goes first. */
		{ "Nothing to fix yet: the program sent data {sent_ms} ms after {site} read EOF, "
		  "and may send more. Call {close} after the last send{sending}." },
	},
	{
		REASON_HALF_CLOSED,
		0,
		{ "Nothing to fix yet: the program still sends after {site} read EOF. Call "
		  "{close} after the last send{sending}.",
		  "The program still sends: no leak while it does." },
	},
	{
		/* No call shows that another one took its place. */
		ANY_REASON,
		ADVICE_REPLACES | ADVICE_AT_OPENING,
		{ "Call {call} on the connection that {site}{called} keeps, before the next "
		  "one takes its place, and when the program is done with it." },
	},
	{
		ANY_REASON,
		ADVICE_REPLACES,
		{ "Call {call} on the connection that {site}{called} keeps, before the next "
		  "one takes its place." },
	},
	{
		ANY_REASON,
		ADVICE_PAUSE_LINE,
		{ "Call setAutoRead(true) or {close}, on every path after the setAutoRead(false) "
		  "at {pause}: {library} reaches the EOF only when it reads." },
	},
	{
		ANY_REASON,
		ADVICE_PAUSES,
		{ "Call setAutoRead(true) or {close}, wherever the program calls "
		  "setAutoRead(false) for the connection {opened} {site}: {library} gets to the "
		  "EOF only when it reads." },
	},
	{
		ANY_REASON,
		ADVICE_GENERATOR | ADVICE_AT_OPENING,
		{ "Call {ending} on the generator {site}{called} where it is not run to its end, "
		  "or use {scoped}: until then it holds the connection, even in a with "
		  "statement." },
	},
	{
		ANY_REASON,
		ADVICE_OPENS | ADVICE_RUNTIME,
		{ "Call {close}, on every path: until then {library} keeps the connection {opened} "
		  "{site}." },
	},
	{
		/* A loop reads for {library}. */
		ANY_REASON,
		ADVICE_OPENS | ADVICE_AT_OPENING,
		{ "Call {close} in {site}, on every path: until then {library} keeps the "
		  "connection." },
	},
	{
		ANY_REASON,
		ADVICE_KEPT_ON_FREE,
		{ "Close the descriptor where {site} calls {call}, or make the bufferevent with "
		  "BEV_OPT_CLOSE_ON_FREE: without that, {call} does not close it." },
	},
	{
		ANY_REASON,
		ADVICE_IN_LOOP | ADVICE_LIBRARY,
		{ "Call {close} when {ends}{as_others}: {lacks}." },
	},
	{
		ANY_REASON,
		ADVICE_IN_LOOP,
		{ "Call {close} when a read of it {ends}{as_others}: {lacks}." },
	},
	{
		ANY_REASON,
		ADVICE_AT_OPENING | ADVICE_RING,
		{ "Call close() on the connection {opened} {site}{and_used} when io_uring "
		  "completes a read of it with 0." },
	},
	{
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Close the connection {opened} {site}{and_used} where its EOF arrives. If a "
		  "pool keeps it, close it before the peer's idle timeout." },
	},
	{
		ANY_REASON,
		ADVICE_LIBRARY | ADVICE_KEEPS_OPEN | ADVICE_SITE_SCRIPT,
		{ "Call {close} when a call of {library} in {site}{called} fails: the end of TLS "
		  "does not close the connection." },
	},
	{
		/* The program does not read itself: what it gets is what it can act upon. */
		ANY_REASON,
		ADVICE_LIBRARY | ADVICE_KEEPS_OPEN | ADVICE_LIBRARY_CALL,
		{ "Call {close} when {read} in {site}{called} fails: SSL_free() does not close "
		  "it." },
	},
	{
		ANY_REASON,
		ADVICE_LIBRARY | ADVICE_KEEPS_OPEN,
		{ "Call {close} when a call of {library} in {site}{called} fails: SSL_free() does "
		  "not close it." },
	},
	{
		ANY_REASON,
		ADVICE_LIBRARY,
		{ "Call {close} when {ends}: {library} does not close it." },
	},
	{
		ANY_REASON,
		ADVICE_LEFT_EPOLL,
		{ "Call {call} after the EPOLL_CTL_DEL in {used} that follows the EOF read in "
		  "{site}: removing a descriptor from epoll does not close it." },
	},
	{
		/* A proxy: the other side is closed. */
		ANY_REASON,
		ADVICE_CLOSED_OTHER,
		{ "Also close the connection opened in {opening} at this EOF: {next} closes "
		  "another connection, not this one." },
	},
	{
		ANY_REASON,
		ADVICE_READ_AGAIN,
		{ "Treat a read that {ends} in {site}{called} as the end: call {close}, and do "
		  "not poll it again." },
	},
	{
		/* A destructor runs for an object that has been constructed. */
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED | ADVICE_CONSTRUCTOR,
		{ "Where {constructor} throws, call {call} first: {closing}, which closes others, "
		  "does not run for an object whose constructor throws. If it does not throw, "
		  "destroy the object." },
	},
	{
		/* What closes may depend on the connection: a close in the caller would close
		   twice. */
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED | ADVICE_PARTED_BEFORE,
		{ "Call {call} on the path of these connections too: {turn} closes others, in "
		  "{closing}; for these, it does not, or is not reached." },
	},
	{
		/* The read lies in a wrapper, or deeper: what matters is who called it. */
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED | ADVICE_PARTED,
		{ "Call {call} on this path in {here} too when {reading} in {site} "
		  "{ends}{scope}." },
	},
	{
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED | ADVICE_PARTED_AT_SITE,
		{ "Call {call} on this path too when {reading} in {site} {ends}{scope}." },
	},
	{
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED,
		{ "Call {call} on this path too when {reading} in {site}{called} "
		  "{ends}{as_others}{scope}." },
	},
	{
		ANY_REASON,
		ADVICE_EXIT | ADVICE_SCRIPT,
		{ "Call {close} when {reading} in {site}{called} {ends}: {closed} closed it only "
		  "at "
		  "exit." },
	},
	{
		ANY_REASON,
		ADVICE_EXIT,
		{ "Call {close} when {reading} in {site}{called} {ends}; {closed}, which closed it "
		  "only at exit, must not close it a second time." },
	},
	{
		/* A reply to the end: a close at the read would be too early. */
		ANY_REASON,
		ADVICE_REPLIED,
		{ "Call {close} after the send in {next}, which follows the read in "
		  "{site}{called} that {ends}." },
	},
	{
		ANY_REASON,
		0,
		{ "Call {close} when {reading} in {site}{called} {ends}.",
		  "Close the socket when a read of it returns 0." },
	},
};

const struct advice_table advice_of_eof_unclosed = {
	eof_unclosed,
	sizeof(eof_unclosed) / sizeof(eof_unclosed[0]),
};
