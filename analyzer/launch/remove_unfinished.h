/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_REMOVE_UNFINISHED_H
#define FINLEAK_REMOVE_UNFINISHED_H

/*
 * Removes from FOLDER what recorders left behind that were killed before their recording was whole.
 * What a living one is about to complete stays, and so does whatever else there is.
 */
void remove_unfinished(const char *folder);

#endif
