/* SPDX-License-Identifier: MIT */
/*
 * Joins what all processes recorded of the same kernel socket (the same cookie) into one life: who
 * holds it, and who has closed it.
 */
#ifndef FINLEAK_SOCKETS_H
#define FINLEAK_SOCKETS_H

#include "analyzer/recordings/recordings.h"
#include "analyzer/sockets/socket_life.h"

/* RECORDINGS must outlive what is returned; end with sockets_free. */
struct sockets *sockets_join(const struct recordings *recordings);
void sockets_free(struct sockets *sockets);

#endif
