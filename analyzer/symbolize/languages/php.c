/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <stddef.h>
#include <string.h>

#include "analyzer/base/paths.h"

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
static const char *const ends_run[] = { "php_request_shutdown", NULL };

/* An option of php's own whose value is the next argument. */
static bool takes_value(const char *option)
{
	return option[1] && strchr("cdtz", option[1]) && !option[2];
}

/* Is it `php -S`? COMMAND as recordings have it: each argument ends with a NUL, the last with two.
 */
static bool is_built_in_server(const char *command)
{
	const char *argument;

	if (!*command)
		return false;
	for (argument = command + strlen(command) + 1; *argument == '-';
	     argument += strlen(argument) + 1) {
		if (argument[1] == 'S')
			return true;
		if (takes_value(argument) && *(argument + strlen(argument) + 1))
			argument += strlen(argument) + 1;
	}
	return false;
}

/* Whatever is not the command line's php answers requests: php-fpm, php-cgi, apache2. */
static bool runs_many(const char *executable, const char *command)
{
	const char *name = path_base(executable);

	return strncmp(name, "php", 3) != 0 || name[3] == '-' || is_built_in_server(command);
}

static const struct dispatching dispatching[] = {
	{ "run", "/react/event-loop/" },
	{ "run", "/revolt/event-loop/" },
	{ "run", "/amphp/amp/" },
	{ "loop", "/workerman/workerman/" },
	{ NULL, NULL },
};

static const struct script_library reading[] = {
	{
		.part = "/redis.so",
		.library = { "phpredis", "close()", "close() on the Redis object",
			     "a command throws RedisException", .opens = true },
	},
	{
		.part = "/predis/",
		.library = { "Predis", "disconnect()", "disconnect() on the client",
			     "a command throws ConnectionException", .opens = true },
	},
	{
		.part = "/Predis/",
		.library = { "Predis", "disconnect()", "disconnect() on the client",
			     "a command throws ConnectionException", .opens = true },
	},
	{
		.part = "/PhpAmqpLib/",
		.library = { "php-amqplib", "close()", "close() on the connection",
			     "wait() throws AMQPConnectionClosedException", .opens = true },
	},
	{
		.part = "/libcurl",
		.library = { "curl", "unset()",
			     "unset() on every variable that holds the handle (curl_close() before "
			     "PHP 8)",
			     "curl_exec() returns", .opens = true },
	},
	{ .part = NULL },
};

const struct language language_php = {
	.name = "php",
	.spelled = "PHP",
	.machine = "the PHP interpreter",
	.is_recorded = true,
	.invisible = "finleak reads those of PHP 7 and 8 without ZTS (php -i shows the thread "
		     "safety). Run the script with such a build.",
	.files = files,
	.extensions = extensions,
	.functions = functions,
	.is_library = is_library,
	.dispatching = dispatching,
	.reading = reading,
	.machine_functions = { [MACHINE_TEARS_DOWN] = tears_down, [MACHINE_ENDS_RUN] = ends_run },
	.runs_many = runs_many,
	.closing = { "fclose() (or socket_close() on a Socket)",
		     "fclose() on the stream (or socket_close() on a Socket)",
		     "returns '' or false, and feof() returns true" },
};
