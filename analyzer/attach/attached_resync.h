/* SPDX-License-Identifier: MIT */
/* Events were lost: which sockets are gone shows in the process' descriptors. */
#ifndef FINLEAK_ATTACHED_RESYNC_H
#define FINLEAK_ATTACHED_RESYNC_H

#include "analyzer/attach/attached_process.h"

/* What PROCESS no longer has open was closed unseen. PROCESS has a recording. */
void attached_resync(struct attached_process *process);

/* PROCESS has ended: what was not open then was closed unseen before. PROCESS has a recording. */
void attached_resync_ended(struct attached_process *process);

#endif
