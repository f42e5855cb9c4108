/* SPDX-License-Identifier: MIT */
/*
 * The traffic that a sample server brings along: a forked child whose peers connect, talk and
 * leave, so that a sample shows its defect without any other program. What the defect is stays in
 * the sample's own source.
 *
 *	SAMPLE                    4 peers, then 400 ms with nothing to do, then exit 0
 *	SAMPLE --self-test N      N peers
 *	SAMPLE --self-test N --hold    ... then does not end before its standard input does
 *	SAMPLE --serve [PORT]     no peers of its own: serves curl, nc and others until killed
 */
#ifndef SAMPLES_TRAFFIC_H
#define SAMPLES_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum peer_farewell {
	PEER_CLOSES,       /* as soon as it has its reply */
	PEER_READS_TO_END, /* waits for the server to end the connection first */
	PEER_RESETS,       /* its close sends RST in place of FIN */
	PEER_READS_ON,     /* ends its own half, and reads until the server ends the connection */
};

struct peer {
	const char *request;
	const char *reply_end; /* reads up to this before it leaves; NULL: does not wait */
	enum peer_farewell farewell;
};

/*
 * Reads the command line, listens on 127.0.0.1, says so on stdout and starts the peers: peer i
 * behaves as PEERS[i % COUNT]. Returns the listener. Exits with 1 and a message on failure.
 */
int traffic_begin(int argc, char **argv, const struct peer *peers, size_t count);

/* The same for a sample that listens itself: START_LISTENING is given the bound socket. */
int traffic_begin_with(int argc, char **argv, const struct peer *peers, size_t count,
		       int (*start_listening)(int listener));

/*
 * Waits until FD (a listener or an epoll descriptor) is readable. Returns false when the peers have
 * left and nothing has happened since for 400 ms (--hold: and standard input has ended). Exits with
 * 1 when a peer failed.
 */
bool traffic_wait(int fd);

/* The same as a question, for a sample that always has something to do. */
bool traffic_is_over(void);

/*
 * For a sample whose loop does not wait by one descriptor: sleeps for some milliseconds. Returns
 * false when traffic_wait() would.
 */
bool traffic_pause(void);

#ifdef __cplusplus
}
#endif

#endif
