/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <stddef.h>
#include <string.h>

/* Composer's folder; PEAR's and Debian's packages. */
static bool is_library(const char *path)
{
	return strstr(path, "/vendor/") || strncmp(path, "/usr/share/php/", 15) == 0 ||
	       strncmp(path, "/usr/share/pear/", 16) == 0 || strncmp(path, "phar://", 7) == 0;
}

static const char *const files[] = { "php", "php-fpm", "php-cgi", "libphp", NULL };
static const char *const extensions[] = { "/usr/lib/php/2", "/lib/php/extensions/", NULL };
static const char *const functions[] = {
	"zend_", "zif_", "zim_", "php_", "_php_", "execute_ex", "ZEND_", "sapi_", "fcgi_", NULL,
};

static const char *const tears_down[] = { "php_module_shutdown", NULL };

static const struct script_library reading[] = {
	{
		.part = "/libcurl",
		.library = { "curl", "unset()", "unset() on the handle (curl_close() before PHP 8)",
			     "curl_exec() returns", .opens = true },
	},
	{ .part = NULL },
};

const struct language language_php = {
	.name = "php",
	.machine = "the PHP interpreter",
	.files = files,
	.extensions = extensions,
	.functions = functions,
	.is_library = is_library,
	.reading = reading,
	.machine_functions = { [MACHINE_TEARS_DOWN] = tears_down },
	.closing = { "fclose()", "fclose() on the stream (socket_close() on a Socket)",
		     "returns '' or false and feof() returns true" },
};
