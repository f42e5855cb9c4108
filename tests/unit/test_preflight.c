/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <linux/capability.h>
#include "analyzer/launch/preflight.h"
#include "analyzer/symbolize/script_interpreter.h"
#include "tests/unit/unit.h"

/* A user without rights, for what root is never refused. */
#define NOBODY 65534

static char folder[] = "/tmp/test_preflight.XXXXXX";
static char program[PATH_MAX]; /* this test: an ELF file that is known to run here */
static char reason[2 * PATH_MAX];

static char *in_folder(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int check(const char *name, struct preflight *found)
{
	reason[0] = '\0';
	return preflight_check(name, found, reason, sizeof(reason));
}

/* NAME must be refused with STATUS and a sentence that has EXPLAINED in it. */
static void assert_refused(const char *name, int status, const char *explained)
{
	struct preflight found;

	assert_int_equal(check(name, &found), status);
	assert_non_null(strstr(reason, explained));
	assert_null(strchr(reason, '\n'));
}

static void assert_accepted(const char *name, const char *executable)
{
	struct preflight found;

	assert_int_equal(check(name, &found), 0);
	assert_string_equal(found.executable, executable);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

/* A copy of PROGRAM at PATH, its bytes from OFFSET on replaced. */
static void copy_patched(const char *path, size_t offset, const void *bytes, size_t size)
{
	FILE *from = fopen(program, "rb"), *to = fopen(path, "wb");
	int byte;

	assert_true(from && to);
	while ((byte = getc(from)) != EOF)
		putc(byte, to);
	assert_int_equal(fseek(to, (long)offset, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, size, to), size);
	fclose(from);
	fclose(to);
	assert_int_equal(chmod(path, 0755), 0);
}

/* Where the name of the interpreter stands in PROGRAM, and its size with NUL. */
static Elf64_Phdr program_interpreter(size_t *header_offset)
{
	FILE *file = fopen(program, "rb");
	Elf64_Phdr phdr = { 0 };
	Elf64_Ehdr ehdr;

	assert_non_null(file);
	assert_int_equal(fread(&ehdr, sizeof(ehdr), 1, file), 1);
	for (size_t i = 0; i < ehdr.e_phnum; i++) {
		*header_offset = ehdr.e_phoff + i * sizeof(phdr);
		assert_int_equal(fseek(file, (long)*header_offset, SEEK_SET), 0);
		assert_int_equal(fread(&phdr, sizeof(phdr), 1, file), 1);
		if (phdr.p_type == PT_INTERP)
			break;
	}
	fclose(file);
	assert_int_equal(phdr.p_type, PT_INTERP);
	return phdr;
}

static void path_is_searched_as_by_execvp(void **state)
{
	char value[3 * PATH_MAX], denied[PATH_MAX], *kept = strdup(getenv("PATH"));

	(void)state;
	mkdir(strcpy(denied, in_folder("denied")), 0755);
	write_file(in_folder("denied/tool"), "", 0644);
	snprintf(value, sizeof(value), "%s:/nowhere:%s/found", denied, folder);
	setenv("PATH", value, 1);
	assert_refused("tool", 126, "Permission denied");
	mkdir(in_folder("found"), 0755);
	copy_patched(in_folder("found/tool"), 0, ELFMAG, SELFMAG);
	assert_accepted("tool", in_folder("found/tool"));
	assert_refused("no-such-tool", 127, "no such program in PATH");
	assert_refused("", 127, "no such program");
	/* An empty part is the working directory. */
	assert_int_equal(chdir(in_folder("found")), 0);
	setenv("PATH", "/nowhere:", 1);
	assert_accepted("tool", "tool");
	assert_int_equal(chdir("/"), 0);
	setenv("PATH", kept, 1);
	free(kept);
}

static void what_cannot_run_is_126_or_127(void **state)
{
	(void)state;
	assert_refused(folder, 126, "is a directory");
	assert_refused(in_folder("none"), 127, "no such program");
	assert_refused("/dev/null", 126, "Permission denied");
	write_file(in_folder("plain"), "true\n", 0644);
	assert_refused(in_folder("plain"), 126, "Permission denied");
}

static void scripts_are_followed(void **state)
{
	char line[PATH_MAX + 8], name[8];

	(void)state;
	snprintf(line, sizeof(line), "#! %s -x\n", program);
	write_file(in_folder("script"), line, 0755);
	assert_accepted(in_folder("script"), program);
	write_file(in_folder("bare"), "echo\n", 0755);
	assert_accepted(in_folder("bare"), "/bin/sh");
	write_file(in_folder("empty"), "", 0755);
	assert_accepted(in_folder("empty"), "/bin/sh");
	write_file(in_folder("orphan"), "#!/nowhere/python\n", 0755);
	assert_refused(in_folder("orphan"), 126, "its interpreter /nowhere/python");

	/* Five interpreters behind a script are what the kernel follows: four scripts and an ELF.
	 */
	write_file(in_folder("s0"), line, 0755);
	for (int i = 1; i <= 5; i++) {
		snprintf(name, sizeof(name), "s%d", i - 1);
		snprintf(line, sizeof(line), "#!%s\n", in_folder(name));
		snprintf(name, sizeof(name), "s%d", i);
		write_file(in_folder(name), line, 0755);
	}
	assert_accepted(in_folder("s4"), program);
	assert_refused(in_folder("s5"), 126, "too many levels");
}

static void env_stands_for_its_program(void **state)
{
	char *kept = strdup(getenv("PATH")), path[PATH_MAX];

	(void)state;
	mkdir(in_folder("bin"), 0755);
	copy_patched(strcpy(path, in_folder("bin/interpreter")), 0, ELFMAG, SELFMAG);
	setenv("PATH", in_folder("bin"), 1);
	write_file(in_folder("env1"), "#!/usr/bin/env interpreter\n", 0755);
	assert_accepted(in_folder("env1"), path);
	write_file(in_folder("env2"), "#!/usr/bin/env -S A=b -u C interpreter -u\n", 0755);
	assert_accepted(in_folder("env2"), path);
	write_file(in_folder("env3"), "#!/usr/bin/env none\n", 0755);
	assert_refused(in_folder("env3"), 127, "its interpreter none");
	setenv("PATH", kept, 1);
	free(kept);
}

static void first_lines_are_read_as_by_the_kernel(void **state)
{
	static const struct {
		const char *line, *interpreter, *argument;
	} lines[] = {
		{ "#!/bin/sh\n", "/bin/sh", "" },
		{ "#! \t/bin/sh \t-e -u \nrest", "/bin/sh", "-e -u" },
		{ "#!/bin/sh", "/bin/sh", "" },
		{ "#!\n/bin/sh", NULL, NULL },
		{ "#!   \n", NULL, NULL },
		{ "# !/bin/sh\n", NULL, NULL },
		{ "#", NULL, NULL },
		{ "", NULL, NULL },
	};
	char interpreter[SCRIPT_LINE_MAX], argument[SCRIPT_LINE_MAX], longest[SCRIPT_LINE_MAX + 9];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		bool script = script_interpreter(lines[i].line, strlen(lines[i].line), interpreter,
						 argument);

		assert_int_equal(script, lines[i].interpreter != NULL);
		if (!script)
			continue;
		assert_string_equal(interpreter, lines[i].interpreter);
		assert_string_equal(argument, lines[i].argument);
	}
	/* A name that may go on behind what the kernel reads is none; an argument may be cut. */
	memset(longest, 'a', sizeof(longest));
	memcpy(longest, "#!/", 3);
	assert_false(script_interpreter(longest, SCRIPT_LINE_MAX, interpreter, argument));
	longest[9] = ' ';
	assert_true(script_interpreter(longest, SCRIPT_LINE_MAX, interpreter, argument));
	assert_string_equal(interpreter, "/aaaaaa");
}

static void other_architecture_is_refused(void **state)
{
	const Elf64_Half machine = EM_S390;
	const char wide = ELFDATA2MSB, narrow = ELFCLASS32;
	char script[PATH_MAX + 8];

	(void)state;
	copy_patched(in_folder("machine"), offsetof(Elf64_Ehdr, e_machine), &machine,
		     sizeof(machine));
	assert_refused(in_folder("machine"), 125, "another architecture");
	copy_patched(in_folder("class"), EI_CLASS, &narrow, 1);
	assert_refused(in_folder("class"), 125, "another architecture");
	copy_patched(in_folder("endian"), EI_DATA, &wide, 1);
	assert_refused(in_folder("endian"), 125, "another architecture");
	/* Behind #! as well. */
	snprintf(script, sizeof(script), "#!%s\n", in_folder("machine"));
	write_file(in_folder("behind"), script, 0755);
	assert_refused(in_folder("behind"), 125, "another architecture");
}

static void static_program_is_refused(void **state)
{
	const Elf64_Word none = PT_NULL;
	size_t header;

	(void)state;
	program_interpreter(&header);
	/* What a static-pie looks like. */
	copy_patched(in_folder("static"), header, &none, sizeof(none));
	assert_refused(in_folder("static"), 125, "statically linked");
}

static void loader_decides(void **state)
{
	size_t header;
	Elf64_Phdr interpreter = program_interpreter(&header);
	char loader[PATH_MAX], path[PATH_MAX];
	FILE *file = fopen(program, "rb");

	(void)state;
	assert_true(file && interpreter.p_filesz < sizeof(loader));
	assert_int_equal(fseek(file, (long)interpreter.p_offset, SEEK_SET), 0);
	assert_int_equal(fread(loader, 1, interpreter.p_filesz, file), interpreter.p_filesz);
	fclose(file);
	/* The loader itself is no static program: it starts the one that it is given. */
	assert_int_equal(check(loader, &(struct preflight){ 0 }), 0);
	copy_patched(strcpy(path, in_folder("musl")), interpreter.p_offset, "/lib/ld-musl.so.1",
		     sizeof("/lib/ld-musl.so.1"));
	assert_refused(path, 125, "musl");
	copy_patched(strcpy(path, in_folder("lost")), interpreter.p_offset, "/nowhere/ld.so",
		     sizeof("/nowhere/ld.so"));
	assert_refused(path, 126, "/nowhere/ld.so");
}

static void damaged_elf_is_no_crash(void **state)
{
	unsigned char noise[512];
	unsigned int seed = 1;
	char path[PATH_MAX];

	(void)state;
	strcpy(path, in_folder("damaged"));
	for (int round = 0; round < 200; round++) {
		struct preflight found;
		int status;

		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = (unsigned char)(rand_r(&seed) % 3 ? 0xff : rand_r(&seed));
		copy_patched(path, 20 + (size_t)round, noise, 1 + (size_t)round);
		status = check(path, &found);
		assert_true(status == 0 || status == 125 || status == 126);
	}
	write_file(path, ELFMAG, 0755);
	assert_refused(path, 126, "damaged");
}

/* Runs ACT in a process of its own that has become nobody; returns what it returns. */
static int as_nobody(int (*act)(const char *), const char *path, bool no_new_privileges)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (getuid() == 0 && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
			_exit(1);
		if (no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			_exit(1);
		_exit(act(path));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int check_status(const char *path)
{
	struct preflight found;

	return check(path, &found);
}

static void need_root_and_suid(void)
{
	struct statvfs file_system;

	if (getuid() != 0 || statvfs(folder, &file_system) < 0 || (file_system.f_flag & ST_NOSUID))
		skip();
}

static void set_user_id_is_refused_where_it_changes_something(void **state)
{
	char path[PATH_MAX];

	(void)state;
	need_root_and_suid();
	copy_patched(strcpy(path, in_folder("suid-root")), 0, ELFMAG, SELFMAG);
	assert_int_equal(chmod(path, 04755), 0);
	assert_int_equal(check_status(path), 0); /* root stays root */
	assert_int_equal(as_nobody(check_status, path, false), 125);
	assert_int_equal(as_nobody(check_status, path, true), 0);

	copy_patched(strcpy(path, in_folder("suid-nobody")), 0, ELFMAG, SELFMAG);
	assert_int_equal(chown(path, NOBODY, 0), 0);
	assert_int_equal(chmod(path, 04755), 0);
	assert_refused(path, 125, "set-user-ID");
	assert_int_equal(as_nobody(check_status, path, false), 0);

	copy_patched(strcpy(path, in_folder("sgid")), 0, ELFMAG, SELFMAG);
	assert_int_equal(chown(path, 0, NOBODY), 0);
	assert_int_equal(chmod(path, 02755), 0);
	assert_refused(path, 125, "set-group-ID");
	/* Without the group's x it is no set-group-ID but a lock mark. */
	assert_int_equal(chmod(path, 02745), 0);
	assert_int_equal(check_status(path), 0);
}

static void file_capabilities_are_refused(void **state)
{
	const struct vfs_cap_data capabilities = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data[0].permitted = 1u << CAP_NET_BIND_SERVICE,
	};
	char path[PATH_MAX];

	(void)state;
	need_root_and_suid();
	copy_patched(strcpy(path, in_folder("capable")), 0, ELFMAG, SELFMAG);
	assert_int_equal(as_nobody(check_status, path, false), 0);
	if (setxattr(path, "security.capability", &capabilities, XATTR_CAPS_SZ_2, 0) < 0)
		skip(); /* the file system has none */
	assert_int_equal(as_nobody(check_status, path, false), 125);
	assert_int_equal(check_status(path), 0); /* root has them anyway */
}

static int make_folder(void **state)
{
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	(void)state;
	/* Others look into it when they are nobody. */
	return length > 0 && mkdtemp(folder) && chmod(folder, 0755) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[sizeof(folder) + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_is_searched_as_by_execvp),
		cmocka_unit_test(what_cannot_run_is_126_or_127),
		cmocka_unit_test(scripts_are_followed),
		cmocka_unit_test(env_stands_for_its_program),
		cmocka_unit_test(first_lines_are_read_as_by_the_kernel),
		cmocka_unit_test(other_architecture_is_refused),
		cmocka_unit_test(static_program_is_refused),
		cmocka_unit_test(loader_decides),
		cmocka_unit_test(damaged_elf_is_no_crash),
		cmocka_unit_test(set_user_id_is_refused_where_it_changes_something),
		cmocka_unit_test(file_capabilities_are_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
