/* SPDX-License-Identifier: MIT */
/* The tables of a recording: rows that hold, in the order that readers expect. */
#ifndef FINLEAK_RECORDING_TABLES_H
#define FINLEAK_RECORDING_TABLES_H

#include "analyzer/recordings/recording_bytes.h"

/* Reads all sections into the recording, whose header is there. False: reading_fail() has said. */
bool reading_load_tables(struct reading *reading);

/* ... the descriptors, sockets and departures alone, as they happen to be. */
bool reading_load_socket_tables(struct reading *reading);

#endif
