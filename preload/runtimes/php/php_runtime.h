/* SPDX-License-Identifier: MIT */
/*
 * PHP's frames (cli, fpm; without ZTS), read in memory. Where things are is found out once, by what
 * zend_get_executed_filename() and zend_get_executed_lineno() say of the innermost function: these
 * neither allocate nor take a lock, and each stack is held against them again.
 */
#ifndef FINLEAK_PHP_RUNTIME_H
#define FINLEAK_PHP_RUNTIME_H

#include "preload/runtimes/runtime.h"

extern const struct runtime php_runtime;

#endif
