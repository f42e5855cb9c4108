/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/naming_readers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/user_rights.h"

/* So many processes may fail over what they read: then hostile files are not worth more time. */
#define FAILURES_MAX 4u

/* Who recorded, and who reads files with that user's rights. */
struct reader {
	uid_t user;
	struct naming_process *process; /* NULL: not needed yet, or it has failed */
};

struct naming_readers {
	const struct symbolizer_options *options;
	void (*warn)(void *context, char *text);
	void *context;
	struct reader *list;
	size_t count;
	unsigned int failures;
	bool gave_up; /* with a warning */
};

struct naming_readers *naming_readers_new(const struct symbolizer_options *options,
					  void (*warn)(void *context, char *text), void *context)
{
	struct naming_readers *readers = allocate_zeroed(1, sizeof(*readers));

	readers->options = options;
	readers->warn = warn;
	readers->context = context;
	return readers;
}

void naming_readers_free(struct naming_readers *readers)
{
	size_t i;

	for (i = 0; i < readers->count; i++)
		naming_process_end(readers->list[i].process);
	free(readers->list);
	free(readers);
}

/* Users whose rights are no less than finleak's own are one. */
size_t naming_reader_of(struct naming_readers *readers, uid_t user)
{
	struct reader *added;
	size_t i;

	if (!user_rights_exceed(user))
		user = geteuid();
	for (i = 0; i < readers->count; i++)
		if (readers->list[i].user == user)
			return i;
	added = allocate_next(&readers->list, readers->count++, sizeof(*added));
	added->user = user;
	return i;
}

size_t naming_readers_count(const struct naming_readers *readers)
{
	return readers->count;
}

static void give_up(struct naming_readers *readers, const char *why)
{
	readers->gave_up = true;
	readers->warn(readers->context,
		      allocate_printed("%s; the other frames are shown without names", why));
}

struct naming_process *naming_reader_process(struct naming_readers *readers, size_t reader)
{
	struct reader *asked = &readers->list[reader];

	if (readers->gave_up)
		return NULL;
	if (!asked->process)
		asked->process = naming_process_start(readers->options, asked->user);
	if (!asked->process)
		give_up(readers, "A process that names code could not be started");
	else if (naming_process_is_spent(asked->process))
		give_up(readers, "Naming code took too long");
	return readers->gave_up ? NULL : asked->process;
}

void naming_reader_failed(struct naming_readers *readers, size_t reader)
{
	naming_process_end(readers->list[reader].process);
	readers->list[reader].process = NULL;
	if (++readers->failures == FAILURES_MAX)
		give_up(readers, "Debug information was too much to read several times");
}
