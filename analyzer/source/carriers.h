/* SPDX-License-Identifier: MIT */
/*
 * Functions of C and C++ that carry bytes between a connection and a buffer of their caller's:
 * `ssize_t read_all(int fd, char *to, size_t size)`. Whatever they do on the way (wait, try again,
 * count, log), what the end of the connection means is decided by who wants the bytes.
 */
#ifndef FINLEAK_CARRIERS_H
#define FINLEAK_CARRIERS_H

#include "analyzer/source/function_body.h"

/* A longer function does more. */
#define CARRIER_LINES_MAX 40u

enum carrying {
	CARRIES_NOTHING,
	CARRIES_OUT, /* what it is given is sent */
	CARRIES_IN,  /* what is read goes to where its caller wants it */
};

/*
 * What the function of SOURCE whose body is BODY carries by the call in its line NUMBER. It returns
 * something, gives connection and buffer to no other function but to wait, and keeps nothing.
 */
enum carrying carrying_of(const struct source *source, const struct function_body *body,
			  unsigned int number);

#endif
