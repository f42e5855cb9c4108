/* SPDX-License-Identifier: MIT */
/*
 * Captures what stages print on stderr, to show it once and in the right place: on the screen, or
 * when it is new. If finleak ends meanwhile, what was captured is printed.
 */
#ifndef FINLEAK_WATCH_COMPLAINTS_H
#define FINLEAK_WATCH_COMPLAINTS_H

/* Captures stderr from now on; if there is no memory for that, does nothing. */
void watch_complaints_catch(void);

/* Ends capturing. Returns what was captured, "" nothing; the caller frees it. */
char *watch_complaints_release(void);

#endif
