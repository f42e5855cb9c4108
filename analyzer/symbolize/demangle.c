/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/demangle.h"

#include <ctype.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "analyzer/base/allocate.h"

/* A longer name stays mangled. */
#define MANGLED_MAX 4096u
/* What is kept of a readable name. */
#define READABLE_MAX 4096u
/*
 * Back references of a mangled name can multiply its readable form: 40 of them in 300 bytes make a
 * hundred megabytes, and __cxa_demangle has no limit of its own. A part that refers n times to one
 * before it is n times as long, so k references grow a name the most where each part has e of them:
 * by e^(k/e) < 1.45^k. Names that could grow beyond this are demangled in a child process that has
 * limits; real ones stay far below it.
 */
#define GROWN_MAX (4u << 20)

#ifdef FINLEAK_HAVE_CXA_DEMANGLE
char *__cxa_demangle(const char *mangled, char *buffer, size_t *length, int *status);

/* May the readable form of NAME be longer than GROWN_MAX? */
static bool may_explode(const char *name)
{
	double length = (double)strlen(name);

	for (; *name; name++)
		if ((*name == 'S' || *name == 'T') &&
		    (name[1] == '_' || isdigit((unsigned char)name[1]) ||
		     isupper((unsigned char)name[1])))
			length *= 1.45;
	return length > GROWN_MAX;
}

static _Noreturn void demangle_in_child(const char *name, int out)
{
	const struct rlimit cpu = { .rlim_cur = 1, .rlim_max = 1 };
	const struct rlimit memory = { .rlim_cur = 256u << 20, .rlim_max = 256u << 20 };
	const struct rlimit core = { .rlim_cur = 0, .rlim_max = 0 };
	char *readable;
	int status;
	size_t done = 0, size;

	setrlimit(RLIMIT_CORE, &core);
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_DATA, &memory);
	readable = __cxa_demangle(name, NULL, NULL, &status);
	size = readable ? strnlen(readable, READABLE_MAX) : 0;
	while (done < size) {
		ssize_t wrote = write(out, readable + done, size - done);

		if (wrote <= 0)
			break;
		done += (size_t)wrote;
	}
	_exit(0);
}

static char *demangle_guarded(const char *name)
{
	char *readable;
	size_t size = 0;
	ssize_t got;
	int ends[2];
	pid_t child;

	if (pipe(ends) < 0)
		return NULL;
	child = fork();
	if (child == 0) {
		close(ends[0]);
		demangle_in_child(name, ends[1]);
	}
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return NULL;
	}
	readable = allocate_zeroed(READABLE_MAX + 1, 1);
	while (size < READABLE_MAX &&
	       (got = read(ends[0], readable + size, READABLE_MAX - size)) > 0)
		size += (size_t)got;
	close(ends[0]);
	waitpid(child, NULL, 0);
	if (size)
		return readable;
	free(readable);
	return NULL;
}

static char *demangle_cxx(const char *name)
{
	char *readable;
	int status;

	if (strlen(name) > MANGLED_MAX)
		return NULL;
	if (may_explode(name))
		return demangle_guarded(name);
	readable = __cxa_demangle(name, NULL, NULL, &status);
	if (readable && strlen(readable) > READABLE_MAX)
		readable[READABLE_MAX] = '\0';
	return readable;
}
#else
static char *demangle_cxx(const char *name)
{
	(void)name;
	return NULL;
}
#endif

/* Rust's legacy names end in a component of the letter h and 16 hexadecimal digits. */
static bool strip_rust_hash(char *name)
{
	size_t length = strlen(name);
	char *hash;

	if (length < 19)
		return false;
	hash = name + length - 19;
	if (strncmp(hash, "::h", 3) != 0 || strspn(hash + 3, "0123456789abcdef") != 16)
		return false;
	*hash = '\0';
	return true;
}

/* Rust's legacy names write characters that linkers don't take as $..$ and "::" as "..". */
static void unescape_rust(char *name)
{
	static const struct {
		const char *escape;
		char character;
	} escapes[] = {
		{ "$SP$", '@' }, { "$BP$", '*' }, { "$RF$", '&' }, { "$LT$", '<' },
		{ "$GT$", '>' }, { "$LP$", '(' }, { "$RP$", ')' }, { "$C$", ',' },
	};
	char *to = name;

	for (const char *from = name; *from;) {
		char *end;
		size_t i;

		if (from[0] == '_' && from[1] == '$' &&
		    (from == name || (from[-1] == ':' && from - name >= 2))) {
			from++;
			continue;
		}
		if (from[0] == '.' && from[1] == '.') {
			memcpy(to, "::", 2);
			to += 2;
			from += 2;
			continue;
		}
		for (i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
			if (strncmp(from, escapes[i].escape, strlen(escapes[i].escape)) == 0)
				break;
		if (i < sizeof(escapes) / sizeof(escapes[0])) {
			*to++ = escapes[i].character;
			from += strlen(escapes[i].escape);
			continue;
		}
		if (strncmp(from, "$u", 2) == 0 && isxdigit((unsigned char)from[2])) {
			unsigned long code = strtoul(from + 2, &end, 16);

			if (*end == '$' && code >= 0x20 && code < 0x7f) {
				*to++ = (char)code;
				from = end + 1;
				continue;
			}
		}
		*to++ = *from++;
	}
	*to = '\0';
}

/* Takes the suffixes of clones off the end of NAME, all of them. */
static void strip_clones(char *name)
{
	static const char *const clones[] = {
		".constprop", ".isra", ".part", ".cold", ".lto_priv", ".llvm", ".localalias",
	};
	char *dot;

	while ((dot = strrchr(name, '.')) && dot != name) {
		size_t digits = strspn(dot + 1, "0123456789");
		char *word = dot;
		size_t i;

		if (digits && dot[1 + digits] == '\0') {
			*dot = '\0';
			word = strrchr(name, '.');
			*dot = '.';
			if (!word || word == name || word == dot)
				return;
		}
		for (i = 0; i < sizeof(clones) / sizeof(clones[0]); i++) {
			size_t length = strlen(clones[i]);

			if (strncmp(word, clones[i], length) == 0 &&
			    (word[length] == '\0' || word + length == dot))
				break;
		}
		if (i == sizeof(clones) / sizeof(clones[0]))
			return;
		*word = '\0';
	}
}

char *demangle(const char *name)
{
	char *plain = allocate_text(name), *readable, *version;

	/* name@VERSION, name@@VERSION, name@plt */
	version = strchr(plain, '@');
	if (version && version != plain)
		*version = '\0';
	strip_clones(plain);
	if (strncmp(plain, "_Z", 2) != 0)
		return plain;
	readable = demangle_cxx(plain);
	if (!readable)
		return plain;
	free(plain);
	if (strip_rust_hash(readable))
		unescape_rust(readable);
	return readable;
}
