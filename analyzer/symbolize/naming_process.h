/* SPDX-License-Identifier: MIT */
/*
 * A child process that names code and reads lines of source for finleak.
 *
 * The files that it reads are hostile: a debug link may name a FIFO, debug information may inflate,
 * go round in circles or overrun libdw. So the process has limits of memory and time
 * (naming_limits.h), is ended when it waits for something that does not come, and holds nothing of
 * finleak's but one socket. Whatever happens to it costs names, never the report. Where root
 * reports on what another user has recorded it has that user's rights: it opens no file for them
 * that they could not open.
 */
#ifndef FINLEAK_NAMING_PROCESS_H
#define FINLEAK_NAMING_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "analyzer/symbolize/code_names.h"
#include "analyzer/symbolize/naming_server.h"
#include "analyzer/symbolize/symbolizer_options.h"

struct naming_process;

/*
 * Starts one, with the rights of USER where finleak's exceed them. NULL: it can't be started.
 * OPTIONS must live as long. End with naming_process_end(), NULL allowed.
 */
struct naming_process *naming_process_start(const struct symbolizer_options *options, uid_t user);
void naming_process_end(struct naming_process *process);

/* An address that code_names_of() is to name. */
struct naming_question {
	const struct code_module *module;
	uint64_t offset;
	bool symbols_only;
};

/* As many as are asked for at once, at most. */
#define NAMING_QUESTIONS_MAX 256u

/*
 * Asks for the names of COUNT addresses at once, so that the two processes wait for each other once
 * and not for each address. naming_process_answer() must follow for each of them.
 */
void naming_process_ask(struct naming_process *process, const struct naming_question *questions,
			size_t count);

/*
 * The answer to the next of the questions: as code_names_of(), strings borrowed until the next
 * call. Returns 0 where the process has failed over its module, or is spent: it answers no more.
 */
size_t naming_process_answer(struct naming_process *process, struct code_name *list,
			     enum module_file_found *file);

/*
 * As code_names_source_line() for NUMBER and the lines behind it, into LINES of NAMING_LINES_MAX:
 * borrowed until the next call. Returns how many, at least 1; 0: the process has failed.
 */
size_t naming_process_source_lines(struct naming_process *process, const char *file,
				   unsigned int number, const char **lines);

/* It has used up what all its work may take. */
bool naming_process_is_spent(const struct naming_process *process);

#endif
