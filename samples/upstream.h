/* SPDX-License-Identifier: MIT */
/*
 * The server that a sample client brings along: a forked child that answers each line with
 * "hello\n", keeps the connections and closes them when the client has become idle, as a server
 *does whose time for idle connections is up.
 *
 *	SAMPLE                    4 connections, then 400 ms with nothing to do, then exit 0
 *	SAMPLE --self-test N      N connections
 *	SAMPLE --self-test N --hold    ... and does not end before its standard input does
 *	SAMPLE --serve            4 connections, says "ready" when the server has closed them, and
 *	                          stays until killed
 */
#ifndef SAMPLES_UPSTREAM_H
#define SAMPLES_UPSTREAM_H

#include <netinet/in.h>
#include <stdbool.h>

/*
 * Reads the command line and starts the server, whose ADDRESS is filled in. Returns how many
 * connections to make. Exits with 1 and a message on failure.
 */
int upstream_begin(int argc, char **argv, struct sockaddr_in *address);

/*
 * Does nothing for 50 ms. Returns false when the server closed the connections 400 ms ago (--hold:
 * and standard input has ended). Exits with 1 when the server failed.
 */
bool upstream_idle(void);

#endif
