/* SPDX-License-Identifier: MIT */
/* A ledger of its own for each test, in a folder of its own. */
#ifndef FINLEAK_LEDGER_FIXTURE_H
#define FINLEAK_LEDGER_FIXTURE_H

/* cmocka.h wants these ahead of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/types.h>
#include "preload/ledger/ledger_create.h"
#include "preload/ledger/socket_table.h"

/* An identity that says little. */
struct ledger_identity fixture_identity(void);

/* cmocka's set-up and tear-down: *state is a struct ledger with a recording. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Another ledger in the same folder, for fixture_close(). */
struct ledger *fixture_open(void);
void fixture_close(struct ledger *ledger);

/* The folder of the test's ledgers. */
const char *fixture_folder(void);

/* Bytes that the folder's files occupy. */
uint64_t fixture_bytes(void);

/* Opens socket COOKIE as FD; returns its row. */
uint32_t fixture_socket(struct ledger *ledger, int fd, uint64_t cookie);

/* The rows that are open; fails the test where the counters, or the references, do not fit them. */
uint64_t fixture_check(const struct ledger *ledger);

#define LEDGER_TEST(function)                                                                      \
	cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

#endif
