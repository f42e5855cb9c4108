/* SPDX-License-Identifier: MIT */
/*
 * Precedence: a process that itself knew of the end is to blame before one that only holds the
 * socket (but for a parent whose child read the end and is gone: the first row), one that holds it
 * where somebody knew before one where nobody did, leaks before warnings before notes. A general
 * row stands after its special cases.
 */
#include "analyzer/rules/rules.h"

#include "analyzer/base/allocate.h"
#include "analyzer/rules/class_words.h"
#include "analyzer/rules/conditions.h"

static const struct rule rules[] = {
	/* A child that read the end and ended leaves the socket to its parent, who should have
	 * closed it at the fork. */
	{
		.name = "held-elsewhere/parent-of-the-reader",
		.class = CLASS_HELD_ELSEWHERE,
		.reason = REASON_PARENT,
		.deciding = STACK_OPENED,
		.since = SINCE_OTHER,
		.when = { &when_kept_unknowing, &when_answers, &when_other_ended_with_it,
			  &when_holder_is_parent, &when_outlasts_other, &when_not_for_a_task },
	},

	/* The program learned of the end. */
	{
		.name = "duplicate-held",
		.class = CLASS_DUPLICATE_HELD,
		.deciding = STACK_DUPLICATED,
		.when = { &when_finished_by_call, &when_open, &when_answers, &when_duplicate_left,
			  &when_held_long, &when_kernel_agrees },
	},
	{
		.name = "eof-unclosed",
		.class = CLASS_EOF_UNCLOSED,
		.deciding = STACK_EOF,
		.when = { &when_eof_read, &when_open, &when_answers, &when_no_duplicate_left,
			  &when_held_long, &when_not_sending_after_end, &when_kernel_agrees },
	},
	{
		.name = "error-unclosed",
		.class = CLASS_ERROR_UNCLOSED,
		.deciding = STACK_ERROR,
		.when = { &when_call_failed, &when_open, &when_answers, &when_no_duplicate_left,
			  &when_held_long, &when_kernel_agrees },
	},
	{
		.name = "shutdown-unclosed",
		.class = CLASS_SHUTDOWN_UNCLOSED,
		.deciding = STACK_SHUTDOWN,
		.when = { &when_shut_down, &when_open, &when_answers, &when_no_duplicate_left,
			  &when_held_long, &when_kernel_agrees },
	},
	{
		.name = "connect-unclosed",
		.class = CLASS_CONNECT_UNCLOSED,
		.deciding = STACK_CONNECT,
		.when = { &when_connect_failed, &when_open, &when_answers, &when_no_duplicate_left,
			  &when_held_long, &when_kernel_agrees },
	},

	/* Another process learned of the end, and this one holds the socket all the same. */
	{
		.name = "held-elsewhere/parent",
		.class = CLASS_HELD_ELSEWHERE,
		.reason = REASON_PARENT,
		.deciding = STACK_OPENED,
		.since = SINCE_OTHER,
		.when = { &when_kept_unknowing, &when_answers, &when_other_finished,
			  &when_holder_is_parent, &when_outlasts_other, &when_not_for_a_task },
	},
	{
		.name = "held-elsewhere/exec-child",
		.class = CLASS_HELD_ELSEWHERE,
		.reason = REASON_EXEC_CHILD,
		.deciding = STACK_EXECED,
		.since = SINCE_OTHER,
		.when = { &when_kept_unknowing, &when_kept_last, &when_other_finished,
			  &when_holder_execed, &when_outlasts_other, &when_not_for_a_task },
	},
	{
		.name = "held-elsewhere/forked-child",
		.class = CLASS_HELD_ELSEWHERE,
		.reason = REASON_FORKED_CHILD,
		.deciding = STACK_FORKED,
		.since = SINCE_OTHER,
		.when = { &when_kept_unknowing, &when_kept_last, &when_other_finished,
			  &when_holder_forked, &when_outlasts_other, &when_not_for_a_task },
	},
	{
		.name = "held-elsewhere/passed",
		.class = CLASS_HELD_ELSEWHERE,
		.reason = REASON_PASSED,
		.deciding = STACK_OPENED,
		.since = SINCE_OTHER,
		.when = { &when_kept_unknowing, &when_kept_last, &when_other_finished,
			  &when_holder_received_it, &when_outlasts_other, &when_not_for_a_task },
	},
	{
		.name = "held-elsewhere",
		.class = CLASS_HELD_ELSEWHERE,
		.deciding = STACK_OPENED,
		.since = SINCE_OTHER,
		.when = { &when_kept_unknowing, &when_kept_last, &when_other_finished,
			  &when_outlasts_other, &when_not_for_a_task },
	},

	/* Nobody learned of it; the kernel knows. */
	{
		.name = "duplicate-held/closed-first",
		.class = CLASS_DUPLICATE_HELD,
		.deciding = STACK_DUPLICATED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_over,
			  &when_duplicate_unused, &when_nobody_reads, &when_stuck_long },
	},
	{
		.name = "fin-unread/data-unread",
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_DATA_UNREAD,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_close_wait,
			  &when_data_unread, &when_reader_stopped, &when_loop_not_stalled,
			  &when_stuck_long, &when_not_kept_idle, &when_loop_not_behind },
	},
	{
		.name = "fin-unread/not-polled-since",
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_NOT_POLLED_SINCE,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_close_wait,
			  &when_fin_unread, &when_not_polled_since, &when_nobody_reads,
			  &when_stuck_long },
	},
	{
		.name = "fin-unread/not-polled-since-with-data",
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_NOT_POLLED_SINCE,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_close_wait,
			  &when_data_unread, &when_not_polled_since, &when_reader_stopped,
			  &when_stuck_long },
	},
	{
		.name = "fin-unread/not-polled",
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_NOT_POLLED,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_close_wait,
			  &when_fin_unread, &when_unwatched, &when_nobody_reads, &when_stuck_long,
			  &when_idle_long, &when_loop_not_behind },
	},
	{
		.name = "fin-unread/reading-paused",
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_READING_PAUSED,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_close_wait,
			  &when_fin_unread, &when_paused, &when_nobody_reads, &when_stuck_long },
	},
	{
		.name = "fin-unread/hangup-ignored",
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_HANGUP_IGNORED,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_close_wait,
			  &when_fin_unread, &when_reported, &when_nobody_reads, &when_stuck_long },
	},
	{
		.name = "fin-unread",
		.class = CLASS_FIN_UNREAD,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_close_wait,
			  &when_fin_unread, &when_readiness_unknown, &when_nobody_reads,
			  &when_stuck_long },
	},
	{
		.name = "eof-unclosed/read-before-attaching",
		.headline = "EOF was read before finleak attached to the process, and the socket "
			    "was never closed.",
		.class = CLASS_EOF_UNCLOSED,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_opened_before,
			  &when_answers, &when_close_wait, &when_end_taken, &when_nobody_reads,
			  &when_not_sending, &when_stuck_long },
	},
	{
		.name = "eof-unclosed/read-not-recorded",
		.headline = "EOF was consumed by a read that finleak could not see, but the socket "
			    "was never closed.",
		.class = CLASS_EOF_UNCLOSED,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_close_wait,
			  &when_end_taken, &when_nobody_reads, &when_not_sending, &when_stuck_long,
			  &when_not_kept_idle },
	},
	{
		.name = "shutdown-unclosed/by-the-kernel",
		.class = CLASS_SHUTDOWN_UNCLOSED,
		.deciding = STACK_SHUTDOWN,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers,
			  &when_fin_acknowledged, &when_stuck_long },
	},
	{
		.name = "error-unclosed/by-the-kernel",
		.class = CLASS_ERROR_UNCLOSED,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_reset,
			  &when_error_taken, &when_stuck_long },
	},
	{
		.name = "error-unclosed/reported",
		.headline = "epoll reported that the connection was reset, but the socket was "
			    "never closed.",
		.class = CLASS_ERROR_UNCLOSED,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_reset,
			  &when_error_pending, &when_reported, &when_stuck_long },
	},
	{
		.name = "error-unclosed/unnoticed",
		.class = CLASS_ERROR_UNCLOSED,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_reset,
			  &when_error_pending, &when_stuck_long, &when_unnoticed_long },
	},
	{
		.name = "never-accepted",
		.class = CLASS_NEVER_ACCEPTED,
		.deciding = STACK_LISTEN,
		.since = SINCE_STUCK,
		.when = { &when_in_backlog, &when_close_wait, &when_listener_open,
			  &when_queue_stands, &when_stuck_long },
	},
	{
		.name = "never-accepted/listener-closed-at-exit",
		.class = CLASS_NEVER_ACCEPTED,
		.deciding = STACK_LISTEN,
		.since = SINCE_STUCK,
		.when = { &when_in_backlog, &when_close_wait, &when_closed_at_exit,
			  &when_queue_stands, &when_stuck_long },
	},

	/* Closed by all that were recorded. */
	{
		.name = "held-elsewhere/unrecorded-child",
		.class = CLASS_HELD_ELSEWHERE,
		.reason = REASON_EXEC_CHILD,
		.deciding = STACK_EXECED,
		.since = SINCE_CLOSE,
		.when = { &when_outsider, &when_close_wait, &when_outsider_is_child,
			  &when_held_after_close },
	},
	{
		.name = "held-elsewhere/unrecorded-program",
		.class = CLASS_HELD_ELSEWHERE,
		.reason = REASON_PASSED,
		.deciding = STACK_OPENED,
		.since = SINCE_CLOSE,
		.when = { &when_outsider, &when_close_wait, &when_outsider_is_program,
			  &when_held_after_close },
	},
	{
		.name = "held-elsewhere/io-uring",
		.class = CLASS_HELD_ELSEWHERE,
		.reason = REASON_IO_URING,
		.deciding = STACK_OPENED,
		.since = SINCE_CLOSE,
		.when = { &when_outsider, &when_close_wait, &when_outsider_is_ring,
			  &when_held_after_close },
	},
	{
		.name = "held-elsewhere/unknown",
		.class = CLASS_HELD_ELSEWHERE,
		.deciding = STACK_OPENED,
		.since = SINCE_CLOSE,
		.when = { &when_outsider, &when_close_wait, &when_held_after_close },
	},

	/* Finished for long when the end of the process began, and closed only then. */
	{
		.name = "duplicate-held/closed-at-exit",
		.class = CLASS_DUPLICATE_HELD,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_DUPLICATED,
		.when = { &when_finished_by_call, &when_closed_by_owner, &when_duplicate_closed,
			  &when_duplicate_left, &when_closed_at_exit },
	},
	{
		.name = "duplicate-held/closed-first-until-exit",
		.class = CLASS_DUPLICATE_HELD,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_DUPLICATED,
		.when = { &when_ended_unknowing, &when_closed_by_owner,
			  &when_duplicate_closed_unused, &when_closed_at_exit },
	},
	{
		.name = "eof-unclosed/closed-at-exit",
		.class = CLASS_EOF_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_EOF,
		.when = { &when_eof_read, &when_closed_by_owner, &when_closed_at_exit },
	},
	{
		.name = "error-unclosed/closed-at-exit",
		.class = CLASS_ERROR_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_ERROR,
		.when = { &when_call_failed, &when_closed_by_owner, &when_closed_at_exit },
	},
	{
		.name = "shutdown-unclosed/closed-at-exit",
		.class = CLASS_SHUTDOWN_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_SHUTDOWN,
		.when = { &when_shut_down, &when_closed_by_owner, &when_closed_at_exit },
	},
	{
		.name = "connect-unclosed/closed-at-exit",
		.class = CLASS_CONNECT_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_CONNECT,
		.when = { &when_connect_failed, &when_closed_by_owner, &when_closed_at_exit },
	},
	{
		.name = "fin-unread/closed-at-exit",
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_OPENED,
		.when = { &when_fin_unread_at_close, &when_closed_by_owner, &when_closed_at_exit,
			  &when_idle_long },
	},
	{
		.name = "error-unclosed/unnoticed-until-exit",
		.class = CLASS_ERROR_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_OPENED,
		.when = { &when_reset_unread_at_close, &when_closed_by_owner, &when_closed_at_exit,
			  &when_unnoticed_long_at_close },
	},

	/* A relative read its end and was done with it long before. */
	{
		.name = "held-elsewhere/parent-closed-at-exit",
		.class = CLASS_HELD_ELSEWHERE,
		.reason = REASON_PARENT,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_closed_unknowing, &when_closed_by_owner, &when_others_done,
			  &when_relative_read_end, &when_holder_is_parent, &when_nothing_sent_since,
			  &when_closed_at_exit },
	},

	/* Stuck while samples were taken, and not closed until the program exited. */
	{
		.name = "held-elsewhere/parent-until-exit",
		.class = CLASS_HELD_ELSEWHERE,
		.reason = REASON_PARENT,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_closed_after_sample, &when_close_wait, &when_end_taken,
			  &when_nobody_reads, &when_not_sending, &when_stuck_alone,
			  &when_others_done, &when_relative_read_end, &when_holder_is_parent,
			  &when_closed_at_exit },
	},
	{
		.name = "held-elsewhere/until-exit",
		.class = CLASS_HELD_ELSEWHERE,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_closed_after_sample, &when_close_wait, &when_end_taken,
			  &when_nobody_reads, &when_not_sending, &when_stuck_alone,
			  &when_others_done, &when_relative_read_end, &when_closed_at_exit },
	},
	{
		.name = "fin-unread/closed-at-exit-by-samples",
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_closed_after_sample, &when_close_wait, &when_fin_unread,
			  &when_nobody_reads, &when_stuck_alone, &when_others_done,
			  &when_closed_at_exit, &when_idle_long },
	},
	{
		.name = "fin-unread/closed-at-exit-with-data-by-samples",
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_closed_after_sample, &when_close_wait, &when_data_unread,
			  &when_nobody_reads, &when_stuck_alone, &when_others_done,
			  &when_closed_at_exit, &when_idle_long },
	},
	{
		.name = "eof-unclosed/closed-at-exit-by-samples",
		.class = CLASS_EOF_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_closed_after_sample, &when_close_wait, &when_end_taken,
			  &when_nobody_reads, &when_not_sending, &when_stuck_alone,
			  &when_others_done, &when_no_relative_read_end, &when_closed_at_exit,
			  &when_idle_long },
	},

	/* At an end that the program chose, however young. */
	{
		.name = "exit-unclosed/strict",
		.headline = "The program ended without closing it.",
		.class = CLASS_EXIT_UNCLOSED,
		.deciding = STACK_DECIDED,
		.when = { &when_strict, &when_learned_of_the_end, &when_own, &when_open_itself,
			  &when_answers, &when_ended_voluntarily, &when_held_briefly,
			  &when_kernel_agrees },
	},
	{
		.name = "exit-unclosed/strict-reset",
		.headline = "It had been reset, and the program ended without closing it.",
		.class = CLASS_EXIT_UNCLOSED,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_strict, &when_no_call_decided, &when_open_itself, &when_own,
			  &when_answers, &when_ended_voluntarily, &when_reset, &when_error_pending,
			  &when_idle_long },
	},
	{
		.name = "exit-unclosed/strict-closed-at-exit",
		.headline = "Not closed until the program exited.",
		.class = CLASS_EXIT_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_DECIDED,
		.when = { &when_strict, &when_learned_of_the_end, &when_own,
			  &when_some_held_briefly, &when_closed_by_teardown,
			  &when_ended_voluntarily },
	},

	/* The same by the totals of what was closed. */
	{
		.name = "eof-unclosed/closed-at-exit-in-totals",
		.class = CLASS_EOF_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_EOF,
		.when = { &when_eof_read, &when_some_held_long, &when_closed_by_teardown },
	},
	{
		.name = "error-unclosed/closed-at-exit-in-totals",
		.class = CLASS_ERROR_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_ERROR,
		.when = { &when_call_failed, &when_some_held_long, &when_closed_by_teardown },
	},
	{
		.name = "shutdown-unclosed/closed-at-exit-in-totals",
		.class = CLASS_SHUTDOWN_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_SHUTDOWN,
		.when = { &when_shut_down, &when_some_held_long, &when_closed_by_teardown },
	},
	{
		.name = "connect-unclosed/closed-at-exit-in-totals",
		.class = CLASS_CONNECT_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.deciding = STACK_CONNECT,
		.when = { &when_connect_failed, &when_some_held_long, &when_closed_by_teardown },
	},
	{
		.name = "late-close/spinning",
		.class = CLASS_LATE_CLOSE,
		.reason = REASON_SPINNING,
		.verdict = VERDICT_WARNING,
		.deciding = STACK_REREAD,
		.when = { &when_eof_read, &when_closed_after_spinning },
	},
	{
		.name = "late-close",
		.class = CLASS_LATE_CLOSE,
		.verdict = VERDICT_WARNING,
		.deciding = STACK_EOF,
		.when = { &when_eof_read, &when_some_held_late },
	},
	{
		.name = "late-close/fin-unread",
		.class = CLASS_LATE_CLOSE,
		.verdict = VERDICT_WARNING,
		.deciding = STACK_OPENED,
		.when = { &when_fin_unread_at_close, &when_some_held_late },
	},

	{
		.name = "late-close/spinning-in-totals",
		.class = CLASS_LATE_CLOSE,
		.reason = REASON_SPINNING,
		.verdict = VERDICT_WARNING,
		.deciding = STACK_EOF,
		.when = { &when_eof_read, &when_some_spun },
	},

	/* No leaks yet, or none at all. */
	{
		.name = "half-closed",
		.class = CLASS_EOF_UNCLOSED,
		.reason = REASON_HALF_CLOSED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_EOF,
		.when = { &when_eof_read, &when_open_itself, &when_answers, &when_no_duplicate_left,
			  &when_held_long, &when_sending_after_end, &when_kernel_agrees },
	},
	{
		.name = "half-closed/by-the-kernel",
		.class = CLASS_EOF_UNCLOSED,
		.reason = REASON_HALF_CLOSED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_close_wait,
			  &when_end_taken, &when_nobody_reads, &when_sending, &when_stuck_long },
	},
	{
		.name = RULE_POOLED,
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_NOT_POLLED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_close_wait,
			  &when_answer_read, &when_unwatched, &when_nobody_reads, &when_stuck_long,
			  &when_idle_briefly },
	},
	{
		.name = RULE_POOLED_UNTIL_EXIT,
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_NOT_POLLED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_OPENED,
		.when = { &when_fin_unread_at_close, &when_closed_by_owner, &when_closed_at_exit,
			  &when_idle_briefly },
	},
	{
		.name = RULE_POOLED_UNTIL_EXIT "-by-samples",
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_NOT_POLLED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_closed_after_sample, &when_close_wait, &when_answer_read,
			  &when_nobody_reads, &when_stuck_alone, &when_others_done,
			  &when_closed_at_exit, &when_idle_briefly },
	},
	{
		.name = RULE_LOOP_BEHIND,
		.class = CLASS_FIN_UNREAD,
		.reason = REASON_NOT_POLLED_SINCE,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_close_wait,
			  &when_nobody_reads, &when_stuck_long, &when_loop_behind },
	},
	{
		.name = RULE_RESET_PENDING,
		.class = CLASS_ERROR_UNCLOSED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_OPENED,
		.since = SINCE_STUCK,
		.when = { &when_no_call_decided, &when_in_program, &when_answers, &when_reset,
			  &when_error_pending },
	},
	{
		.name = "held-elsewhere/end-unknown",
		.class = CLASS_HELD_ELSEWHERE,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_OPENED,
		.since = SINCE_OTHER,
		.when = { &when_kept_unknowing, &when_kept_last, &when_other_finished,
			  &when_may_outlast_other, &when_not_for_a_task },
	},
	{
		.name = RULE_UNLESS_STRICT,
		.headline = "The program ended right after EOF, without closing it.",
		.class = CLASS_EXIT_UNCLOSED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_DECIDED,
		.when = { &when_learned_of_the_end, &when_own, &when_open_itself, &when_answers,
			  &when_ended_voluntarily, &when_held_briefly, &when_kernel_agrees },
	},
	{
		.name = RULE_ENDED_BEFORE,
		.class = CLASS_EXIT_UNCLOSED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_DECIDED,
		.when = { &when_finished_by_call, &when_open_itself, &when_answers,
			  &when_process_ended, &when_held_briefly, &when_kernel_agrees },
	},

	/* Finished a moment ago: the program is on its way to close it. */
	{
		.name = "duplicate-held/just-now",
		.class = CLASS_DUPLICATE_HELD,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_DUPLICATED,
		.when = { &when_finished_by_call, &when_open_itself, &when_answers,
			  &when_duplicate_left, &when_process_runs, &when_held_briefly,
			  &when_kernel_agrees },
	},
	{
		.name = "eof-unclosed/just-now",
		.class = CLASS_EOF_UNCLOSED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_EOF,
		.when = { &when_eof_read, &when_open_itself, &when_answers, &when_process_runs,
			  &when_held_briefly, &when_kernel_agrees },
	},
	{
		.name = "error-unclosed/just-now",
		.class = CLASS_ERROR_UNCLOSED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_ERROR,
		.when = { &when_call_failed, &when_open_itself, &when_answers, &when_process_runs,
			  &when_held_briefly, &when_kernel_agrees },
	},
	{
		.name = "shutdown-unclosed/just-now",
		.class = CLASS_SHUTDOWN_UNCLOSED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_SHUTDOWN,
		.when = { &when_shut_down, &when_open_itself, &when_answers, &when_process_runs,
			  &when_held_briefly, &when_kernel_agrees },
	},
	{
		.name = "connect-unclosed/just-now",
		.class = CLASS_CONNECT_UNCLOSED,
		.verdict = VERDICT_NOTE,
		.deciding = STACK_CONNECT,
		.when = { &when_connect_failed, &when_open_itself, &when_answers,
			  &when_process_runs, &when_held_briefly, &when_kernel_agrees },
	},
};

const struct rule *rules_all(size_t *count)
{
	*count = sizeof(rules) / sizeof(rules[0]);
	return rules;
}

bool rules_give(enum leak_class class, enum leak_reason reason)
{
	const struct rule *list;
	size_t count, i;

	list = rules_all(&count);
	for (i = 0; i < count; i++)
		if (list[i].class == class && list[i].reason == reason)
			return true;
	return false;
}

static bool matches(const struct rule *rule, const struct evidence *evidence,
		    const struct judge_options *options)
{
	size_t i;

	for (i = 0; i < RULE_CONDITIONS && rule->when[i]; i++)
		if (!rule->when[i]->holds(evidence, options))
			return false;
	return true;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Nobody holds longer than it lives. */
uint64_t rule_since_ns(const struct rule *rule, const struct evidence *evidence)
{
	switch (rule->since) {
	case SINCE_STUCK:
		return evidence->stuck_since_ns;
	case SINCE_OTHER:
		return later(evidence->other.finished_ns, evidence->held_since_ns);
	case SINCE_CLOSE:
		return later(evidence->closed_ns, evidence->stuck_since_ns);
	default:
		return later(evidence->decision.ns, evidence->held_since_ns);
	}
}

enum stack_kind rule_deciding(const struct rule *rule, const struct evidence *evidence)
{
	if (rule->deciding != STACK_DECIDED)
		return rule->deciding;
	return stack_kind_of(evidence->decision.kind);
}

const struct rule *rules_first(const struct evidence *evidences, size_t count,
			       const struct judge_options *options, const struct evidence **matched)
{
	size_t i, j;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		*matched = NULL;
		for (j = 0; j < count; j++)
			if (matches(&rules[i], &evidences[j], options) &&
			    (!*matched || rule_since_ns(&rules[i], &evidences[j]) <
						  rule_since_ns(&rules[i], *matched)))
				*matched = &evidences[j];
		if (*matched)
			return &rules[i];
	}
	return NULL;
}

const char *rule_headline(const struct rule *rule)
{
	const char *of_reason = reason_words(rule->reason)->headline;

	if (rule->headline)
		return rule->headline;
	return of_reason ? of_reason : class_words(rule->class)->headline;
}

char **rule_facts(const struct rule *rule, const struct evidence *evidence,
		  const struct judge_options *options, size_t *count)
{
	char **facts = NULL;
	size_t i;

	for (i = 0; i < RULE_CONDITIONS && rule->when[i]; i++) {
		const struct condition *condition = rule->when[i];

		*(char **)allocate_next(&facts, i, sizeof(*facts)) =
			condition->fact ? condition->fact(evidence, options)
					: allocate_text(condition->means);
	}
	*count = i;
	return facts;
}
