/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "analyzer/recordings/recording_snapshot.h"
#include "analyzer/symbolize/elf_identity.h"
#include "analyzer/symbolize/symbolize.h"

/* Built by CMakeLists.txt into FIXTURES; what is what stands there. */
#define INLINED      FIXTURES "/inlined"
#define STRIPPED     FIXTURES "/inlined-stripped"
#define NO_DEBUG     FIXTURES "/inlined-no-debug"
#define CHANGED      FIXTURES "/inlined-changed"
#define NO_BUILD_ID  FIXTURES "/inlined-no-build-id"
#define DEBUG_FOLDER FIXTURES "/debug"
#define NESTED       FIXTURES "/nested"
#define FRAMES_MAX   16

/* More than a process is asked for at once. */
#define ASKED 500

/* A module as it was recorded from FILE, now looked for at PATH. */
struct recorded {
	struct elf_identity identity;
	struct code_module module;
};

static void record(struct recorded *recorded, const char *file, const char *path)
{
	struct stat status;
	int fd = open(file, O_RDONLY);

	assert_true(fd >= 0);
	assert_true(elf_identity_read(fd, &recorded->identity));
	assert_int_equal(fstat(fd, &status), 0);
	close(fd);
	recorded->module = (struct code_module){
		.path = path,
		.build_id = recorded->identity.build_id,
		.build_id_size = recorded->identity.build_id_size,
		.file_size = (uint64_t)status.st_size,
		.file_mtime_ns = status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec,
	};
}

/* The return address that PROGRAM itself reports for the call marked NAME. */
static uint64_t marked(const char *program, const char *name)
{
	FILE *output = popen(program, "r");
	uint64_t offset = 0, found = 0;
	char word[64];

	assert_non_null(output);
	while (fscanf(output, "%63s %lx", word, &offset) == 2)
		if (strcmp(word, name) == 0)
			found = offset;
	pclose(output);
	assert_true(found != 0);
	return found;
}

static size_t warnings(const struct symbolizer *symbolizer)
{
	const char *const *list;

	return symbolizer_warnings(symbolizer, &list);
}

/* The frame's source line must hold COMMENT. */
static void assert_line(struct symbolizer *symbolizer, const struct frame *frame,
			const char *comment)
{
	const char *line;

	assert_non_null(frame->file);
	assert_int_equal(frame->file[0], '/');
	line = symbolizer_source_line(symbolizer, frame->file, frame->line);
	assert_non_null(line);
	assert_non_null(strstr(line, comment));
}

static void assert_inlined_chain(struct symbolizer *symbolizer, const struct frame *frames,
				 size_t count)
{
	assert_int_equal(count, 3);
	assert_string_equal(frames[0].function, "innermost");
	assert_true(frames[0].inlined);
	assert_line(symbolizer, &frames[0], "/* in innermost */");
	assert_string_equal(frames[1].function, "between");
	assert_true(frames[1].inlined);
	assert_line(symbolizer, &frames[1], "/* in between */");
	assert_string_equal(frames[2].function, "enclosing");
	assert_false(frames[2].inlined);
	assert_line(symbolizer, &frames[2], "/* in enclosing */");
}

static void inlined_functions_are_frames(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	struct frame frames[FRAMES_MAX];
	struct recorded recorded;
	uint64_t offset = marked(INLINED, "inlined");
	size_t count;

	(void)state;
	record(&recorded, INLINED, INLINED);
	for (int again = 0; again < 2; again++) {
		count = symbolizer_resolve(symbolizer, &recorded.module, offset, frames,
					   FRAMES_MAX);
		assert_inlined_chain(symbolizer, frames, count);
	}
	assert_string_equal(frames[0].module, INLINED);
	assert_string_equal(frames[0].build_id, "0123456789abcdef0123456789abcdef01234567");
	assert_int_equal(frames[0].offset, offset);
	/* No more than asked for, the innermost ones. */
	count = symbolizer_resolve(symbolizer, &recorded.module, offset, frames, 1);
	assert_int_equal(count, 1);
	assert_string_equal(frames[0].function, "innermost");
	assert_int_equal(warnings(symbolizer), 0);
	symbolizer_free(symbolizer);
}

static void line_is_that_of_the_call(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	struct frame frame;
	struct recorded recorded;

	(void)state;
	record(&recorded, INLINED, INLINED);
	symbolizer_resolve(symbolizer, &recorded.module, marked(INLINED, "plain"), &frame, 1);
	assert_line(symbolizer, &frame, "/* in leave */");
	symbolizer_free(symbolizer);
}

static void source_prefix_moves_whole_folders(void **state)
{
	const char *moved[] = { SOURCES "=/moved", NULL };
	const char *part[] = { SOURCES "/inl=/moved", NULL };
	const char **prefixes[] = { moved, part };
	struct frame frame;
	struct recorded recorded;

	(void)state;
	record(&recorded, INLINED, INLINED);
	for (int i = 0; i < 2; i++) {
		struct symbolizer *symbolizer = symbolizer_new(
			&(struct symbolizer_options){ .source_prefixes = prefixes[i] });

		symbolizer_resolve(symbolizer, &recorded.module, marked(INLINED, "plain"), &frame,
				   1);
		assert_string_equal(frame.file, i == 0 ? "/moved/inlined.c" : SOURCES "/inlined.c");
		symbolizer_free(symbolizer);
	}
}

/* What RECORDED_FROM's call shows when PATH is all there is; a copy of the frame in *FRAME. */
static size_t resolve_at(const char *recorded_from, const char *path, const char *debug_dir,
			 const char *sysroot, struct frame *frame, size_t *warned)
{
	struct symbolizer *symbolizer = symbolizer_new(
		&(struct symbolizer_options){ .debug_dir = debug_dir, .sysroot = sysroot });
	struct frame frames[FRAMES_MAX];
	struct recorded recorded;
	uint64_t offset = marked(recorded_from, "inlined");
	size_t count;

	record(&recorded, recorded_from, path);
	count = symbolizer_resolve(symbolizer, &recorded.module, offset, frames, FRAMES_MAX);
	if (count == 3)
		assert_inlined_chain(symbolizer, frames, count);
	/* Another address of the same module must not warn again. */
	symbolizer_resolve(symbolizer, &recorded.module, offset + 1, frames + 4, 4);
	*warned = warnings(symbolizer);
	*frame = frames[0];
	frame->function = frames[0].function && strcmp(frames[0].function, "enclosing") == 0
				  ? "enclosing"
				  : NULL;
	frame->module = frame->build_id = NULL;
	symbolizer_free(symbolizer);
	return count;
}

static void stripped_file_has_offsets_only(void **state)
{
	struct frame frame;
	size_t warned;

	(void)state;
	assert_int_equal(resolve_at(STRIPPED, STRIPPED, NULL, NULL, &frame, &warned), 1);
	assert_null(frame.function);
	assert_null(frame.file);
	assert_int_equal(frame.offset, marked(STRIPPED, "inlined"));
	assert_int_equal(warned, 0);
}

static void symbol_table_names_the_function(void **state)
{
	struct frame frame;
	size_t warned;

	(void)state;
	assert_int_equal(resolve_at(NO_DEBUG, NO_DEBUG, NULL, NULL, &frame, &warned), 1);
	assert_string_equal(frame.function, "enclosing");
	assert_null(frame.file);
	assert_int_equal(frame.line, 0);
	assert_int_equal(warned, 0);
}

static void separate_debug_file_is_found_by_build_id(void **state)
{
	struct frame frame;
	size_t warned;

	(void)state;
	assert_int_equal(resolve_at(STRIPPED, STRIPPED, DEBUG_FOLDER, NULL, &frame, &warned), 3);
	assert_int_equal(warned, 0);
}

static void changed_file_gives_no_names_and_one_warning(void **state)
{
	struct frame frame;
	size_t warned;

	(void)state;
	assert_int_equal(resolve_at(INLINED, CHANGED, NULL, NULL, &frame, &warned), 1);
	assert_null(frame.function);
	assert_null(frame.file);
	assert_int_equal(warned, 1);
	/* The debug file of what was recorded can be trusted all the same. */
	assert_int_equal(resolve_at(INLINED, CHANGED, DEBUG_FOLDER, NULL, &frame, &warned), 3);
	assert_int_equal(warned, 0);
}

static void without_build_id_size_and_time_decide(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	struct frame frames[FRAMES_MAX];
	uint64_t offset = marked(NO_BUILD_ID, "inlined");
	struct recorded recorded;

	(void)state;
	record(&recorded, NO_BUILD_ID, NO_BUILD_ID);
	assert_int_equal(recorded.module.build_id_size, 0);
	assert_int_equal(
		symbolizer_resolve(symbolizer, &recorded.module, offset, frames, FRAMES_MAX), 3);
	assert_int_equal(warnings(symbolizer), 0);
	recorded.module.file_mtime_ns++;
	assert_int_equal(
		symbolizer_resolve(symbolizer, &recorded.module, offset, frames, FRAMES_MAX), 1);
	assert_null(frames[0].function);
	assert_int_equal(warnings(symbolizer), 1);
	symbolizer_free(symbolizer);
}

static void missing_file_is_quiet(void **state)
{
	struct frame frame;
	size_t warned;

	(void)state;
	assert_int_equal(resolve_at(INLINED, FIXTURES "/gone", NULL, NULL, &frame, &warned), 1);
	assert_null(frame.function);
	assert_int_equal(warned, 0);
	assert_int_equal(resolve_at(INLINED, FIXTURES "/gone", DEBUG_FOLDER, NULL, &frame, &warned),
			 3);
	assert_int_equal(warned, 0);
}

static void sysroot_goes_first(void **state)
{
	struct frame frame;
	size_t warned;

	(void)state;
	assert_int_equal(resolve_at(INLINED, "/inlined", NULL, FIXTURES, &frame, &warned), 3);
	/* Another build there is passed over for the right one at the path itself. */
	assert_int_equal(resolve_at(INLINED, INLINED, NULL, FIXTURES "/other", &frame, &warned), 3);
	assert_int_equal(warned, 0);
}

static void names_without_a_file_are_quiet(void **state)
{
	static const char *const paths[] = { "", "linux-vdso.so.1", "[vdso]", "/dev/zero",
					     CHANGED " (deleted)" };
	struct frame frame;
	size_t warned;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(resolve_at(INLINED, paths[i], NULL, NULL, &frame, &warned), 1);
		assert_null(frame.function);
		assert_int_equal(warned, 0);
	}
	assert_int_equal(resolve_at(INLINED, INLINED " (deleted)", NULL, NULL, &frame, &warned), 3);
}

static void copy_damaged(const char *path, unsigned int seed)
{
	FILE *from = fopen(INLINED, "rb"), *to = fopen(path, "wb");
	unsigned int at = 0;
	int byte;

	assert_non_null(from);
	assert_non_null(to);
	/* Behind the identification, or libelf would not look at the rest. */
	while ((byte = getc(from)) != EOF && !(seed % 5 == 4 && at > 20000)) {
		if (at++ > 20 && rand_r(&seed) % 64 == 0)
			byte = rand_r(&seed) % 2 ? 0xff : rand_r(&seed) % 256;
		putc(byte, to);
	}
	fclose(from);
	fclose(to);
}

static void damaged_files_are_survived(void **state)
{
	static const uint64_t offsets[] = { 0, 1, 0x1100, 0x11f0, 0x1200, UINT64_MAX };
	char path[] = "/tmp/test_symbolize.XXXXXX";
	struct frame frames[FRAMES_MAX];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (unsigned int seed = 0; seed < 40; seed++) {
		struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
		struct elf_identity identity;
		struct stat status;
		struct code_module module = { .path = path };

		copy_damaged(path, seed);
		fd = open(path, O_RDONLY);
		assert_true(fd >= 0 && fstat(fd, &status) == 0);
		if (elf_identity_read(fd, &identity)) {
			module.build_id = identity.build_id;
			module.build_id_size = identity.build_id_size;
		}
		close(fd);
		module.file_size = (uint64_t)status.st_size;
		module.file_mtime_ns = status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
		for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
			assert_true(symbolizer_resolve(symbolizer, &module, offsets[i], frames,
						       FRAMES_MAX) >= 1);
		symbolizer_free(symbolizer);
	}
	unlink(path);
}

#ifdef HAVE_CXX_FIXTURE
static void cxx_functions_have_their_namespaces(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	struct recorded recorded;
	struct frame frame;

	(void)state;
	record(&recorded, FIXTURES "/cxx", FIXTURES "/cxx");
	symbolizer_resolve(symbolizer, &recorded.module, marked(FIXTURES "/cxx", "method"), &frame,
			   1);
	assert_string_equal(frame.function, "net::connection<int>::on_readable(int)");
	assert_line(symbolizer, &frame, "/* in on_readable */");
	symbolizer_resolve(symbolizer, &recorded.module, marked(FIXTURES "/cxx", "local"), &frame,
			   1);
	assert_string_equal(frame.function, "net::loop()");
	assert_line(symbolizer, &frame, "/* in loop */");
	symbolizer_free(symbolizer);
}
#endif

static void source_lines_end_with_the_file(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });

	(void)state;
	assert_string_equal(symbolizer_source_line(symbolizer, SOURCES "/inlined.c", 1),
			    "/* SPDX-License-Identifier: MIT */");
	assert_null(symbolizer_source_line(symbolizer, SOURCES "/inlined.c", 0));
	assert_null(symbolizer_source_line(symbolizer, SOURCES "/inlined.c", 100000));
	assert_null(symbolizer_source_line(symbolizer, SOURCES "/none.c", 1));
	assert_null(symbolizer_source_line(symbolizer, "/dev/zero", 1));
	assert_null(symbolizer_source_line(symbolizer, SOURCES, 1));
	symbolizer_free(symbolizer);
}

/* Ends the processes that name code, as the kernel does where they use too much. */
static void kill_naming_processes(void)
{
	FILE *children = fopen("/proc/thread-self/children", "re");
	int pid;

	assert_non_null(children);
	while (fscanf(children, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	fclose(children);
}

/* Names what lies OFFSET behind a known place, with a process that dies over it. */
static void resolve_fatally(struct symbolizer *symbolizer, const struct code_module *module,
			    uint64_t offset, struct frame *frame)
{
	kill_naming_processes();
	assert_true(symbolizer_resolve(symbolizer, module, offset, frame, 1) == 1);
}

static void a_fatal_module_costs_its_names(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	uint64_t plain = marked(INLINED, "plain"), inlined = marked(INLINED, "inlined");
	const char *const *list;
	struct recorded recorded;
	struct frame frame;

	(void)state;
	if (access("/proc/thread-self/children", R_OK) < 0)
		skip();
	record(&recorded, INLINED, INLINED);
	symbolizer_resolve(symbolizer, &recorded.module, plain, &frame, 1);
	assert_non_null(frame.file);
	/* First its debug information, then its symbols; what is known stays known. */
	resolve_fatally(symbolizer, &recorded.module, inlined, &frame);
	assert_non_null(frame.function);
	assert_null(frame.file);
	assert_int_equal(warnings(symbolizer), 1);
	resolve_fatally(symbolizer, &recorded.module, inlined + 1, &frame);
	assert_null(frame.function);
	assert_int_equal(warnings(symbolizer), 2);
	resolve_fatally(symbolizer, &recorded.module, inlined + 2, &frame);
	assert_null(frame.function);
	assert_int_equal(warnings(symbolizer), 2);
	symbolizer_resolve(symbolizer, &recorded.module, plain, &frame, 1);
	assert_non_null(frame.file);
	symbolizer_warnings(symbolizer, &list);
	assert_non_null(strstr(list[0], INLINED));
	/* Two more failures, and no process is started any more. */
	recorded.module.path = FIXTURES "/../fixtures/inlined";
	symbolizer_resolve(symbolizer, &recorded.module, plain, &frame, 1);
	assert_non_null(frame.file);
	resolve_fatally(symbolizer, &recorded.module, inlined, &frame);
	resolve_fatally(symbolizer, &recorded.module, inlined + 1, &frame);
	assert_null(symbolizer_source_line(symbolizer, SOURCES "/inlined.c", 1));
	recorded.module.path = FIXTURES "/./inlined";
	symbolizer_resolve(symbolizer, &recorded.module, plain, &frame, 1);
	assert_null(frame.function);
	assert_int_equal(warnings(symbolizer), 5);
	symbolizer_free(symbolizer);
}

static void together_is_named_what_one_by_one_is(void **state)
{
	struct symbolizer *one = symbolizer_new(&(struct symbolizer_options){ 0 });
	struct symbolizer *all = symbolizer_new(&(struct symbolizer_options){ 0 });
	static struct code_address addresses[2 * ASKED];
	uint64_t first = marked(INLINED, "inlined");
	struct frame expected[FRAMES_MAX], frames[FRAMES_MAX];
	struct recorded inlined, stripped;
	size_t i, j;

	(void)state;
	if (access("/proc/thread-self/children", R_OK) < 0)
		skip();
	record(&inlined, INLINED, INLINED);
	record(&stripped, STRIPPED, STRIPPED);
	for (i = 0; i < 2 * ASKED; i++)
		addresses[i] = (struct code_address){ i % 2 ? &inlined.module : &stripped.module,
						      first + i / 3 };
	symbolizer_resolve_all(all, addresses, 2 * ASKED);
	kill_naming_processes();
	for (i = 0; i < 2 * ASKED; i++) {
		const struct code_address *address = &addresses[i];
		size_t count = symbolizer_resolve(one, address->module, address->offset, expected,
						  FRAMES_MAX);

		assert_int_equal(symbolizer_resolve(all, address->module, address->offset, frames,
						    FRAMES_MAX),
				 count);
		for (j = 0; j < count; j++) {
			assert_int_equal(frames[j].line, expected[j].line);
			assert_int_equal(!frames[j].function, !expected[j].function);
			if (frames[j].function)
				assert_string_equal(frames[j].function, expected[j].function);
		}
	}
	assert_int_equal(warnings(all), 0);
	symbolizer_free(one);
	symbolizer_free(all);
}

/* Asked for together with those of another. */
static void a_fatal_module_costs_no_other_names(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	uint64_t plain = marked(INLINED, "plain"), inlined = marked(INLINED, "inlined");
	struct recorded fatal, other;
	struct frame frame;

	(void)state;
	if (access("/proc/thread-self/children", R_OK) < 0)
		skip();
	record(&fatal, INLINED, INLINED);
	record(&other, INLINED, FIXTURES "/./inlined");
	symbolizer_resolve(symbolizer, &fatal.module, plain, &frame, 1);
	kill_naming_processes();
	symbolizer_resolve_all(symbolizer,
			       (const struct code_address[]){ { &fatal.module, inlined },
							      { &other.module, plain },
							      { &fatal.module, inlined + 1 } },
			       3);
	symbolizer_resolve(symbolizer, &fatal.module, inlined, &frame, 1);
	assert_non_null(frame.function);
	assert_null(frame.file);
	symbolizer_resolve(symbolizer, &other.module, plain, &frame, 1);
	assert_non_null(frame.file);
	symbolizer_resolve(symbolizer, &fatal.module, inlined + 1, &frame, 1);
	assert_null(frame.file);
	assert_int_equal(warnings(symbolizer), 1);
	symbolizer_free(symbolizer);
}

static void count_line(void *context, const char *file, unsigned int number, const char *line)
{
	(void)file;
	(void)number;
	(void)line;
	++*(unsigned int *)context;
}

static void lines_of_source_come_together(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	unsigned int asked_for = 0;

	(void)state;
	if (access("/proc/thread-self/children", R_OK) < 0)
		skip();
	assert_non_null(symbolizer_source_line(symbolizer, SOURCES "/inlined.c", 1));
	kill_naming_processes();
	assert_non_null(symbolizer_source_line(symbolizer, SOURCES "/inlined.c", 2));
	/* What came along is nobody's business: a pack has what a report shows. */
	symbolizer_each_line(symbolizer, count_line, &asked_for);
	assert_int_equal(asked_for, 2);
	symbolizer_free(symbolizer);
}

#ifdef HAVE_NESTED_FIXTURE
static void find_nested(void *offset)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	struct recorded recorded;
	struct frame frame;

	record(&recorded, NESTED, NESTED);
	assert_int_equal(
		symbolizer_resolve(symbolizer, &recorded.module, *(uint64_t *)offset, &frame, 1),
		1);
	assert_string_equal(frame.function, "nested_function");
	symbolizer_free(symbolizer);
}

/* Blocks nested 200,000 deep, on the smallest stack that `ulimit -s` is seen at. */
static void deep_nesting_needs_no_deep_stack(void **state)
{
	uint64_t offset = marked(NESTED, "nested");
	struct rlimit before;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_STACK, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_STACK, &(struct rlimit){ 64u << 10, before.rlim_max }),
			 0);
	find_nested(&offset);
	assert_int_equal(setrlimit(RLIMIT_STACK, &before), 0);
}
#endif

static void write_file(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fclose(file);
}

static const char *file_of_script_by(const char *language, const char *file, const char *command)
{
	const struct script_place place = {
		.language = language, .file = file, .function = "a.B.c", .line = 1
	};
	const struct symbolizer_options options = { .source_prefixes = NULL };
	static char found[256];
	struct symbolizer *symbolizer = symbolizer_new(&options);
	struct frame frame;

	symbolizer_name_script(symbolizer, &place, &frame);
	symbolizer_add_command(symbolizer, command);
	symbolizer_name_script(symbolizer, &place, &frame);
	assert_non_null(frame.file);
	snprintf(found, sizeof(found), "%s", frame.file);
	symbolizer_free(symbolizer);
	return found;
}

static const char *file_of_script(const char *language, const char *file)
{
	return file_of_script_by(language, file, "java\0");
}

/* Names that begin at the package are looked for where projects keep their sources. */
static void source_of_a_class_is_found_below_a_root(void **state)
{
	char folder[] = "/tmp/finleak-test.XXXXXX", before[4096];

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("src", 0700), 0);
	assert_int_equal(mkdir("src/main", 0700), 0);
	assert_int_equal(mkdir("src/main/java", 0700), 0);
	write_file("src/main/java/Server.java");
	write_file("src/Old.java");
	write_file("Here.java");
	assert_string_equal(file_of_script("java", "Server.java"), "src/main/java/Server.java");
	assert_string_equal(file_of_script("java", "Old.java"), "src/Old.java");
	assert_string_equal(file_of_script("java", "Here.java"), "Here.java");
	assert_string_equal(file_of_script("java", "Gone.java"), "Gone.java");
	assert_string_equal(file_of_script("python", "Server.java"), "Server.java");
	unlink("src/main/java/Server.java");
	unlink("src/Old.java");
	unlink("Here.java");
	rmdir("src/main/java");
	rmdir("src/main");
	rmdir("src");
	assert_int_equal(chdir(before), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* PATH below FOLDER. */
static const char *in(const char *folder, const char *path)
{
	static char whole[256];

	snprintf(whole, sizeof(whole), "%s/%s", folder, path);
	return whole;
}

static void add_folders(const char *folder, const char *const *paths)
{
	for (; *paths; paths++)
		assert_int_equal(mkdir(in(folder, *paths), 0700), 0);
}

/* The report is made elsewhere: the program's command shows where its sources are. */
static void source_of_a_class_is_found_by_the_command(void **state)
{
	static const char *const folders[] = { "com", "com/acme", "target", "target/classes",
					       "src", NULL };
	static const char *const files[] = { "com/acme/Server.java", "Main.java", "src/Part.java",
					     NULL };
	static const struct {
		const char *command, *file, *found;
	} cases[] = {
		{ "java\0-Xint\0%s/Main.java\0", "Main.java", "Main.java" },
		{ "java\0%s/Main.java\0", "com/acme/Server.java", "com/acme/Server.java" },
		{ "java\0%s/com/acme/Server.java\0", "com/acme/Server.java",
		  "com/acme/Server.java" },
		{ "java\0-cp\0lib/a.jar:%s/\0Main\0", "Main.java", "Main.java" },
		{ "java\0-cp\0%s/target/classes\0Part\0", "Part.java", "src/Part.java" },
		{ "java\0-jar\0%s/target/app.jar\0", "Part.java", "src/Part.java" },
		{ "java\0-jar\0%s/a/b/target/app.jar\0", "Part.java", NULL },
		/* Of another package. */
		{ "java\0%s/com/acme/Server.java\0", "org/Server.java", NULL },
		/* A class of a library has its sources elsewhere. */
		{ "java\0%s/com/acme/Server.java\0", "io/netty/Server.java", NULL },
	};
	char folder[] = "/tmp/finleak-test.XXXXXX", command[256];
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(folder));
	add_folders(folder, folders);
	for (i = 0; files[i]; i++)
		write_file(in(folder, files[i]));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t begin = 0, part;
		const char *at = cases[i].command;

		memset(command, 0, sizeof(command));
		for (; *at; at += strlen(at) + 1, begin += part + 1) {
			const char *mark = strstr(at, "%s");

			part = (size_t)snprintf(command + begin, sizeof(command) - begin,
						"%.*s%s%s",
						(int)(mark ? mark - at : (long)strlen(at)), at,
						mark ? folder : "", mark ? mark + 2 : "");
		}
		assert_string_equal(file_of_script_by("java", cases[i].file, command),
				    cases[i].found ? in(folder, cases[i].found) : cases[i].file);
	}
	for (i = 0; files[i]; i++)
		unlink(in(folder, files[i]));
	for (i = sizeof(folders) / sizeof(folders[0]) - 1; i--;)
		rmdir(in(folder, folders[i]));
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inlined_functions_are_frames),
		cmocka_unit_test(line_is_that_of_the_call),
		cmocka_unit_test(source_prefix_moves_whole_folders),
		cmocka_unit_test(source_of_a_class_is_found_below_a_root),
		cmocka_unit_test(source_of_a_class_is_found_by_the_command),
		cmocka_unit_test(stripped_file_has_offsets_only),
		cmocka_unit_test(symbol_table_names_the_function),
		cmocka_unit_test(separate_debug_file_is_found_by_build_id),
		cmocka_unit_test(changed_file_gives_no_names_and_one_warning),
		cmocka_unit_test(without_build_id_size_and_time_decide),
		cmocka_unit_test(missing_file_is_quiet),
		cmocka_unit_test(sysroot_goes_first),
		cmocka_unit_test(names_without_a_file_are_quiet),
		cmocka_unit_test(damaged_files_are_survived),
#ifdef HAVE_CXX_FIXTURE
		cmocka_unit_test(cxx_functions_have_their_namespaces),
#endif
		cmocka_unit_test(source_lines_end_with_the_file),
		cmocka_unit_test(a_fatal_module_costs_its_names),
		cmocka_unit_test(together_is_named_what_one_by_one_is),
		cmocka_unit_test(a_fatal_module_costs_no_other_names),
		cmocka_unit_test(lines_of_source_come_together),
#ifdef HAVE_NESTED_FIXTURE
		cmocka_unit_test(deep_nesting_needs_no_deep_stack),
#endif
	};

	/* A server's answer must not decide a unit test. */
	unsetenv("DEBUGINFOD_URLS");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
