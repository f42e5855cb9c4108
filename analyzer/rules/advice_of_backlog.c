/* SPDX-License-Identifier: MIT */
/* Nobody accepted the connection. */
#include "analyzer/rules/advice.h"
#include "analyzer/rules/advice_tables.h"

static const struct advice never_accepted[] = {
	{
		ANY_REASON,
		ADVICE_NO_DESCRIPTORS,
		{ "Close the descriptors that leak, or raise the limit: all are in use, so "
		  "accept() on the listener of {site} fails with EMFILE." },
	},
	{
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_ENDED,
		{ "Call accept() in another thread, or close the listener of {site}: the thread "
		  "that should accept {doing}." },
	},
	{
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_RUNS,
		{ "Call accept() on the listener of {site} until its queue is empty before other "
		  "work, or in a thread of its own: the thread that should accept {doing}, so it "
		  "is too slow." },
	},
	{
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_WAITS | ADVICE_THREAD_AT,
		{ "Poll the listener of {site} too and call accept() until its queue is empty, or "
		  "call listen() only after this wait: the thread that should accept {doing} in "
		  "{thread}{for}." },
	},
	{
		ANY_REASON,
		ADVICE_DOING | ADVICE_SCRIPT_THREAD,
		{ "Let the thread that should accept return to accept() on the listener of {site}. "
		  "It {doing} in {language}{for}: `{stack_command}` prints the line." },
	},
	{
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_OWN_LOCK | ADVICE_LOCK_KNOWN,
		{ "Unlock {mutex}, locked in {locked}, on every path: the thread that should "
		  "accept on the listener of {site} holds it and waits for it in {thread}{for}." },
	},
	{
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_OWN_LOCK,
		{ "Unlock the mutex before it is locked again: the thread that should accept on "
		  "the listener of {site} holds it and waits for it in {thread}{for}." },
	},
	{
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_HOLDER | ADVICE_LOCK_KNOWN,
		{ "Unlock {mutex}, locked in {locked}, on every path: {holding}. The thread that "
		  "should accept on the listener of {site} waits for it in {thread}{for}." },
	},
	{
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_HOLDER,
		{ "Unlock the mutex that {holder}. The thread that should accept on the listener "
		  "of {site} waits for it in {thread}{for}." },
	},
	{
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_LOCKED,
		{ "Find who holds the lock that keeps the thread that should accept from accept() "
		  "on the listener of {site}: it {doing} in {thread}{for}." },
	},
	{
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_AT,
		{ "Let the thread that should accept return to accept() on the listener of {site}. "
		  "It {doing} in {thread}{for}." },
	},
	{
		ANY_REASON,
		ADVICE_DOING,
		{ "Call accept() on the listener of {site} until its queue is empty. The thread "
		  "that should do so {doing}{for}." },
	},
	{
		ANY_REASON,
		0,
		{ "Call accept() on the listener of {site} until its queue is empty. The thread "
		  "that should do so is blocked, too slow, or out of descriptors.",
		  "Call accept() until the queue is empty. The thread that should do so is "
		  "blocked, too "
		  "slow, or out of descriptors." },
	},
};

const struct advice_table advice_of_never_accepted = {
	never_accepted,
	sizeof(never_accepted) / sizeof(never_accepted[0]),
};
