/* SPDX-License-Identifier: MIT */
/*
 * What stages say on stderr while there is a screen, or again and again: caught, to be shown once
 * and at the right place. Where finleak ends meanwhile, what was caught comes out at last.
 */
#ifndef FINLEAK_WATCH_COMPLAINTS_H
#define FINLEAK_WATCH_COMPLAINTS_H

/* From now on stderr is caught; without memory for that it goes its way. */
void watch_complaints_catch(void);

/* Ends catching. Returns what was caught, "" nothing; the caller frees it. */
char *watch_complaints_release(void);

#endif
