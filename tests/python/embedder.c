/* SPDX-License-Identifier: MIT */
/* embedder LIBPYTHON SCRIPT ARG...: opens an interpreter at run time and has it run SCRIPT. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static int (*run)(FILE *script, const char *name);

/* A frame of the host's own that must stay in the stacks. */
static int __attribute__((noinline)) run_plugin(FILE *script, const char *name)
{
	return run(script, name) + 0;
}

int main(int argc, char **argv)
{
	void *library = argc > 2 ? dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
	wchar_t *(*decode)(const char *text, size_t *size);
	void (*set_arguments)(int count, wchar_t **arguments, int path);
	void (*initialize)(void);
	wchar_t *arguments[16];
	FILE *script;
	int i;

	if (!library) {
		fprintf(stderr, "embedder: %s\n", argc > 2 ? dlerror() : "too few arguments");
		return 2;
	}
	initialize = (void (*)(void))dlsym(library, "Py_Initialize");
	decode = (wchar_t * (*)(const char *, size_t *)) dlsym(library, "Py_DecodeLocale");
	set_arguments = (void (*)(int, wchar_t **, int))dlsym(library, "PySys_SetArgvEx");
	run = (int (*)(FILE *, const char *))dlsym(library, "PyRun_SimpleFile");
	script = fopen(argv[2], "r");
	if (!initialize || !decode || !set_arguments || !run || !script)
		return 2;
	initialize();
	for (i = 2; i < argc && i < 16; i++)
		arguments[i - 2] = decode(argv[i], NULL);
	set_arguments(i - 2, arguments, 0);
	i = run_plugin(script, argv[2]);
	fclose(script);
	return i == 0 ? 0 : 1;
}
