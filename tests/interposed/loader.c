/* SPDX-License-Identifier: MIT */
/* Code that comes and goes, and pipes: calls/loader.c. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <sys/mman.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"
#include "own_text.h"

/* Two libraries of one source (receiver.c), so that the second may be loaded where the first was.
 */
static const char *const libraries[] = { FIRST_LIBRARY, SECOND_LIBRARY };

/* Reads an EOF by LIBRARY's code. Returns where its code was. */
static uint64_t read_eof_by(void *library, struct connection *connection)
{
	ssize_t (*receive)(int fd) = (ssize_t(*)(int))dlsym(library, "receive_in_library");

	assert_non_null(receive);
	assert_int_equal(receive(connection->ours), 0);
	return (uintptr_t)receive;
}

/* What the recording says of the module that FD's EOF was read by, as of when it was read. */
static const struct recorded_module *module_of_eof(int fd)
{
	const struct recording_header *own = own_recording();
	const struct recorded_socket *row = row_of(fd);
	const struct recorded_stack *stack;
	const uint64_t *pc;
	size_t count;

	assert_non_null(row);
	assert_true(row->eof_ns != 0);
	pc = frames_of(own, row->eof_stack, &count);
	assert_true(count > 1);
	stack = (const void *)((const char *)pc - offsetof(struct recorded_stack, pc));
	/* The library's caller is in the program. */
	assert_true(returns_into(pc[1], (const void *)read_eof_by));
	return module_at(pc[0], stack->seq);
}

static const char *path_of(const struct recorded_module *module)
{
	const struct recording_header *own = own_recording();

	return (const char *)own + own->sections[SECTION_STRINGS].offset + module->path;
}

static bool path_ends_with(const struct recorded_module *module, const char *path)
{
	return strcmp(strrchr(path_of(module), '/'), strrchr(path, '/')) == 0;
}

static void unloaded_library_keeps_its_stacks(void **state)
{
	struct connection connections[2];
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		const struct recorded_module *module;
		void *library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
		uint64_t code;

		assert_non_null(library);
		connections[i] = half_closed();
		code = read_eof_by(library, &connections[i]);
		if (is_recorded()) {
			module = module_of_eof(connections[i].ours);
			assert_non_null(module);
			assert_true(code >= module->start && code < module->end);
			assert_true(path_ends_with(module, libraries[i]));
			assert_int_equal(module->unloaded_seq, 0);
		}
		assert_int_equal(dlclose(library), 0);
		assert_null(dlopen(libraries[i], RTLD_NOW | RTLD_NOLOAD));
		if (is_recorded()) {
			/* The stack still shows the library that is gone. */
			module = module_of_eof(connections[i].ours);
			assert_non_null(module);
			assert_true(path_ends_with(module, libraries[i]));
			assert_int_not_equal(module->unloaded_seq, 0);
		}
	}
	if (is_recorded())
		assert_true(path_ends_with(module_of_eof(connections[0].ours), libraries[0]));
	disconnect(&connections[0]);
	disconnect(&connections[1]);
}

static void library_loaded_again_is_as_new(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct connection connection = half_closed();
		void *library = dlopen(libraries[0], RTLD_NOW | RTLD_LOCAL);

		assert_non_null(library);
		read_eof_by(library, &connection);
		if (is_recorded()) {
			assert_non_null(module_of_eof(connection.ours));
			assert_string_equal(path_of(module_of_eof(connection.ours)), libraries[0]);
		}
		assert_int_equal(dlclose(library), 0);
		disconnect(&connection);
	}
}

/* It finds libc's calls past the recorder: lazily bound, and bound at once in read-only tables. */
static void deep_bound_library_is_recorded(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct connection connection = half_closed();
		void *library = dlopen(libraries[i], RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND);

		assert_non_null(library);
		read_eof_by(library, &connection);
		if (is_recorded())
			assert_non_null(module_of_eof(connection.ours));
		assert_int_equal(dlclose(library), 0);
		disconnect(&connection);
	}
}

/* The loader searches the folders of the library that asks. */
static void library_opens_its_neighbour(void **state)
{
	void *opener = dlopen(OPENER_LIBRARY, RTLD_NOW | RTLD_LOCAL), *neighbour;
	void *(*open_neighbour)(const char *name, int flags);
	unsigned int i;

	(void)state;
	assert_non_null(opener);
	open_neighbour = (void *(*)(const char *, int))dlsym(opener, "open_in_library");
	assert_non_null(open_neighbour);
	for (i = 0; i < 2; i++) {
		neighbour = open_neighbour(strrchr(FIRST_LIBRARY, '/') + 1,
					   RTLD_NOW | (i ? RTLD_DEEPBIND : 0));
		assert_non_null(neighbour);
		assert_int_equal(dlclose(neighbour), 0);
	}
	assert_int_equal(dlclose(opener), 0);
	assert_null(dlopen("./there-is-no-such-library.so", RTLD_NOW | RTLD_DEEPBIND));
	assert_non_null(dlerror());
}

static void real_pipe_is_unaffected(void **state)
{
	struct counts before = counts_now();
	char got = 0;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(ends[0] >= 0 && ends[0] < 1024 && ends[1] >= 0 && ends[1] < 1024);
	assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(read(ends[0], &got, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(read(ends[0], &got, 1), 1);
	assert_int_equal(got, 'x');
	expect_untracked(ends[0]);
	expect_untracked(ends[1]);
	expect_same_counts(&before);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(pipe2(ends, -1), -1);
	assert_int_equal(errno, EINVAL);
}

/* Is a pipe open that this program did not inherit? Those it did can't be marked close-on-exec. */
static bool holds_a_pipe_opened_here(void)
{
	struct stat status;
	int fd;

	for (fd = 0; fd < 1024; fd++)
		if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) &&
		    fcntl(fd, F_GETFD) == FD_CLOEXEC)
			return true;
	return false;
}

/* Taking stacks leaves no descriptor behind, and the numbers of libunwind's pipe are none. */
static void stacks_need_no_descriptors(void **state)
{
	int lowest = open("/dev/null", O_RDONLY), again;
	struct connection connection;
	char got;

	(void)state;
	assert_true(lowest >= 0);
	close(lowest);
	connection = half_closed();
	assert_int_equal(read(connection.ours, &got, 1), 0);
	disconnect(&connection);
	again = open("/dev/null", O_RDONLY);
	assert_int_equal(again, lowest);
	close(again);
	assert_false(holds_a_pipe_opened_here());
	assert_int_equal(read(INT_MAX, &got, 1), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(write(INT_MAX, "x", 1), -1);
	assert_int_equal(errno, EBADF);
}

/* SIGSTKSZ as it was for decades: with the kernel's own frame, some machines leave 2 KiB of it. */
#define SMALL_STACK 8192

static struct connection in_handler;

static void close_in_handler(int number)
{
	char got;

	(void)number;
	if (read(in_handler.ours, &got, 1) == 0)
		close(in_handler.ours);
}

static void handler_on_a_small_stack_lives(void **state)
{
	char *room = mmap(NULL, 3 * SMALL_STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct sigaction action = { .sa_handler = close_in_handler, .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_sp = room + SMALL_STACK, .ss_size = SMALL_STACK };
	const stack_t none = { .ss_flags = SS_DISABLE };

	(void)state;
	assert_ptr_not_equal(room, MAP_FAILED);
	assert_int_equal(mprotect(stack.ss_sp, SMALL_STACK, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(sigaltstack(&stack, NULL), 0);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	in_handler = half_closed();
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(fcntl(in_handler.ours, F_GETFD), -1);
	if (is_recorded())
		assert_null(row_of(in_handler.ours));
	close(in_handler.theirs);
	assert_int_equal(sigaltstack(&none, NULL), 0);
	munmap(room, 3 * SMALL_STACK);
}

static int count_objects(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct connection connection = half_closed();
	char got;

	(void)object;
	(void)size;
	/* A stack is taken while the program holds the loader's lock. */
	assert_int_equal(read(connection.ours, &got, 1), 0);
	if (is_recorded())
		assert_true(stack_begins_in(own_recording(), row_of(connection.ours)->eof_stack,
					    (const void *)count_objects));
	disconnect(&connection);
	++*(int *)argument;
	return 0;
}

/* The program's own question is about all objects, and is answered as ever. */
static void whole_list_is_reported(void **state)
{
	int objects = 0;

	(void)state;
	assert_int_equal(dl_iterate_phdr(count_objects, &objects), 0);
	/* The program, libc, cmocka, the loader, the vdso. */
	assert_true(objects >= 4);
}

static void program_with_holes_is_a_module(void **state)
{
	const struct recording_header *own;
	const struct recorded_stack *stack;
	const uint64_t *pc;
	size_t count;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_true(fd >= 0);
	if (is_recorded()) {
		own = own_recording();
		assert_non_null(row_of(fd));
		pc = frames_of(own, row_of(fd)->opened_stack, &count);
		assert_true(count > 1);
		stack = (const void *)((const char *)pc - offsetof(struct recorded_stack, pc));
		assert_non_null(module_at(pc[0], stack->seq));
		assert_string_equal(path_of(module_at(pc[0], stack->seq)), own->executable);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	add_call_test("sigaltstack", handler_on_a_small_stack_lives, NULL,
		      "handler_on_a_small_stack_by_*_lives");
	add_call_test("dl_iterate_phdr", whole_list_is_reported, NULL, "whole_list_is_told_by_*");
	add_call_test("dlclose", unloaded_library_keeps_its_stacks, NULL,
		      "library_unloaded_by_*_keeps_its_stacks");
	add_call_test("dlclose", library_loaded_again_is_as_new, NULL,
		      "library_loaded_again_after_*_is_as_new");
	add_call_test("dlopen", deep_bound_library_is_recorded, NULL,
		      "deep_bound_library_by_*_is_recorded");
	add_call_test("dlopen", library_opens_its_neighbour, NULL,
		      "library_opens_its_neighbour_by_*");
	add_call_test("pipe2", real_pipe_is_unaffected, NULL, "real_pipe_by_*_is_unaffected");
	add_call_test("pipe2", stacks_need_no_descriptors, NULL, "stacks_need_no_descriptors_by_*");
	add_call_test("socket", program_with_holes_is_a_module, NULL,
		      "program_with_holes_is_a_module_for_*");
	return run_call_tests(argc, argv, "interposed.loader");
}
