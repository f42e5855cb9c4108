/* SPDX-License-Identifier: MIT */
/*
 * How to fix a finding, in words: for each class an ordered table by reason and circumstances, of
 * which the first row that fits is taken. Names of code stand in its texts as {placeholders}.
 */
#ifndef FINLEAK_ADVICE_H
#define FINLEAK_ADVICE_H

#include <stddef.h>
#include <stdint.h>

#include "analyzer/rules/classes.h"

/* What else is known of a finding; bits. */
enum advice_when {
	ADVICE_ACCEPTED = 1 << 0,        /* the connections were accepted */
	ADVICE_POOLED = 1 << 1,          /* opened here, used again after a while, none closed */
	ADVICE_AT_OPENING = 1 << 2,      /* {site} opened them: no call shows how they ended */
	ADVICE_LEFT_EPOLL = 1 << 3,      /* EPOLL_CTL_DEL, by own code, is their last use */
	ADVICE_READ_AGAIN = 1 << 4,      /* EOF was read more than once */
	ADVICE_SIBLINGS_CLOSED = 1 << 5, /* others of the same place were, in {closing} */
	ADVICE_PARTED = 1 << 6,          /* ... on a path that parts from this one in {here} */
	ADVICE_PARTED_AT_SITE = 1 << 7,  /* ... in {site} */
	ADVICE_LIBRARY = 1 << 8,         /* {library} reads and closes for the program */
	ADVICE_KEEPS_OPEN = 1 << 9,      /* ... but freeing what it has does not close */
	ADVICE_LIBRARY_CALL = 1 << 10,   /* ... and {read} is what {site} calls of it */
	ADVICE_SENT = 1 << 11,           /* data went out {sent_ms} after EOF */
	ADVICE_DOING = 1 << 12,          /* what the thread does that should see to it: {doing} */
	ADVICE_NOTE = 1 << 13,           /* the finding is a note */
	ADVICE_IN_LOOP = 1 << 14,        /* an event loop read, or accepted; {site} is a handler */
	ADVICE_PAUSED = 1 << 15,         /* own code paused reading in {paused} */
	ADVICE_PARTED_BEFORE = 1 << 16,  /* others go on by {turn}; further in {closing} closes */
	ADVICE_CLOSED = 1 << 17,         /* {closed} closed them, or one descriptor, at last */
	ADVICE_EXIT = 1 << 18,           /* ... but only when the program ended */
	ADVICE_OPENS = 1 << 19,          /* {library} opened them, for {site} */
	ADVICE_ARMED_ONCE = 1 << 20,     /* {paused} asked for one event, by EPOLLONESHOT */
	ADVICE_USED = 1 << 21,           /* {touched} read or wrote */
	ADVICE_CLOSED_OTHER = 1 << 22,   /* {next} closed another one right after the EOF */
	ADVICE_SCRIPT = 1 << 23,         /* closing a socket twice does no harm there */
	ADVICE_THREAD_AT = 1 << 24,      /* ... in {thread} */
	ADVICE_NO_DESCRIPTORS = 1 << 25, /* the process can open no more */
	ADVICE_THREAD_WAITS = 1 << 26,   /* {doing} is to wait for events */
	ADVICE_THREAD_RUNS = 1 << 27,    /* ... to run */
	ADVICE_THREAD_ENDED = 1 << 28,   /* ... to have ended */
	ADVICE_RECEIVED = 1 << 29,       /* {opening} received them from another process */
	ADVICE_RING = 1 << 30,           /* the program uses io_uring */
	ADVICE_DROPPED = 1ll << 31,      /* a reset that epoll reported was only taken out of it */
	ADVICE_RUNTIME = 1ll << 32,      /* the language's runtime polls, not the program */
	ADVICE_LOCKED = 1ll << 33,       /* {doing} is to wait for a lock */
	ADVICE_REPLIED = 1ll << 34,      /* {next} wrote to the connection, right after the EOF */
	ADVICE_CONSTRUCTOR =
		1ll << 35,           /* {constructor} read the EOF; its destructor closes others */
	ADVICE_REPLACES = 1ll << 36, /* {site} keeps it where it kept another one before */
	ADVICE_READS_AHEAD = 1ll << 37,   /* the runtime reads, and stops while data is not taken */
	ADVICE_FOREIGN = 1ll << 38,       /* {site} is no code of the program */
	ADVICE_HOLDER = 1ll << 39,        /* ... a mutex, which {holder} has locked */
	ADVICE_LOCK_KNOWN = 1ll << 40,    /* ... {mutex}, in {locked} */
	ADVICE_OWN_LOCK = 1ll << 41,      /* ... and {holder} is that thread itself */
	ADVICE_SCRIPT_THREAD = 1ll << 42, /* the thread runs {language}: {stack_command} */
	ADVICE_LIMITED = 1ll << 43,       /* {limit} says how much a library reads ahead */
	ADVICE_GENERATOR = 1ll << 44,     /* {site} is a generator of Python */
	ADVICE_PAUSE_LINE = 1ll << 45,    /* {pause} has netty stop reading */
	ADVICE_KEPT_ON_FREE = 1ll << 46,  /* {site} calls {call}, which does not close it */
	ADVICE_PAUSES = 1ll << 47, /* {library} stops reading where the program asks for that */
	ADVICE_SITE_SCRIPT = 1ll << 48, /* {site} is in a script */
};

/* For which report. */
enum advice_text {
	ADVICE_RECORDED, /* code is known */
	ADVICE_SCANNED,  /* the kernel alone was asked: no placeholders */
	ADVICE_TEXTS,
};

/* What texts may contain, in braces. */
enum advice_word {
	WORD_SITE,    /* "read_request() (worker.c:88)" */
	WORD_CLOSING, /* where others were closed */
	WORD_HERE,    /* where the two paths part */
	WORD_CALL,    /* "close()", as the program spells it */
	WORD_CLOSE,   /* the call with what it is called on */
	WORD_ENDS,    /* what a read does that finds EOF: "returns 0" */
	WORD_SENT_MS,
	WORD_DOING,
	WORD_LIBRARY,   /* "libuv" */
	WORD_READ,      /* "SSL_read()" */
	WORD_HANGUP,    /* " (server.c:40)", where EPOLLRDHUP is checked; "" unknown */
	WORD_READING,   /* "the read", or who reads for the site: "read_request()" */
	WORD_OPENED,    /* ahead of {site}: "opened in", or "used in" */
	WORD_ACCEPTED,  /* ... "accepted in", or "used in" */
	WORD_CALLED,    /* behind {site}: ", called by serve() (worker.c:35),"; or nothing */
	WORD_CLOSED,    /* where they were closed at last */
	WORD_USED,      /* the last call for one, such as epoll_ctl() */
	WORD_HELD,      /* "272 ms" */
	WORD_OPENING,   /* where they were opened */
	WORD_PAUSED,    /* where reading was paused, with its caller; ahead of punctuation */
	WORD_AND_USED,  /* behind {site} that opened them: " and used in ..."; or nothing */
	WORD_TOUCHED,   /* where they were read from or written to */
	WORD_THREAD,    /* where the thread is, with its caller; ahead of punctuation */
	WORD_FOR,       /* behind these: ", and has done so for at least 3.0 s", or nothing */
	WORD_NEXT,      /* where the next call was made */
	WORD_FAILING,   /* "recv()", or "the call" */
	WORD_ERROR,     /* behind "fails": " with ECONNRESET", or nothing */
	WORD_FORK,      /* behind "the fork": " in start_child() (worker.c:35)", or nothing */
	WORD_SCOPE,     /* behind how others are closed: what C++ has for all paths; or nothing */
	WORD_SENDING,   /* behind "the last send": " in reply() (worker.c:52)", or nothing */
	WORD_LACKS,     /* what should have closed, and does not: a clause */
	WORD_RECEIVER,  /* where another process received them, with its caller */
	WORD_TURN,      /* the call by which others go on to the close */
	WORD_AS_OTHERS, /* behind what is to be done: ", as end() (worker.c:9) does for other
			   connections", or nothing */
	WORD_POOL,      /* "a pool", or that of the function that hands connections out */
	WORD_CONSTRUCTOR,
	WORD_READER,   /* behind {site} that opened: ", in on_data() (client.js:20),", or nothing */
	WORD_HOLDER,   /* "thread 812 holds, which sleeps in read in rotate() (journal.c:20)" */
	WORD_HOLDING,  /* "thread 812 holds it and sleeps in read in rotate() (journal.c:20)" */
	WORD_MUTEX,    /* "journal" */
	WORD_LOCKED,   /* "open_journal() (journal.c:12)" */
	WORD_LANGUAGE, /* "Python" */
	WORD_STACK_COMMAND, /* "py-spy dump --pid PID" */
	WORD_LIMIT,         /* "server.cpp:19" */
	WORD_PAUSE,         /* "Server.java:19" */
	WORD_ENDING,        /* how a generator is ended: "close()", or "aclose()" */
	WORD_SCOPED,        /* ... what does so at the end of a block: "contextlib.closing()" */
	ADVICE_WORDS,
};

struct advice {
	enum leak_reason reason; /* REASON_COUNT: any */
	uint64_t when;           /* all of these must be so */
	const char *text[ADVICE_TEXTS];
};

/* The rows of CLASS, in order; *COUNT of them. */
const struct advice *advice_rows(enum leak_class class, size_t *count);

/* "site" */
const char *advice_word_name(enum advice_word word);

/* The TEXT of the first row that fits; where none does, how the class is fixed. */
const char *advice_for(enum leak_class class, enum leak_reason reason, uint64_t when,
		       enum advice_text text);

#endif
