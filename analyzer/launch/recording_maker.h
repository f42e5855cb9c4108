/* SPDX-License-Identifier: MIT */
/*
 * Creates the files of recordings for processes of the program that can't do so themselves, because
 * they have changed their user or their root (preload/recording/recording_maker.h). A thread of its
 * own answers: such a process waits in its fork() or at its start.
 */
#ifndef FINLEAK_RECORDING_MAKER_LAUNCH_H
#define FINLEAK_RECORDING_MAKER_LAUNCH_H

struct recording_maker;

/*
 * Begins to listen, for files in FOLDER (absolute, copied). NULL, with errno: it can't. The caller
 * ends it by recording_maker_end().
 */
struct recording_maker *recording_maker_new(const char *folder);

/* What the environment of the program has to say (maker=), or "" for NULL. Owned by MAKER. */
const char *recording_maker_address(const struct recording_maker *maker);

/*
 * Begins to answer, after the program was started: it inherits no thread. Returns 0 or an errno:
 * whoever asks is refused then.
 */
int recording_maker_start(struct recording_maker *maker);

/* Whoever asks later is refused. MAKER may be NULL. */
void recording_maker_end(struct recording_maker *maker);

#endif
