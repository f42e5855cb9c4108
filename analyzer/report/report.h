/* SPDX-License-Identifier: MIT */
/*
 * The finished report: what every renderer gets, and all it gets. Times are in ms; a negative time
 * or count means "unknown".
 */
#ifndef FINLEAK_REPORT_H
#define FINLEAK_REPORT_H

#include "analyzer/call_sites/call_sites.h"
#include "analyzer/call_sites/divergence.h"
#include "analyzer/call_sites/lock_calls.h"
#include "analyzer/gate/baseline.h"
#include "analyzer/gate/suppressions.h"
#include "analyzer/report/sentences.h"
#include "analyzer/source/generators.h"

#define REPORT_STATES 13

struct kernel_view;
struct reading_library;

/* One line of a stack as it is shown: a frame, or several that are folded. */
struct stack_line {
	const struct frame *frame; /* NULL: folded */
	size_t number;             /* of the frame in the whole stack, from 0 */
	bool is_site;
	char *text; /* the function, shortened ("??" unknown); what is folded, and why */
};

struct report_stack {
	const char *name;           /* "opened", "eof", ... */
	const char *title;          /* "Opened at" */
	bool shown;                 /* the finding is about it; else only JSON has it */
	const struct frame *frames; /* all of them */
	size_t count;
	const struct frame *site; /* the innermost of the program's own code; NULL unknown */
	struct stack_line *lines; /* of what is shown: folded, unless --full-stacks */
	size_t line_count;
};

/* Threads (or goroutines) of a process that do the same now, in the same place. */
struct report_threads {
	int64_t *list; /* numbers, ascending */
	size_t count;
	bool are_goroutines;   /* ... of Go, on no thread */
	char name[64];         /* that all of them have; "" none, or unknown */
	char doing[100];       /* "sleeps in ..."; "runs" */
	int descriptor;        /* on which; -1 none, or unknown */
	uint64_t watched;      /* sockets of findings that DESCRIPTOR, an epoll, waits for */
	bool is_socket;        /* DESCRIPTOR is such a socket */
	bool is_listener;      /* ... or the listener where some of them wait */
	const char *waits_for; /* "a mutex (pthread_mutex_lock())"; NULL unknown */
	int lock_holder;       /* of that mutex; 0 unknown */
	bool is_library;       /* nothing on the stack is, or may be, the program's own code */
	struct report_stack stack;
};

struct report_process {
	int pid;
	int parent_pid;
	const char *executable;
	char *command; /* arguments joined by blanks */
	const char *state;
	double duration_ms;
	uint64_t opened, eof, closed, open_at_end;
	uint64_t descriptor_limit; /* as seen last */
	uint64_t descriptors;      /* open when the kernel was asked last; 0 unknown */
	uint64_t leaked;           /* sockets of findings that are leaks, and held by it */
	double leaks_per_minute;   /* too few, or too short a time: negative */
	double exhausted_in_ms;    /* until the limit is reached at that rate; 0 it is */

	/* The census, by report_state_name; of it what came in by the process' listeners and is
	 * held by no descriptor. */
	uint64_t tcp_states[REPORT_STATES];
	uint64_t unowned[REPORT_STATES];
	double census_ms;               /* since the start; -1: the kernel was never asked */
	uint64_t unanswered;            /* ESTABLISHED, and the peer has stopped answering */
	uint64_t close_wait_leaked;     /* sockets of findings that are leaks */
	int64_t time_wait_unattributed; /* in its network namespace, and nobody's; -1 unknown */
	struct kernel_tuning sysctls;
	struct sentences tuning;      /* on each state that piles up and is no bug here */
	bool unrecorded;              /* no recording is there: what follows is by samples alone */
	struct sentences blind_spots; /* what is not known of it */
	struct report_threads *threads; /* --stacks, where sockets are stuck: what they do now */
	size_t thread_groups;
	uint64_t lost; /* of what should have been recorded */
	/*
	 * Of that, sockets and whole children, which may leak; and calls that `finleak attach` came
	 * too late for, each of which may have opened a socket.
	 */
	uint64_t not_judged;
	uint64_t unattributed; /* TCP sockets, at once, that no recorded call opened */
};

struct report_holder {
	int pid;
	int fd;              /* -1 unknown */
	const char *command; /* of a program that was not recorded; NULL: among the processes */
};

/* An epoll descriptor waits for something on a socket. */
struct report_interest {
	int pid;
	int epoll;
	char events[48]; /* "IN|RDHUP" */
};

struct report_socket {
	int pid;
	int fd;
	uint64_t cookie;               /* 0 unknown */
	struct recorded_address local; /* of an IPv4 address all but the first 4 bytes are 0 */
	struct recorded_address peer;
	const char *opened_label; /* what the program was about (FINLEAK_LABEL); NULL unknown */
	const char *ended_label;  /* ... when EOF, error or shutdown was noticed; NULL unknown */
	int tcp_state;            /* index for report_state_name; -1 unknown */
	int64_t receive_queue;
	double opened_ms;     /* since the start of its process' recording */
	int64_t opened_at_ns; /* CLOCK_REALTIME; 0 unknown */
	int thread;           /* that used it last, as far as was recorded; 0 unknown */
	double touched_ms;    /* its last recorded use, -1 unknown: not every use is recorded */
	double eof_ms;
	uint32_t eof_reads;
	double held_ms; /* from the decision to the end of the holder, or now */
	const struct report_holder *holders; /* among the finding's */
	size_t holder_count;
	int finisher;       /* held-elsewhere: pid of who was finished with it; 0 unknown */
	bool finisher_read; /* ... and had read its end, else it only closed it */
	struct report_interest *interests; /* as far as the kernel was asked */
	size_t interest_count;
};

/* What stands for the site where the kernel alone was asked: it knows of no code. */
struct report_place {
	int pid;
	const char *executable;
	char name[96]; /* "local port 8080", "to 192.0.2.1:443" */
};

/* What the program was about when it opened sockets: a test, as a rule. */
struct report_label {
	const char *label;
	size_t count; /* sockets */
};

/* Where connections wait to be accepted. */
struct report_listener {
	char address[64];
	struct report_holder holder;
	uint32_t queued, queue_maximum;
	double last_accept_ms; /* since a connection was accepted there last; -1 never, or unknown
				*/
	char thread[96];       /* what the thread that did is doing; "" unknown */
};

/* Who should poll the epoll descriptor that watches a socket, and does not. */
struct report_poller {
	int pid;
	int epoll;
	int thread;           /* that polled it last; 0: nobody ever did */
	double before_fin_ms; /* when that was, before the peer closed; a few ms either way */
	char doing[96];       /* what the thread does instead: "sleeps in futex"; "" unknown */
};

struct report_closing {
	const struct frame *site; /* NULL unknown */
	uint64_t count;
	double median_held_ms;
	char *words; /* "2 of the 5 sockets whose EOF was read at a.c:4 were closed, at ..." */
};

/* The thread that should see to a socket nobody sees to: it used it last, accepts, or polls. */
struct report_owner {
	int thread;
	bool polls;
	bool accepts;    /* it did, or it should: */
	bool accepted;   /* it did */
	double for_ms;   /* it has been doing that for so long, at least */
	char doing[100]; /* "sleeps in futex" */
};

/* The thread that holds the mutex which the owner's thread waits for. */
struct report_lock_holder {
	int thread; /* 0 unknown */
	bool waits; /* it is that thread itself */
	char doing[100];
	const struct frame *site, *caller; /* where; NULL unknown */
	struct lock_call lock;             /* FILE NULL: not known where it was locked */
};

/* What the thread called next that had learned of the end. */
struct report_next {
	enum recorded_next call; /* NEXT_NONE unknown */
	int fd;                  /* on which descriptor; -1 none */
	bool own;                /* which is the socket's own */
	double after_ms;         /* so long after that */
	const struct frame *site;
};

/* The call that failed for good. */
struct report_failure {
	char call[32];  /* "recv()", or "the read"; "" unknown */
	char error[32]; /* "ECONNRESET" */
};

/* An accepted socket that nobody used: what became of its number before. */
struct report_number {
	double closed_before_ms; /* so long before it was accepted; -1 unknown, or it was used */
	const struct frame *closed_site;
};

/* Does a leak count for the gate? What does not is quiet: shown with --all only. */
enum standing {
	STANDING_PLAIN,      /* counts if it is a leak, and there is nothing to hold it against */
	STANDING_NEW,        /* the baseline does not know it */
	STANDING_WORSE,      /* the baseline knows fewer of its sockets: the others count */
	STANDING_KNOWN,      /* quiet: the baseline knows it */
	STANDING_SUPPRESSED, /* quiet: suppressions match all of its sockets */
	STANDING_COUNT,
};

/* How often a suppression matched. */
struct report_suppression {
	const struct suppression *suppression;
	uint64_t findings, sockets;
};

struct report_leak {
	char id[CALL_SITE_ID_SIZE];
	struct call_site *call_site; /* NULL: the kernel alone was asked */
	/* Of findings that read the same, which it joins: as they are called where it is not. */
	const char (*joined_ids)[CALL_SITE_ID_SIZE];
	size_t joined_count;
	enum leak_class class;
	enum leak_reason reason;
	enum leak_reason advised_reason; /* closed-at-exit: why they were open until then */
	enum verdict verdict;
	uint64_t count;
	size_t process; /* index: whose socket was held longest; that of none: unknown */
	enum standing standing;
	uint64_t suppressed, baselined;          /* of COUNT, the sockets that do not count */
	const struct suppression *suppressed_by; /* the first that matches; NULL: none does */
	struct sentences to_suppress; /* --gen-suppressions: the lines to paste into a file */
	const struct frame *site;     /* NULL unknown */
	const char *site_stack;       /* name of the stack that the site is of; NULL unknown */
	bool in_loop; /* the deciding stack leads to an event loop and no further: the site is
			 what else leads to a handler, or what runs the loop */
	const struct frame *caller;   /* own code that called the site; NULL unknown, or none */
	const struct frame *wrappers; /* of a call, in whose place their caller is the site */
	size_t wrapper_count;         /* of them, innermost first; 0: there is none */
	const struct frame *registered_at; /* the site is no frame of a stack, but the function that
					      this call was given; or NULL */
	bool is_foreign;                   /* the site is no code of the program */
	bool is_only_handler; /* it is of another connection: the only handler that the loop calls
			       */
	bool kept_on_free;    /* the site frees what has the descriptor, and that leaves it open */
	bool is_set_up;  /* the site is no handler: own code alone has called it, from main() on */
	bool at_opening; /* the site is where they were opened */
	bool replaces;   /* the site keeps what is opened where it kept them */
	const struct frame *handed_out_by; /* own code that returns what the site has opened for it;
					      NULL unknown, or the site itself */
	bool reads_stream;                 /* the site reads through a FILE */
	/* Reads for the program; NULL: it reads itself. */
	const struct reading_library *library;
	const char *starts_reading; /* what the site does, a callback for new connections, to have
				       them read; NULL: it reads itself, or unknown */
	unsigned int limit_line;    /* of the file where REGISTERED_AT is: limits what a library
				       reads ahead; 0: none does */
	unsigned int pause_line;    /* of the site's file: has LIBRARY stop reading; 0: none does */
	enum generator generator;   /* is the site in one? */
	char *library_call;         /* that the site makes, "SSL_read()"; NULL unknown */
	enum connection_side side;
	bool pooled;                             /* opened here, and used again after a while */
	struct report_stack stacks[STACK_KINDS]; /* the deciding one first, then those shown */
	size_t stack_count;
	/* What the siblings have in common; DECIDED_NOT: where they were opened. */
	enum recorded_decision decision;
	uint64_t siblings, siblings_closed; /* the finding's own sockets among them */
	struct report_closing *closings;
	struct divergence divergence; /* from the way of most of these; in code of its own only */
	const struct frame *closer;   /* ... in which the others' closing ends: its own frame there
					 where that function itself calls close */
	size_t closing_count;
	char *kind;       /* "eof-unclosed (closed-at-exit) [note]" */
	char *where;      /* "worker.c:88 in read_request()"; "server (pid 7), local port 80" */
	char *title;      /* "eof-unclosed: 20 sockets at worker.c:88 in read_request()" */
	char *headline;   /* what happened: a sentence */
	char *parting;    /* where other connections go on to the close; NULL: not known */
	const char *rule; /* by which it was judged */
	char **facts;     /* that made the rule true: sentences */
	size_t fact_count;
	struct sentences lines; /* what is known of the sockets */
	char *fix;
	struct report_place *place;       /* NULL where there are recordings */
	struct report_listener *listener; /* never-accepted; NULL unknown */
	struct report_poller *poller;     /* not-polled-since; else NULL */
	struct report_owner *owner;       /* fin-unread, never-accepted; NULL unknown */
	struct report_lock_holder lock_holder;
	struct report_socket *sockets;
	size_t socket_count;
	struct report_holder *holders; /* of all of them, in one block */
	size_t holder_count;
	struct report_label *labels; /* that they were opened under, most first */
	size_t label_count;
	char *leaked_by;        /* "Leaked by test_a (2), test_b."; NULL: there are no labels */
	const char *held_since; /* what they were held after: " after EOF"; NULL unknown */
	double held_min_ms, held_median_ms, held_max_ms;
	uint32_t eof_reads_max;
	bool read_unseen;         /* eof-unclosed: the read itself was not recorded */
	bool opened_before;       /* open when `finleak attach` began: where is not known */
	double sent_after_eof_ms; /* half-closed: the last that was sent; -1 unknown */
	uint64_t unlisted;        /* of the sockets: in state CLOSED, which `ss` does not show */
	/* What the program did with the socket held longest after it was finished. */
	uint32_t rereads; /* times that its EOF was read again */
	const struct frame *reread_site;
	const struct frame *closed_site; /* of the last close that the program called; NULL none */
	enum recorded_use last_use;
	const struct frame *last_use_site;
	const struct frame *last_use_call; /* the call that led there and not to the EOF */
	bool last_use_is_own;              /* the program's own code made that call, no library */
	bool last_use_in_loop;             /* an event loop did */
	double last_use_before_end_ms;
	const struct frame *opened_site, *opened_caller; /* NULL unknown */
	const struct frame *forked_site; /* held-elsewhere: of the fork that shared it; or NULL */
	const struct frame *used_site, *wrote_site;      /* of a read or a write; NULL unknown */
	const struct frame *paused_site, *paused_caller; /* fin-unread: where the program's own
							    code paused reading; NULL unknown */
	bool armed_once;                                 /* ... by EPOLLONESHOT */
	const struct frame *thread_site, *thread_caller; /* where the thread is that should see to
							    it; NULL unknown */
	const char *waits_for; /* that thread: "a mutex (pthread_mutex_lock())"; NULL unknown */
	bool received;         /* from another process, where they were opened */
	bool by_ring;          /* the program uses io_uring */
	bool no_descriptors;   /* never-accepted: its process can open no more */
	struct report_failure failure;
	bool dropped_reset; /* no call failed: a reset was taken out of epoll at its site */
	struct report_next next;
	struct report_number number;
};

/* What a section lists, with what there is to say of it. */
struct report_entry {
	char *text;
	struct sentences details;
	const struct report_stack *stack; /* NULL none */
};

/* A list below the findings. */
struct report_section {
	const char *title;
	bool warns; /* it limits what the report is worth */
	struct report_entry *entries;
	size_t count;
};

struct report {
	char *headline;           /* what was found, and in how many processes */
	struct sentences remarks; /* on what else there is */
	char *summary;            /* the headline for logs, without what may vary */
	struct report_section *sections;
	size_t section_count;

	/* The kernel alone was asked, twice: what counts events (opened, eof, closed) is unknown.
	 */
	bool observed;
	bool all;         /* notes and what is quiet are among the findings */
	bool explain;     /* the facts are wanted in text, too */
	bool each_socket; /* --sockets: each is wanted in text, too */
	size_t top;       /* how many findings are wanted in full; 0: all */
	double samples_apart_ms;
	uint64_t elsewhere; /* processes that could not be examined: not ours */
	uint64_t unclaimed; /* stuck sockets that none of the processes seen holds */

	uint64_t leaked_sockets, leak_sites;
	uint64_t warnings, notes;    /* sockets */
	uint64_t strict_would_count; /* of the notes: leaks with --strict */
	uint64_t pooled;             /* ... whose peers had closed for less than --idle */
	uint64_t behind;        /* ... to which their loop has not come, for less than --idle */
	uint64_t reset_pending; /* ... reset, unnoticed, for less than --late or unknown */
	uint64_t ended_before;  /* ... finished for less than --min-held at another end */
	uint64_t unread_before; /* ... whose peers had closed for less than that, unread */
	uint64_t unseen_ends;   /* ... that unrecorded calls may have finished */
	double min_held_ms, idle_ms, late_ms;
	uint32_t classes; /* those asked for: a bit for each enum leak_class; 0: all */
	uint64_t by_class[CLASS_COUNT];
	uint64_t lost;
	uint64_t not_judged;   /* sockets and children that left no trace but this count */
	uint64_t unreadable;   /* recordings that could not be read */
	uint64_t unattributed; /* sockets that no recorded call opened; see report_process */
	uint64_t opened;       /* a socket that several processes had counts once */
	uint64_t eof;
	struct report_process *processes;
	size_t process_count;
	struct report_leak *leaks; /* worst first; notes only where asked for */
	char *source_root;         /* see source_root.h; NULL unknown */
	int64_t made_at_ns;        /* CLOCK_REALTIME */
	const char *watched; /* the folder that `finleak watch` watches, its last name; NULL none */
	size_t leak_count;   /* those that are shown */
	size_t quiet_count; /* more behind them, for formats with a place for what does not count */
	uint64_t suppressed, baselined; /* sockets, not among those above */
	struct report_suppression *suppressions;
	size_t suppression_count;
	const struct baseline *baseline; /* NULL: there is none */
	const struct known_leak **fixed; /* what it knows and is not there any more */
	size_t fixed_count;
	const char *const *warnings_of_symbols;
	size_t warning_count;
	struct symbolizer *symbolizer; /* for source lines */

	/* Private: what the above points into. */
	struct symbolizer *own_symbolizer; /* NULL: the caller's */
	struct kernel_view *view;
	struct recordings *recordings;
	struct sockets *sockets;
	struct leaks *judged;
	struct backtraces *backtraces;
	struct call_sites *call_sites;
	struct debug_packages *packages;
};

struct report_options {
	struct judge_options judge;
	struct symbolizer_options symbols;
	struct own_globs own; /* --own, --foreign */
	/* Names code for several reports, each of which it outlives; NULL: one made for the report.
	 */
	struct symbolizer *symbolizer;
	bool all;              /* --all: notes, and what is quiet, too */
	bool explain;          /* --explain: what made the rules true */
	bool full_stacks;      /* --full-stacks: nothing is folded */
	bool each_socket;      /* --sockets */
	bool thread_stacks;    /* --stacks */
	size_t top;            /* --top; 0: all */
	bool gen_suppressions; /* --gen-suppressions */
	/* Both must outlive the report. */
	struct suppressions suppressions;
	const struct baseline *baseline; /* NULL: there is none */
};

bool standing_is_quiet(enum standing standing);

/* Do THREADS sleep on what a finding is about? */
static inline bool report_threads_concern(const struct report_threads *threads)
{
	return threads->watched || threads->is_socket || threads->is_listener;
}

/* How many of LEAK's sockets count for the gate, and in the summary. */
uint64_t report_leak_counting(const struct report_leak *leak);

/* "new", "worse", "known", "suppressed"; NULL for STANDING_PLAIN. */
const char *standing_name(enum standing standing);

/* Counts COUNT sockets of one finding in REPORT's summary. */
void report_count(struct report *report, enum leak_class class, enum verdict verdict,
		  uint64_t count);

/* Orders REPORT's leaks, the worst first. */
void report_sort(struct report *report);

/* Appends an entry to SECTION; takes TEXT over. */
struct report_entry *report_section_add(struct report_section *section, char *text);

/* The process that LEAK is shown for; NULL unknown. */
const struct report_process *report_process_of(const struct report *report,
					       const struct report_leak *leak);

/* The part of FILE below the folder of the user's sources; NULL: it lies elsewhere. */
const char *report_source_below(const struct report *report, const char *file);

/* "BOUND" ... "TIME_WAIT", alphabetical; STATE from 0 to REPORT_STATES - 1. */
const char *report_state_name(int state);

#endif
