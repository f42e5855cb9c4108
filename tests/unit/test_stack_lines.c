/* SPDX-License-Identifier: MIT */
/* What of a stack is shown, and what stands for the rest. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/stack_lines.h"
#include "tests/unit/recording_builder.h"

#define EXE "/srv/server"
#define SSL "/usr/lib/x86_64-linux-gnu/libssl.so.3"

static struct frame named(const char *function, const char *file, const char *module)
{
	return (struct frame){ .function = function,
			       .file = file,
			       .line = file ? 12 : 0,
			       .module = module,
			       .build_id = "" };
}

/* One line for each of those of the only stack of LEAK, then frees them. */
static char *lines_of(struct report_leak *leak, const struct frame *frames, size_t count, bool full,
		      const char *sysroot)
{
	struct debug_packages *packages = debug_packages_new(sysroot);
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	leak->stacks[0] = (struct report_stack){ .name = "eof", .frames = frames, .count = count };
	leak->stack_count = 1;
	stack_lines_fill(leak, full, packages);
	for (i = 0; i < leak->stacks[0].line_count; i++) {
		const struct stack_line *line = &leak->stacks[0].lines[i];

		if (line->frame)
			fprintf(out, "#%zu ", line->number);
		fprintf(out, "%s\n", line->text);
	}
	fclose(out);
	stack_lines_clear(leak);
	debug_packages_free(packages);
	return text;
}

static void assert_lines(const struct frame *frames, size_t count, const struct frame *site,
			 bool full, const char *expected)
{
	struct report_leak leak = { .site = site };
	char *text = lines_of(&leak, frames, count, full, "/nowhere");

	assert_string_equal(text, expected);
	free(text);
}

static void test_start_goes(void **state)
{
	const struct frame frames[] = {
		named("read_request", "a.c", EXE),
		named("main", "a.c", EXE),
		named("__libc_start_call_main", "start.c", "/lib/libc.so.6"),
		named("__libc_start_main_impl", "start.c", "/lib/libc.so.6"),
		named("_start", NULL, EXE),
	};

	(void)state;
	assert_lines(frames, 5, frames, false, "#0 read_request\n#1 main\n");
	assert_lines(frames, 5, frames, true,
		     "#0 read_request\n#1 main\n#2 __libc_start_call_main\n"
		     "#3 __libc_start_main_impl\n#4 _start\n");
}

/* A machine without libc's symbols shows the same stack. */
static void test_start_without_symbols(void **state)
{
	const struct frame frames[] = {
		named("read_request", "a.c", EXE),
		named(NULL, NULL, "/lib/libc.so.6"),
		named("main", "a.c", EXE),
		named(NULL, NULL, "/lib/libc.so.6"),
		named("__libc_start_main", NULL, "/lib/libc.so.6"),
		named("_start", NULL, EXE),
	};
	const struct frame thread[] = {
		named("serve", "a.c", EXE),
		named(NULL, NULL, "/lib/libc-2.31.so"),
		named(NULL, NULL, "/lib/libc-2.31.so"),
	};

	(void)state;
	/* What lies between the program's own frames was called by it: qsort(). */
	assert_lines(frames, 6, frames, false,
		     "#0 read_request\n1 frame in libc.so.6; no symbols: use --debug-dir or "
		     "DEBUGINFOD_URLS\n#2 main\n");
	assert_lines(thread, 3, thread, false, "#0 serve\n");
	/* Nothing else is in the stack: that is shown. */
	assert_lines(thread + 1, 2, NULL, false, "#0 ??\n");
}

static void test_interpreter(void **state)
{
	struct frame frames[] = {
		named("sock_recv", NULL, "/usr/bin/python3.11"),
		named("_PyEval_EvalFrameDefault", NULL, "/usr/bin/python3.11"),
		named("serve", "app.py", "/srv/app.py"),
		named("_PyEval_EvalFrameDefault", NULL, "/usr/bin/python3.11"),
		named("<module>", "app.py", "/srv/app.py"),
		named("node_function", "x.c", "/srv/nodelay"),
	};

	(void)state;
	frames[2].script = frames[4].script = true;
	assert_lines(frames, 6, &frames[2], false,
		     "2 frames of the Python interpreter\n#2 serve\n"
		     "1 frame of the Python interpreter\n#4 <module>\n#5 node_function\n");
	/* The site is shown in any case. */
	assert_lines(frames, 3, &frames[1], false,
		     "1 frame of the Python interpreter\n#1 _PyEval_EvalFrameDefault\n"
		     "#2 serve\n");
	/* A stack of folded lines alone would be no stack. */
	assert_lines(frames, 2, NULL, false, "#0 sock_recv\n1 frame of the Python interpreter\n");
}

static void test_library_of_a_language(void **state)
{
	const struct frame frames[] = {
		named("operator()", "srv.cpp", EXE),
		named("std::__invoke<f>", "/usr/include/c++/12/bits/invoke.h", EXE),
		named("std::function<f>::operator()", "/usr/include/c++/12/functional", EXE),
		named("main", "srv.cpp", EXE),
		named("std::rt::lang_start", "/rustc/ab/library/std/src/rt.rs", EXE),
	};

	(void)state;
	assert_lines(frames, 5, frames, false,
		     "#0 operator()\n2 frames of the C++ library\n#3 main\n"
		     "1 frame of Rust's library\n");
}

static void test_without_symbols(void **state)
{
	const struct frame frames[] = {
		named(NULL, NULL, "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"),
		named(NULL, NULL, SSL),
		named(NULL, NULL, SSL),
		named("serve", "tls.c", EXE),
		named(NULL, NULL, ""),
		named("main", "tls.c", EXE),
	};

	(void)state;
	assert_lines(frames, 6, &frames[3], false,
		     "3 frames in libcrypto.so.3, libssl.so.3; no symbols: use --debug-dir or "
		     "DEBUGINFOD_URLS\n#3 serve\n"
		     "1 frame of code without a name, made at run time\n#5 main\n");
}

static void write_list(const char *folder, const char *package, const char *line)
{
	char *path = allocate_printed("%s/var/lib/dpkg/info/%s.list", folder, package);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "/.\n%s\n", line);
	fclose(file);
	free(path);
}

/* By the lists of dpkg below --sysroot; both spellings of /usr. */
static void test_packages(void **state)
{
	const struct frame frames[] = { named(NULL, NULL, SSL),
					named(NULL, NULL, "/lib/x86_64-linux-gnu/libc.so.6"),
					named("main", "tls.c", EXE) };
	struct report_leak leak = { .site = NULL };
	char *folder = builder_new_folder(), *command, *text;

	(void)state;
	command = allocate_printed("mkdir -p %s/var/lib/dpkg/info", folder);
	assert_int_equal(system(command), 0);
	free(command);
	write_list(folder, "libssl3:amd64", SSL);
	write_list(folder, "libc6:amd64", "/usr/lib/x86_64-linux-gnu/libc.so.6");
	write_list(folder, "other", "/usr/lib/other");
	text = lines_of(&leak, frames, 3, false, folder);
	assert_string_equal(text,
			    "2 frames in libssl.so.3, libc.so.6; no symbols: install "
			    "libssl3-dbgsym libc6-dbg, or use --debug-dir or DEBUGINFOD_URLS\n"
			    "#2 main\n");
	free(text);
	builder_remove_folder(folder);
}

/* A program of the distribution has symbols in a package, too; one of another folder has none. */
static void test_packages_of_programs(void **state)
{
	char *folder = builder_new_folder(), *command;
	struct debug_packages *packages = debug_packages_new(folder);

	(void)state;
	command = allocate_printed("mkdir -p %s/var/lib/dpkg/info", folder);
	assert_int_equal(system(command), 0);
	free(command);
	write_list(folder, "nginx-core", "/usr/sbin/nginx");
	assert_string_equal(debug_packages_find(packages, "/usr/sbin/nginx"), "nginx-core-dbgsym");
	assert_string_equal(debug_packages_find(packages, "/sbin/nginx"), "nginx-core-dbgsym");
	assert_null(debug_packages_find(packages, "/srv/sbin/nginx"));
	debug_packages_free(packages);
	builder_remove_folder(folder);
}

/* Each search reads all lists of dpkg: a hostile recording has thousands of modules. */
static void test_searches_are_few(void **state)
{
	char *folder = builder_new_folder(), *command, *path;
	struct debug_packages *packages = debug_packages_new(folder);
	size_t found = 0, i;

	(void)state;
	command = allocate_printed("mkdir -p %s/var/lib/dpkg/info", folder);
	assert_int_equal(system(command), 0);
	free(command);
	write_list(folder, "libx", "/usr/lib/libx.so");
	assert_null(debug_packages_find(packages, "/srv/libx.so"));
	for (i = 0; i < 100; i++) {
		path = allocate_printed("%s/lib/libx.so", i % 2 ? "/usr" : "");
		found += debug_packages_find(packages, path) != NULL;
		free(path);
		path = allocate_printed("/usr/lib/lib%zu.so", i);
		assert_null(debug_packages_find(packages, path));
		free(path);
	}
	/* What was found once is known. */
	assert_int_equal(found, 100);
	write_list(folder, "late", "/usr/lib/late.so");
	assert_null(debug_packages_find(packages, "/usr/lib/late.so"));
	debug_packages_free(packages);
	builder_remove_folder(folder);
}

/* An exported function inside means no more; the one that the program calls does. */
static void test_exported_names(void **state)
{
	const struct frame frames[] = {
		named(NULL, NULL, SSL),       named("BIO_read", NULL, SSL), named(NULL, NULL, SSL),
		named("SSL_read", NULL, SSL), named("serve", "tls.c", EXE), named(NULL, NULL, SSL),
	};

	(void)state;
	assert_lines(frames, 6, &frames[4], false,
		     "3 frames in libssl.so.3; no symbols: use --debug-dir or DEBUGINFOD_URLS\n"
		     "#3 SSL_read\n#4 serve\n1 frame in libssl.so.3; no symbols\n");
}

/* The limit counts what is shown. */
static void test_limit(void **state)
{
	struct frame frames[60];
	struct report_leak leak = { .site = NULL };
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 60; i++)
		frames[i] = i % 2 || i > 20 ? named("f", "a.c", EXE) : named(NULL, NULL, EXE);
	text = lines_of(&leak, frames, 60, false, "/nowhere");
	assert_non_null(strstr(text, "#15 f\nand 44 more frames (--full-stacks)\n"));
	free(text);
	text = lines_of(&leak, frames, 60, true, "/nowhere");
	assert_non_null(strstr(text, "#59 f\n"));
	assert_non_null(strstr(text, "#0 ?\?\n"));
	free(text);
}

/* Those that the class is about, in their order; the others are for JSON. */
static void test_which(void **state)
{
	static const char *const expected[] = { "duplicated", "opened", "eof", "closed", "error" };
	const struct frame frame = named("f", "a.c", EXE);
	struct report_leak leak = { .class = CLASS_DUPLICATE_HELD, .stack_count = 5 };
	struct debug_packages *packages = debug_packages_new(NULL);
	size_t i;

	(void)state;
	leak.stacks[0] =
		(struct report_stack){ .name = "duplicated", .frames = &frame, .count = 1 };
	leak.stacks[1] = (struct report_stack){ .name = "eof", .frames = &frame, .count = 1 };
	leak.stacks[2] = (struct report_stack){ .name = "error", .frames = &frame, .count = 1 };
	leak.stacks[3] = (struct report_stack){ .name = "closed", .frames = &frame, .count = 1 };
	leak.stacks[4] = (struct report_stack){ .name = "opened", .frames = &frame, .count = 1 };
	stack_lines_fill(&leak, false, packages);
	for (i = 0; i < 5; i++) {
		assert_string_equal(leak.stacks[i].name, expected[i]);
		assert_int_equal(leak.stacks[i].shown, i < 4);
		assert_non_null(leak.stacks[i].title);
	}
	stack_lines_clear(&leak);
	debug_packages_free(packages);
}

static const char *title_of_pause(const struct frame *site, enum leak_reason reason, bool once)
{
	struct report_leak leak = { .class = CLASS_FIN_UNREAD,
				    .reason = reason,
				    .paused_site = site,
				    .armed_once = once,
				    .stack_count = 1 };
	struct debug_packages *packages = debug_packages_new("/nowhere");
	const char *title;

	leak.stacks[0] =
		(struct report_stack){ .name = "paused", .frames = site, .count = 1, .site = site };
	stack_lines_fill(&leak, false, packages);
	title = leak.stacks[0].title;
	stack_lines_clear(&leak);
	debug_packages_free(packages);
	return title;
}

/* What epoll_ctl() did there depends on what it left asked for. */
static void test_title_of_a_pause(void **state)
{
	const struct frame site = named("park", "/src/server.c", EXE);

	(void)state;
	assert_string_equal(title_of_pause(&site, REASON_READING_PAUSED, false),
			    "Reading paused at");
	assert_string_equal(title_of_pause(&site, REASON_READING_PAUSED, true),
			    "EPOLLONESHOT set at");
	assert_string_equal(title_of_pause(&site, REASON_NOT_POLLED, false),
			    "Removed from epoll at");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_title_of_a_pause),
		cmocka_unit_test(test_start_goes),
		cmocka_unit_test(test_start_without_symbols),
		cmocka_unit_test(test_interpreter),
		cmocka_unit_test(test_which),
		cmocka_unit_test(test_library_of_a_language),
		cmocka_unit_test(test_without_symbols),
		cmocka_unit_test(test_packages),
		cmocka_unit_test(test_packages_of_programs),
		cmocka_unit_test(test_searches_are_few),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_exported_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
