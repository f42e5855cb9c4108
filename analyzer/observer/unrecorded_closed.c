/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/unrecorded_closed.h"

#include <unistd.h>

#include "analyzer/kernel_view/kernel_namespace.h"
#include "analyzer/observer/observed_history.h"

bool unrecorded_closed_add(const struct sample *sample, const struct observed_process *process,
			   const struct recorded_cookies *recorded, struct unlisted_source *source,
			   int fd)
{
	struct kernel_unlisted unlisted;
	struct observed_socket *socket;
	bool accepted;

	if (!observe_unlisted_open(source, &unlisted, fd) || unlisted.state != KERNEL_CLOSE ||
	    !kernel_unlisted_was_connected(&unlisted) ||
	    recorded_cookies_have(recorded, unlisted.cookie))
		return false;
	accepted = kernel_listener_of(&sample->listeners, kernel_namespace_of(process->pid),
				      &unlisted.local) != NULL;
	process->observation->closed++;
	socket = observed_add(process->observation, sample, unlisted.cookie, NULL, fd);
	observed_take_ended(socket, &unlisted, accepted);
	observed_take_history(socket, process->previous);
	socket->origin = fd <= STDERR_FILENO ? OBSERVED_UNRECORDED_SHARED
			 : accepted          ? OBSERVED_UNRECORDED_ACCEPTED
					     : OBSERVED_UNRECORDED;
	return true;
}
