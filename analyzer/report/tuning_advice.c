/* SPDX-License-Identifier: MIT */
#include "analyzer/report/tuning_advice.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/report_state.h"

/* A few dozen cost nothing: no descriptor, and about 250 bytes each in TIME_WAIT. */
#define PILE 100

/* Of a whole machine; there are 28232 local ports towards each peer by default. */
#define PILE_OF_MACHINE 1000

/*
 * Fewer than there are connections at work are what traffic leaves behind.
 */
static bool piles_up(const struct report_process *process, uint64_t count)
{
	return count >= PILE &&
	       count > process->tcp_states[report_state_by_kernel(KERNEL_ESTABLISHED)];
}

static void add(struct report_process *process, char *text)
{
	sentences_add(&process->tuning, text);
}

static uint64_t unowned(const struct report_process *process, enum kernel_state state)
{
	return process->unowned[report_state_by_kernel(state)];
}

static uint64_t still_held(const struct report_process *process, enum kernel_state state)
{
	int shown = report_state_by_kernel(state);

	return process->tcp_states[shown] - process->unowned[shown];
}

struct value {
	char text[32];
};

/* VALUE, or that it is not known on this machine. */
static struct value spelled(int64_t value, const char *unit)
{
	struct value spelled;

	if (value < 0)
		snprintf(spelled.text, sizeof(spelled.text), "value unknown");
	else
		snprintf(spelled.text, sizeof(spelled.text), "%lld%s", (long long)value, unit);
	return spelled;
}

static const char *reuse_name(int64_t value)
{
	static const char *const names[] = { "0: off", "1: on", "2: on loopback only" };

	return value >= 0 && value <= 2 ? names[value] : "value unknown";
}

static void advise_time_wait(struct report_process *process)
{
	uint64_t count = unowned(process, KERNEL_TIME_WAIT);

	if (!piles_up(process, count))
		return;
	add(process,
	    allocate_printed(
		    "TIME_WAIT %llu is not a leak: this side closed first, and the kernel keeps "
		    "each for 60 s, without a descriptor. No sysctl shortens that (tcp_fin_timeout "
		    "does not apply); net.ipv4.tcp_max_tw_buckets (%s) caps their number in "
		    "the network namespace: beyond it they are dropped at once. "
		    "net.ipv4.tcp_tw_reuse does not apply to accepted connections.",
		    (unsigned long long)count, spelled(process->sysctls.max_tw_buckets, "").text));
}

static void advise_fin_wait_2(struct report_process *process)
{
	uint64_t closed = unowned(process, KERNEL_FIN_WAIT2);
	uint64_t held = still_held(process, KERNEL_FIN_WAIT2);
	struct value timeout = spelled(process->sysctls.fin_timeout, " s");

	if (piles_up(process, closed))
		add(process,
		    allocate_printed(
			    "FIN_WAIT_2 %llu: closed here, but the peers have not closed. They "
			    "cost "
			    "no descriptor; net.ipv4.tcp_fin_timeout (%s) is how long the kernel "
			    "keeps each.",
			    (unsigned long long)closed, timeout.text));
	if (piles_up(process, held))
		add(process,
		    allocate_printed(
			    "FIN_WAIT_2 %llu: shut down here but not closed, and the peers have "
			    "not "
			    "closed either. No sysctl ends that: net.ipv4.tcp_fin_timeout (%s) "
			    "counts only from close().",
			    (unsigned long long)held, timeout.text));
}

static void advise_orphans(struct report_process *process)
{
	uint64_t count = unowned(process, KERNEL_FIN_WAIT1) + unowned(process, KERNEL_CLOSING) +
			 unowned(process, KERNEL_LAST_ACK);
	int64_t retries = process->sysctls.orphan_retries;

	if (!piles_up(process, count))
		return;
	add(process,
	    allocate_printed(
		    "FIN_WAIT_1, CLOSING and LAST_ACK %llu: closed here, but the peers do "
		    "not acknowledge it. net.ipv4.tcp_orphan_retries (%s%s) is how often the "
		    "kernel retransmits before it gives up such a connection; "
		    "net.ipv4.tcp_max_orphans (%s) is how many the machine keeps before it "
		    "resets them.",
		    (unsigned long long)count, spelled(retries, "").text,
		    retries == 0 ? ", which means 8" : "",
		    spelled(process->sysctls.max_orphans, "").text));
}

/* These are some of those in ESTABLISHED, so that they can't be more. */
static void advise_unanswered(struct report_process *process)
{
	if (process->unanswered < PILE)
		return;
	add(process,
	    allocate_printed(
		    "ESTABLISHED %llu: their peers have stopped answering. If data is in flight, "
		    "net.ipv4.tcp_retries2 (%s) is the number of retransmissions after which the "
		    "program gets ETIMEDOUT. Idle connections are probed only where the program "
		    "has set "
		    "SO_KEEPALIVE: first after net.ipv4.tcp_keepalive_time (%s), then "
		    "tcp_keepalive_probes (%s) times, tcp_keepalive_intvl (%s) apart.",
		    (unsigned long long)process->unanswered,
		    spelled(process->sysctls.retries2, "").text,
		    spelled(process->sysctls.keepalive_time, " s").text,
		    spelled(process->sysctls.keepalive_probes, "").text,
		    spelled(process->sysctls.keepalive_interval, " s").text));
}

void tuning_advise(struct report_process *process)
{
	advise_time_wait(process);
	advise_fin_wait_2(process);
	advise_orphans(process);
	advise_unanswered(process);
}

char *tuning_of_outgoing(const struct report *report)
{
	const struct report_process *most = NULL;
	uint64_t closed = 0, count;
	size_t i;

	for (i = 0; i < report->process_count; i++) {
		const struct report_process *process = &report->processes[i];

		closed += process->closed;
		if (!most || process->time_wait_unattributed > most->time_wait_unattributed)
			most = process;
	}
	if (!most || most->time_wait_unattributed < 0)
		return NULL;
	count = (uint64_t)most->time_wait_unattributed;
	if (report->observed ? count < PILE_OF_MACHINE : count < PILE || closed < count / 2)
		return NULL;
	return allocate_printed(
		"TIME_WAIT %llu in the network namespace: outgoing connections%s, which no "
		"listener there accepted. The kernel does not record who opened them. For 60 s, "
		"each occupies a local port that no new connection to the same peer gets. "
		"net.ipv4.tcp_tw_reuse (%s) lets a new outgoing connection reuse such a "
		"port after one second; net.ipv4.tcp_max_tw_buckets (%s) caps their number.",
		(unsigned long long)count,
		report->observed ? "" : ", of these programs or of others",
		reuse_name(most->sysctls.tw_reuse), spelled(most->sysctls.max_tw_buckets, "").text);
}
