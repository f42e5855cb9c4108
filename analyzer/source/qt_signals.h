/* SPDX-License-Identifier: MIT */
/*
 * What a function in C++ has Qt call when data arrives for a socket, by its source:
 * `connect(socket, &QTcpSocket::readyRead, this, &Upload::readSome)`.
 */
#ifndef FINLEAK_QT_SIGNALS_H
#define FINLEAK_QT_SIGNALS_H

#include "analyzer/source/function_body.h"

struct qt_slot {
	struct name name;            /* of the function or method; LENGTH 0: it is a lambda */
	unsigned int number;         /* the line that a lambda begins in */
	struct source_cursor lambda; /* in front of it */
	unsigned int call;           /* the line of connect() */
};

/* Does BODY connect one slot to the signal for data, and no other one? */
bool qt_data_slot(const struct source *source, const struct function_body *body,
		  struct qt_slot *slot);

/* The first line of BODY that limits how much Qt reads ahead; 0: none does. */
unsigned int qt_buffer_limit(const struct source *source, const struct function_body *body);

#endif
