/* SPDX-License-Identifier: MIT */
/* All conditions that rules are made of, by source. Their meaning is what they say of themselves.
 */
#ifndef FINLEAK_CONDITIONS_H
#define FINLEAK_CONDITIONS_H

#include "analyzer/rules/condition.h"

/* What the process did: conditions_events.c */
extern const struct condition when_used_unseen;
extern const struct condition when_eof_read;
extern const struct condition when_call_failed;
extern const struct condition when_shut_down;
extern const struct condition when_connect_failed;
extern const struct condition when_fin_unread_at_close;
extern const struct condition when_reset_unread_at_close;
extern const struct condition when_finished_by_call;
extern const struct condition when_open;
extern const struct condition when_open_itself;
extern const struct condition when_held_long;
extern const struct condition when_held_briefly;
extern const struct condition when_process_ended;
extern const struct condition when_process_runs;
extern const struct condition when_duplicate_left;
extern const struct condition when_duplicate_closed;
extern const struct condition when_duplicate_unused;
extern const struct condition when_duplicate_closed_unused;
extern const struct condition when_ended_unknowing;
extern const struct condition when_no_duplicate_left;
extern const struct condition when_kernel_agrees;
extern const struct condition when_sending_after_end;
extern const struct condition when_not_sending_after_end;

/* What --strict counts: conditions_strict.c */
extern const struct condition when_strict;
extern const struct condition when_learned_of_the_end;
extern const struct condition when_own;
extern const struct condition when_ended_voluntarily;
extern const struct condition when_some_held_briefly;

/* What the kernel shows: conditions_kernel.c */
extern const struct condition when_no_call_decided;
extern const struct condition when_in_program;
extern const struct condition when_opened_before;
extern const struct condition when_close_wait;
extern const struct condition when_stuck_long;
extern const struct condition when_stuck_briefly;
extern const struct condition when_over;
extern const struct condition when_nobody_reads;
extern const struct condition when_reader_stopped;
extern const struct condition when_fin_unread;
extern const struct condition when_data_unread;
extern const struct condition when_end_taken;
extern const struct condition when_unwatched;
extern const struct condition when_paused;
extern const struct condition when_readiness_unknown;
extern const struct condition when_idle_briefly;
extern const struct condition when_idle_long;
extern const struct condition when_answer_read;
extern const struct condition when_not_kept_idle;
extern const struct condition when_sending;
extern const struct condition when_not_sending;
extern const struct condition when_fin_acknowledged;
extern const struct condition when_reset;
extern const struct condition when_error_pending;
extern const struct condition when_error_taken;
extern const struct condition when_unnoticed_long;

/* What epoll has reported to the program: conditions_polling.c */
extern const struct condition when_reported;
extern const struct condition when_not_polled_since;
/*
 * Is the loop that watches it busy, or does it wait for a processor? It has not come to this one
 * for less than --idle, and nearly all that were opened where it was are closed.
 */
bool loop_is_behind(const struct evidence *evidence, const struct judge_options *options);
extern const struct condition when_loop_not_stalled;
extern const struct condition when_loop_behind;
extern const struct condition when_loop_not_behind;

/* The listener's queue: conditions_backlog.c */
extern const struct condition when_in_backlog;
extern const struct condition when_listener_open;
extern const struct condition when_queue_stands;

/* Who else has it: conditions_holders.c */
extern const struct condition when_answers;
extern const struct condition when_kept_last;
extern const struct condition when_kept_unknowing;
extern const struct condition when_other_finished;
extern const struct condition when_other_ended_with_it;
extern const struct condition when_outlasts_other;
extern const struct condition when_may_outlast_other;
extern const struct condition when_not_for_a_task;
extern const struct condition when_holder_is_parent;
extern const struct condition when_holder_execed;
extern const struct condition when_holder_forked;
extern const struct condition when_holder_received_it;
extern const struct condition when_outsider;
extern const struct condition when_outsider_is_child;
extern const struct condition when_outsider_is_program;
extern const struct condition when_outsider_is_ring;
extern const struct condition when_held_after_close;
extern const struct condition when_others_done;
extern const struct condition when_relative_read_end;
extern const struct condition when_no_relative_read_end;

/* The close and the end of the process: conditions_end.c */
extern const struct condition when_closed_at_exit;
extern const struct condition when_closed_after_spinning;
extern const struct condition when_some_spun;
extern const struct condition when_closed_by_teardown;
extern const struct condition when_closed_by_owner;
extern const struct condition when_closed_after_sample;
extern const struct condition when_stuck_alone;
extern const struct condition when_closed_unknowing;
extern const struct condition when_nothing_sent_since;
extern const struct condition when_unnoticed_long_at_close;
extern const struct condition when_some_held_long;
extern const struct condition when_some_held_late;

#endif
