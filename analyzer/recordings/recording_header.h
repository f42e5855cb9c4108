/* SPDX-License-Identifier: MIT */
/* The header of a recording. */
#ifndef FINLEAK_RECORDING_HEADER_H
#define FINLEAK_RECORDING_HEADER_H

#include "analyzer/recordings/recording_bytes.h"

/* Reads and checks the header into the recording. False: file->error has the reason. */
bool recording_load_header(struct recording_file *file);

#endif
