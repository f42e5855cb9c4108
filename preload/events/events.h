/* SPDX-License-Identifier: MIT */
/*
 * Events: what a wrapper reports to the recorder. Each function judges whether it is
 * news, finds the socket row, and stores what happened, where and when. All of them are
 * signal-safe, for any thread; they keep errno and may be called at any time (a call that comes
 * before the start, from inside the recorder or from a vfork child does nothing).
 *
 * An end is noted before it happens, a beginning after: in between another thread may get the
 * number.
 */
#ifndef FINLEAK_NOTES_H
#define FINLEAK_NOTES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include "preload/ledger/script_table.h"
#include "preload/ledger/socket_table.h"
#include "preload/recording/recording.h"

/* --- a socket begins: opened.c --- */

/* socket() or one end of socketpair() gave FD. */
void note_socket(int fd, int domain, int type, int protocol, enum recorded_source source);
/*
 * The socket FD was asked for at LINES, COUNT of them, innermost first, earlier than it was opened;
 * of one that listens, that it listens, too. False: it is not tracked, or there is no room for
 * them.
 */
bool note_opened_for(int fd, const struct script_line *lines, size_t count);
/* FD came from another process (SCM_RIGHTS, pidfd_getfd). */
void note_passed(int fd);
/* FD was sent to whoever receives it (SCM_RIGHTS). */
void note_sent(int fd);
/* Adopts every socket that is open when the program starts. *Start-up only.* */
void note_inherited_by_exec(void);
/*
 * Code has run whose calls were not recorded: adopts what it has opened. Not beside other threads,
 * which may be about to note their own. Asks for each descriptor; opens none.
 */
void note_unrecorded_opened(void);
void note_listening(int fd);
/* connect() returned RESULT, with errno ERROR where that is -1. */
void note_connect(int fd, const struct sockaddr *peer, socklen_t length, int result, int error);

/* --- a connection is accepted: accepted.c --- */

/*
 * Ahead of accept(): how many bytes of an address *LENGTH has room for. LENGTH may be NULL or no
 * memory at all, which is room for none. Keeps errno. Signal-safe, any thread, no visit.
 */
socklen_t note_accepting(const socklen_t *length);

/*
 * accept() on LISTENER gave FD; PEER of LENGTH bytes as the kernel stored it. Where, when and by
 * which thread is noted with the listener, too.
 */
void note_accepted(int listener, int fd, const struct sockaddr *peer, socklen_t length);

/* --- the peer is gone: ended.c --- */

/* A receiving call: on which descriptor, for how many bytes, with which flags of recv(2). */
struct receiving {
	int fd;
	int flags;
	size_t asked;
};

/*
 * Keeps the arguments in memory over the real call. Held in registers for the sake of the rare
 * path, each would cost the common one a push, two moves and a pop.
 */
static inline struct receiving receiving(int fd, size_t asked, int flags)
{
	struct receiving kept = { .fd = fd, .flags = flags, .asked = asked };

	__asm__ volatile("" : "+m"(kept));
	return kept;
}

/*
 * A receiving call returned RESULT, 0 or -1 with errno set. Distinguishes ends of stream from other
 * zeros, and fatal errors from others. Returns RESULT.
 */
ssize_t note_received(const struct receiving *call, ssize_t result);
/* A sending call failed, errno set. Returns -1. */
int note_send_failed(int fd);
/* A call that moves bytes from FROM to TO failed, errno set. Where one is a socket, the other is a
 * pipe or a file. */
void note_transfer_failed(int from, int to);
/* getsockopt(SO_ERROR) handed out the socket's ERROR; 0: a connect() may be through. */
void note_pending_error(int fd, int error);

/* --- what the program did then: used.c --- */

/*
 * shutdown(HOW) is about to be called; returns the directions that this call is the first to end,
 * for note_shutdown(), which gets its RESULT (errno set where that is -1).
 */
uint8_t note_shutdown_begins(int fd, int how);
void note_shutdown(int fd, int how, int result, uint8_t first_ended);

/*
 * Around epoll_ctl(). Ahead of it: which socket FD is (its cookie; 0: none that is tracked). By the
 * time the call returns, another thread may have been woken, closed FD and opened another under
 * its number. After it has succeeded: what EPOLL waits for on that socket from now on (EVENT is
 * read for EPOLL_CTL_ADD and EPOLL_CTL_MOD only).
 */
uint64_t note_registering(int fd);
void note_registered(uint64_t cookie, int epoll, int operation, int fd,
		     const struct epoll_event *event);

/* --- an event loop waits: polled.c --- */

/*
 * Around epoll_wait() and its kin on EPOLL. Ahead of it: returns where the return is to be noted
 * (NULL: nowhere). A few stores, no visit, no system call.
 */
struct recorded_poller *note_polling(int epoll);
void note_polled(struct recorded_poller *poller);

/* As note_polled(), of epoll: it has reported COUNT EVENTS (-1: it has failed). */
void note_reported(struct recorded_poller *poller, const struct epoll_event *events, int count);

/*
 * As note_polling(), ahead of poll() on COUNT descriptors, or of select() on those of three sets
 * (NULL: an empty one) that are less than LIMIT. The sets are the program's, and may be no memory
 * at all.
 */
struct recorded_poller *note_polling_of(unsigned long count);
struct recorded_poller *note_selecting(int limit, const void *reading, const void *writing,
				       const void *except);

/* --- a descriptor ends or gets company: closed.c --- */

/* FD is about to be closed. */
void note_closing(int fd);
/* FIRST ... LAST are about to be closed. */
void note_closing_range(unsigned int first, unsigned int last);
/* After a call that may have closed any descriptor: drops those that are gone. */
void note_closed_somewhere(void);

/*
 * A duplication of FD is about to happen, over TARGET (-1: over no other descriptor). Holds the
 * socket, so that it outlives a close in between.
 */
struct duplication {
	struct held_socket source;
	struct descriptor_entry replaced; /* what TARGET was: taken, so it is ours to answer for */
	int target;
	bool under_way;
};
void note_duplicating(int fd, int target, struct duplication *duplication);
/* It gave descriptor RESULT (-1: it failed, all stays as it was). */
void note_duplicated(struct duplication *duplication, int result);

#endif
