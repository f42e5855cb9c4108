/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_interpreter.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>

static struct python_interpreter found;
static const struct python_interpreter *current; /* &found, or NULL */
/* Somebody has filled in, or is about to. For good: what is learned of one interpreter does not
 * hold for another. */
static bool claimed;

/* A module's dynamic symbols. */
struct symbols {
	uint64_t bias;
	const uint32_t *hash; /* DT_GNU_HASH */
	const ElfW(Sym) * table;
	const char *names;
};

/* Some loaders leave addresses in the dynamic section as they are in the file. */
static const void *place(uint64_t bias, uint64_t address)
{
	return (const void *)(uintptr_t)(address < bias ? bias + address : address);
}

static bool read_dynamic(const struct dl_phdr_info *object, struct symbols *symbols)
{
	const ElfW(Dyn) *entry = NULL;
	int i;

	for (i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
			entry = (const void *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
	*symbols = (struct symbols){ .bias = object->dlpi_addr };
	for (; entry && entry->d_tag != DT_NULL; entry++) {
		if (entry->d_tag == DT_GNU_HASH)
			symbols->hash = place(symbols->bias, entry->d_un.d_ptr);
		else if (entry->d_tag == DT_SYMTAB)
			symbols->table = place(symbols->bias, entry->d_un.d_ptr);
		else if (entry->d_tag == DT_STRTAB)
			symbols->names = place(symbols->bias, entry->d_un.d_ptr);
	}
	return symbols->hash && symbols->table && symbols->names;
}

/* The symbol NAME that the module defines, or NULL. */
static const ElfW(Sym) * find_symbol(const struct symbols *symbols, const char *name)
{
	uint32_t buckets = symbols->hash[0], first = symbols->hash[1], filters = symbols->hash[2];
	const uint32_t *bucket = symbols->hash + 4 + filters * (sizeof(ElfW(Addr)) / 4);
	const uint32_t *chain = bucket + buckets;
	uint32_t hash = 5381, i;
	const char *c;

	for (c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	if (buckets == 0)
		return NULL;
	i = bucket[hash % buckets];
	if (i < first)
		return NULL;
	for (;; i++) {
		const ElfW(Sym) *symbol = &symbols->table[i];

		if ((chain[i - first] | 1) == (hash | 1) && symbol->st_shndx != SHN_UNDEF &&
		    strcmp(symbols->names + symbol->st_name, name) == 0)
			return symbol;
		if (chain[i - first] & 1)
			return NULL;
	}
}

static void *find_address(const struct symbols *symbols, const char *name)
{
	const ElfW(Sym) *symbol = find_symbol(symbols, name);

	return symbol ? (void *)(symbols->bias + symbol->st_value) : NULL;
}

/* The N of CPython 3.N, found without calling anything; 0 unknown. */
static unsigned int minor_version(const struct symbols *symbols)
{
	const unsigned long *version = find_address(symbols, "Py_Version");

	if (version)
		return *version >> 24 == 3 ? *version >> 16 & 0xff : 0;
	/* Symbols that came with 3.10 and 3.9. */
	if (find_symbol(symbols, "PyModule_AddObjectRef"))
		return 10;
	return find_symbol(symbols, "PyObject_GC_IsTracked") ? 9 : 0;
}

/*
 * From 3.13 on _PyRuntime begins with the offsets in use. Ours must agree: a build without the GIL
 * has others.
 */
static bool confirms_layout(const struct symbols *symbols, const struct python_layout *layout)
{
	enum {
		VERSION = 1,
		FREE_THREADED = 2,
		THREAD_FRAME = 23,
		FRAME_PREVIOUS = 29,
		FRAME_CODE = 30,
		FRAME_INSTRUCTION = 31,
		FRAME_OWNER = 33,
		CODE_FILE = 35,
		CODE_FUNCTION = 37,
		CODE_LINES = 38,
		CODE_FIRST_LINE = 39,
		CODE_INSTRUCTIONS = 43,
	};
	const uint64_t *offsets;

	if (layout->minor < 13)
		return true;
	offsets = find_address(symbols, "_PyRuntime");
	return offsets && memcmp(offsets, "xdebugpy", 8) == 0 &&
	       offsets[VERSION] >> 16 == (0x0300 | layout->minor) && offsets[FREE_THREADED] == 0 &&
	       offsets[THREAD_FRAME] == layout->thread_frame &&
	       offsets[FRAME_PREVIOUS] == layout->frame_previous &&
	       offsets[FRAME_CODE] == layout->frame_code &&
	       offsets[FRAME_INSTRUCTION] == layout->frame_instruction &&
	       offsets[FRAME_OWNER] == layout->frame_owner &&
	       offsets[CODE_FILE] == layout->code_file &&
	       offsets[CODE_FUNCTION] == layout->code_function &&
	       offsets[CODE_LINES] == layout->code_lines &&
	       offsets[CODE_FIRST_LINE] == layout->code_first_line &&
	       offsets[CODE_INSTRUCTIONS] == layout->code_instructions;
}

/* "python", "python3.11", "libpython3.11.so.1.0" for NAME "python" and "libpython"; no "pythonista"
 */
static bool is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t length = strlen(name);

	return strncmp(base, name, length) == 0 &&
	       (base[length] == '\0' || (base[length] >= '0' && base[length] <= '9'));
}

void python_interpreter_consider(const struct dl_phdr_info *object, const char *path)
{
	struct python_interpreter python = { 0 };
	const ElfW(Sym) * eval;
	struct symbols symbols;
	int i;

	if (current || !read_dynamic(object, &symbols))
		return;
	eval = find_symbol(&symbols, "_PyEval_EvalFrameDefault");
	if (!eval)
		return;
	python.eval_start = symbols.bias + eval->st_value;
	python.eval_end = python.eval_start + eval->st_size;
	python.this_thread = find_address(&symbols, "PyGILState_GetThisThreadState");
	python.is_finalizing = find_address(&symbols, "Py_IsFinalizing");
	if (!python.is_finalizing)
		python.is_finalizing = find_address(&symbols, "_Py_IsFinalizing");
	python.layout = python_layout_of(minor_version(&symbols));
	if (!python.layout || !python.this_thread || !python.is_finalizing ||
	    !confirms_layout(&symbols, python.layout))
		return;
	python.start = UINT64_MAX;
	for (i = 0; i < object->dlpi_phnum; i++) {
		uint64_t start = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr;

		if (object->dlpi_phdr[i].p_type != PT_LOAD)
			continue;
		if (start < python.start)
			python.start = start;
		if (start + object->dlpi_phdr[i].p_memsz > python.end)
			python.end = start + object->dlpi_phdr[i].p_memsz;
	}
	python.is_alone = is_named(path, "libpython") || is_named(path, "python");
	/* Two threads may see the same new module. */
	if (__atomic_exchange_n(&claimed, true, __ATOMIC_ACQUIRE))
		return;
	found = python;
	__atomic_store_n(&current, &found, __ATOMIC_RELEASE);
}

static const char *program_path;

static int consider(struct dl_phdr_info *object, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	python_interpreter_consider(object, object->dlpi_name && object->dlpi_name[0]
						    ? object->dlpi_name
						    : program_path);
	return current != NULL;
}

void python_interpreter_start(const char *program)
{
	program_path = program;
#if defined(__LP64__)
	dl_iterate_phdr(consider, NULL);
#endif
}

void python_interpreter_gone(uint64_t start)
{
	if (!current || found.start != start)
		return;
	__atomic_store_n(&current, NULL, __ATOMIC_RELEASE);
}

const struct python_interpreter *python_interpreter(void)
{
	return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}

bool python_is_program(void)
{
	return is_named(program_path, "python");
}
