/* SPDX-License-Identifier: MIT */
#include "analyzer/report/metrics.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"

#define NS_OF_SECOND 1e9
#define OTHER        "other"

enum family {
	FAMILY_LEAKED,
	FAMILY_HELD,
	FAMILY_SITE,
	FAMILY_PROCESSES,
	FAMILY_OPENED,
	FAMILY_EOF,
	FAMILY_CLOSED,
	FAMILY_STATES,
	FAMILY_DESCRIPTORS,
	FAMILY_LIMIT,
	FAMILY_NOT_JUDGED,
	FAMILY_LOST,
	FAMILY_TIME,
	FAMILIES,
};

static const struct metric_family families[FAMILIES] = {
	[FAMILY_LEAKED] = { .name = "finleak_leaked_sockets",
			    .help = "Sockets that leak now, by the finding that they belong to.",
			    .type = METRIC_GAUGE,
			    .label_names = { "executable", "class", "id" } },
	[FAMILY_HELD] = { .name = "finleak_held_seconds",
			  .help = "How long the oldest socket of a finding has been held.",
			  .type = METRIC_GAUGE,
			  .label_names = { "executable", "class", "id" } },
	[FAMILY_SITE] = { .name = "finleak_site_info",
			  .help = "Where the sockets of a finding leak.",
			  .type = METRIC_GAUGE,
			  .label_names = { "id", "site" } },
	[FAMILY_PROCESSES] = { .name = "finleak_processes",
			       .help = "Processes that are reported on, by what became of them.",
			       .type = METRIC_GAUGE,
			       .label_names = { "executable", "state" } },
	[FAMILY_OPENED] = { .name = "finleak_sockets_opened",
			    .help = "Sockets opened or accepted.",
			    .type = METRIC_COUNTER,
			    .label_names = { "executable" } },
	[FAMILY_EOF] = { .name = "finleak_eofs_read",
			 .help = "Sockets whose EOF was read.",
			 .type = METRIC_COUNTER,
			 .label_names = { "executable" } },
	[FAMILY_CLOSED] = { .name = "finleak_sockets_closed",
			    .help = "Sockets closed.",
			    .type = METRIC_COUNTER,
			    .label_names = { "executable" } },
	[FAMILY_STATES] = { .name = "finleak_tcp_sockets",
			    .help = "Sockets by their state in the kernel.",
			    .type = METRIC_GAUGE,
			    .label_names = { "executable", "state" } },
	[FAMILY_DESCRIPTORS] = { .name = "finleak_descriptors",
				 .help = "Descriptors of the process that is nearest its limit.",
				 .type = METRIC_GAUGE,
				 .label_names = { "executable" } },
	[FAMILY_LIMIT] = { .name = "finleak_descriptor_limit",
			   .help = "How many descriptors that process may have.",
			   .type = METRIC_GAUGE,
			   .label_names = { "executable" } },
	[FAMILY_NOT_JUDGED] = { .name = "finleak_not_judged",
				.help = "Sockets and processes that could not be judged.",
				.type = METRIC_GAUGE },
	[FAMILY_LOST] = { .name = "finleak_lost",
			  .help = "What should have been recorded and was not.",
			  .type = METRIC_GAUGE },
	[FAMILY_TIME] = { .name = "finleak_report_timestamp_seconds",
			  .help = "When the report was made.",
			  .type = METRIC_GAUGE },
};

/* A sample by its labels; a program or a site by its name. */
struct known {
	char *key;
	size_t index;
	UT_hash_handle hh;
};

struct collection {
	struct metrics metrics;
	struct known *samples[FAMILIES];
	struct known *programs, *sites;
};

/* What KEY is known by in KNOWN, where it is added as number INDEX if it is new. */
static struct known *known_as(struct known **known, const char *key, size_t index, bool *is_new)
{
	struct known *found;

	HASH_FIND_STR(*known, key, found);
	*is_new = !found;
	if (found)
		return found;
	found = allocate_zeroed(1, sizeof(*found));
	found->key = allocate_text(key);
	found->index = index;
	HASH_ADD_KEYPTR(hh, *known, found->key, strlen(found->key), found);
	return found;
}

static void clear_known(struct known **known)
{
	struct known *item, *next;

	HASH_ITER(hh, *known, item, next) {
		HASH_DEL(*known, item);
		free(item->key);
		free(item);
	}
}

/* NAME, unless MAX others are known and it is not. */
static const char *limited(struct known **known, const char *name, size_t max)
{
	struct known *found;
	bool is_new;

	HASH_FIND_STR(*known, name, found);
	if (!found && HASH_COUNT(*known) >= max)
		return OTHER;
	known_as(known, name, 0, &is_new);
	return name;
}

/* The sample with these labels (NULL: fewer), which begins as 0. */
static double *sample(struct collection *collection, enum family number, const char *first,
		      const char *second, const char *third)
{
	struct metric_family *family = &collection->metrics.families[number];
	const char *labels[METRIC_LABELS_MAX] = { first, second, third };
	char *key = allocate_printed("%s\n%s\n%s", first ? first : "", second ? second : "",
				     third ? third : "");
	struct known *known;
	bool is_new;
	size_t i;

	known = known_as(&collection->samples[number], key, family->count, &is_new);
	free(key);
	if (is_new) {
		struct metric_sample *added =
			allocate_next(&family->samples, family->count++, sizeof(*added));

		for (i = 0; i < METRIC_LABELS_MAX && labels[i]; i++)
			added->labels[i] = allocate_text(labels[i]);
	}
	return &family->samples[known->index].value;
}

static const char *program_of(struct collection *collection, const struct report_process *process)
{
	const char *name = process && process->executable && process->executable[0]
				   ? path_base(process->executable)
				   : "?";

	return limited(&collection->programs, name, METRIC_PROGRAMS);
}

static void add_leak(struct collection *collection, const struct report *report,
		     const struct report_leak *leak)
{
	const char *program = program_of(collection, report_process_of(report, leak));
	const char *class = leak_class_name(leak->class);
	const char *id = limited(&collection->sites, leak->id, METRIC_SITES);
	double *held = sample(collection, FAMILY_HELD, program, class, id);

	*sample(collection, FAMILY_LEAKED, program, class, id) +=
		(double)report_leak_counting(leak);
	if (leak->held_max_ms / 1000 > *held)
		*held = leak->held_max_ms / 1000;
	if (strcmp(id, OTHER) != 0)
		*sample(collection, FAMILY_SITE, id, leak->where, NULL) = 1;
}

/* Of the processes of a program the one nearest its limit counts. */
static void add_budget(struct collection *collection, const char *program,
		       const struct report_process *process)
{
	double *descriptors, *limit;

	if (!process->descriptors || !process->descriptor_limit)
		return;
	descriptors = sample(collection, FAMILY_DESCRIPTORS, program, NULL, NULL);
	limit = sample(collection, FAMILY_LIMIT, program, NULL, NULL);
	if (*limit > 0 && (double)process->descriptors / (double)process->descriptor_limit <=
				  *descriptors / *limit)
		return;
	*descriptors = (double)process->descriptors;
	*limit = (double)process->descriptor_limit;
}

static void add_process(struct collection *collection, const struct report *report,
			const struct report_process *process)
{
	const char *program = program_of(collection, process);
	int state;

	*sample(collection, FAMILY_PROCESSES, program, process->state, NULL) += 1;
	if (!report->observed) {
		*sample(collection, FAMILY_OPENED, program, NULL, NULL) += (double)process->opened;
		*sample(collection, FAMILY_EOF, program, NULL, NULL) += (double)process->eof;
		*sample(collection, FAMILY_CLOSED, program, NULL, NULL) += (double)process->closed;
	}
	for (state = 0; state < REPORT_STATES; state++)
		*sample(collection, FAMILY_STATES, program, report_state_name(state), NULL) +=
			(double)process->tcp_states[state];
	add_budget(collection, program, process);
}

struct metrics metrics_of(const struct report *report)
{
	struct collection collection = { .programs = NULL };
	size_t i;

	collection.metrics.count = FAMILIES;
	if (report->watched) {
		collection.metrics.common_name = "recordings";
		collection.metrics.common_value = report->watched;
	}
	collection.metrics.families = allocate_zeroed(FAMILIES, sizeof(families[0]));
	memcpy(collection.metrics.families, families, sizeof(families));
	/* The worst come first, and so have names of their own. */
	for (i = 0; i < report->leak_count; i++)
		if (report_leak_counting(&report->leaks[i]))
			add_leak(&collection, report, &report->leaks[i]);
	for (i = 0; i < report->process_count; i++)
		add_process(&collection, report, &report->processes[i]);
	*sample(&collection, FAMILY_NOT_JUDGED, NULL, NULL, NULL) =
		(double)(report->not_judged + report->unreadable);
	*sample(&collection, FAMILY_LOST, NULL, NULL, NULL) = (double)report->lost;
	*sample(&collection, FAMILY_TIME, NULL, NULL, NULL) =
		(double)report->made_at_ns / NS_OF_SECOND;
	for (i = 0; i < FAMILIES; i++)
		clear_known(&collection.samples[i]);
	clear_known(&collection.programs);
	clear_known(&collection.sites);
	return collection.metrics;
}

void metrics_clear(struct metrics *metrics)
{
	size_t i, j, k;

	for (i = 0; i < metrics->count; i++) {
		for (j = 0; j < metrics->families[i].count; j++)
			for (k = 0; k < METRIC_LABELS_MAX; k++)
				free(metrics->families[i].samples[j].labels[k]);
		free(metrics->families[i].samples);
	}
	free(metrics->families);
	*metrics = (struct metrics){ 0 };
}
