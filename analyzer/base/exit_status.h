/* SPDX-License-Identifier: MIT */
/* The exit statuses of finleak's own, as timeout(1), nohup(1) and env(1) have them. */
#ifndef FINLEAK_EXIT_STATUS_H
#define FINLEAK_EXIT_STATUS_H

enum exit_status {
	EXIT_NOT_JUDGED = 125,     /* finleak failed, or could not judge: never reads as clean */
	EXIT_CANNOT_EXECUTE = 126, /* PROGRAM was found and could not be executed */
	EXIT_NOT_FOUND = 127,      /* PROGRAM was not found */
};

#endif
