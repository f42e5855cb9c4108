/* SPDX-License-Identifier: MIT */
/* The first line of a script: #! as the kernel reads it, and env as it is used there. */
#ifndef FINLEAK_SCRIPT_INTERPRETER_H
#define FINLEAK_SCRIPT_INTERPRETER_H

#include <stdbool.h>
#include <stddef.h>

/* As much of a file's start as the kernel reads (BINPRM_BUF_SIZE). */
#define SCRIPT_LINE_MAX 256u

/*
 * Parses START, the first SIZE (at most SCRIPT_LINE_MAX) bytes of a file. False: not a
 * script the kernel would run. Else INTERPRETER and ARGUMENT (the rest of the line, "" none) get
 * up to SCRIPT_LINE_MAX bytes with NUL.
 */
bool script_interpreter(const char *start, size_t size, char *interpreter, char *argument);

/*
 * The program that env starts when its argument in a #! line is ARGUMENT, into PROGRAM
 * (SCRIPT_LINE_MAX bytes). False: it names none.
 */
bool script_env_program(const char *argument, char *program);

#endif
