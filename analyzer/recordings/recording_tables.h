/* SPDX-License-Identifier: MIT */
/* The tables of a recording: rows that hold, in the order that readers expect. */
#ifndef FINLEAK_RECORDING_TABLES_H
#define FINLEAK_RECORDING_TABLES_H

#include "analyzer/recordings/recording_bytes.h"

/* Reads all sections into the recording, whose header is there. False: file->error has the reason.
 */
bool recording_load_tables(struct recording_file *file);

/* ... the descriptors, sockets and departures alone, as they happen to be. */
bool recording_load_socket_tables(struct recording_file *file);

#endif
