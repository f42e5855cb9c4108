/* SPDX-License-Identifier: MIT */
#include "preload/platform/deep_bound.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include "preload/platform/libc_calls.h"
#include "preload/platform/loaded_symbols.h"
#include "preload/platform/readable.h"
#include "preload/platform/real_calls.h"

extern const char own_image[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));
extern const ElfW(Dyn) own_dynamic[] __asm__("_DYNAMIC") __attribute__((visibility("hidden")));

/* As many as are interposed. */
#define MOST_CALLS (sizeof(struct real_calls) / sizeof(void *))

#define MOST_WALKS 100

/* What an object refers to by name, and where. */
struct references {
	uint64_t bias;
	const ElfW(Sym) * symbols;
	const char *names;
	struct {
		const ElfW(Rela) * first;
		size_t size;  /* bytes */
	} tables[2];          /* DT_RELA, DT_JMPREL */
	uintptr_t start, end; /* what the loader has made read-only: [start, end), whole pages */
	uintptr_t last;       /* the object lies in [bias, last) */
};

/* The interposed calls that some entry refers to and is not bound to yet. */
struct unbound {
	size_t count;
	struct {
		void *wrapper;
		const char *name;
		bool is_libcs; /* what it would be bound to */
	} calls[MOST_CALLS];
};

static bool read_references(const struct dl_phdr_info *object, struct references *found)
{
	const ElfW(Dyn) *dynamic = NULL;
	int i;

	*found = (struct references){ .bias = object->dlpi_addr };
	for (i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && start + segment->p_memsz > found->last)
			found->last = start + segment->p_memsz;
		if (segment->p_type == PT_DYNAMIC)
			dynamic = (const void *)start;
		if (segment->p_type != PT_GNU_RELRO)
			continue;
		found->start = start & ~(READABLE_PAGE - 1);
		found->end = (start + segment->p_memsz) & ~(READABLE_PAGE - 1);
	}
	/* glibc has put addresses in the place of the file's. */
	for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
		const void *place = (const void *)dynamic->d_un.d_ptr;

		if (dynamic->d_tag == DT_SYMTAB)
			found->symbols = place;
		else if (dynamic->d_tag == DT_STRTAB)
			found->names = place;
		else if (dynamic->d_tag == DT_RELA)
			found->tables[0].first = place;
		else if (dynamic->d_tag == DT_RELASZ)
			found->tables[0].size = dynamic->d_un.d_val;
		else if (dynamic->d_tag == DT_JMPREL)
			found->tables[1].first = place;
		else if (dynamic->d_tag == DT_PLTRELSZ)
			found->tables[1].size = dynamic->d_un.d_val;
	}
	/* The vdso has none of the loader's addresses, and nothing to refer to. */
	return found->symbols && found->names && (uintptr_t)found->symbols > found->bias;
}

/* Stores WRAPPER at PLACE, which may be read-only. */
static void redirect(const struct references *object, void **place, void *wrapper)
{
	bool guarded = (uintptr_t)place >= object->start && (uintptr_t)place < object->end;
	size_t size = object->end - object->start;

	if (guarded && mprotect((void *)object->start, size, PROT_READ | PROT_WRITE) != 0)
		return;
	__atomic_store_n(place, wrapper, __ATOMIC_RELEASE);
	if (guarded)
		mprotect((void *)object->start, size, PROT_READ);
}

/*
 * Does PLACE lead back into OBJECT, which does not define what it is for? So it does until its
 * function is called for the first time: to what asks the loader for it.
 */
static bool is_unbound(const struct references *object, void *const *place)
{
	return (uintptr_t)*place >= object->bias && (uintptr_t)*place < object->last;
}

/* The place of WRAPPER among CALLS; their count: it is none of them. */
static size_t unbound_find(const struct unbound *calls, const void *wrapper)
{
	size_t i;

	for (i = 0; i < calls->count; i++)
		if (calls->calls[i].wrapper == wrapper)
			break;
	return i;
}

/* NAME may be gone after the walk, with an object that another thread has loaded: it is OWN's that
 * is kept. */
static void unbound_add(struct unbound *calls, void *wrapper, const struct loaded_symbols *own,
			const char *name)
{
	size_t i = unbound_find(calls, wrapper);

	if (i < calls->count || i == MOST_CALLS)
		return;
	calls->calls[i].wrapper = wrapper;
	calls->calls[i].name = own->names + loaded_symbols_entry(own, name)->st_name;
	calls->count++;
}

/* One moment of the loader's list. glibc computes SUBS wrongly, but from the list as it is. */
struct moment {
	uint64_t there; /* objects in this namespace */
	uint64_t adds, subs;
};

struct visit_of_new {
	uint64_t loaded; /* before, in all namespaces */
	struct moment moment;
	uint64_t index; /* of the object: they stand in the order in which they were loaded */
	struct loaded_symbols own;
	struct unbound unbound;
	bool asked; /* of each of them what it would be bound to */
};

static void redirect_entry(const struct references *object, struct visit_of_new *visit,
			   void **place, const char *name)
{
	void *wrapper = loaded_symbols_find(&visit->own, name);
	size_t i;

	if (!wrapper || *place == wrapper)
		return;
	if (!is_unbound(object, place)) {
		if (*place == libc_call_find(name))
			redirect(object, place, wrapper);
		return;
	}
	if (!visit->asked) {
		unbound_add(&visit->unbound, wrapper, &visit->own, name);
		return;
	}
	i = unbound_find(&visit->unbound, wrapper);
	if (i < visit->unbound.count && visit->unbound.calls[i].is_libcs)
		redirect(object, place, wrapper);
}

static void redirect_entries(const struct references *object, struct visit_of_new *visit,
			     const ElfW(Rela) * entry, size_t size)
{
	const ElfW(Rela) *end = entry + size / sizeof(*entry);

	for (; entry < end; entry++) {
		const ElfW(Sym) *symbol = &object->symbols[ELF64_R_SYM(entry->r_info)];
		void **place = (void **)(object->bias + entry->r_offset);

		if (ELF64_R_SYM(entry->r_info) == 0 || symbol->st_shndx != SHN_UNDEF ||
		    (uintptr_t)place % sizeof(*place))
			continue;
		redirect_entry(object, visit, place, object->names + symbol->st_name);
	}
}

static int count_loaded(struct dl_phdr_info *object, size_t size, void *count)
{
	(void)size;
	*(uint64_t *)count = object->dlpi_adds;
	return 1;
}

static int see_moment(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct moment *moment = argument;

	(void)size;
	moment->there++;
	moment->adds = object->dlpi_adds;
	moment->subs = object->dlpi_subs;
	return 0;
}

uint64_t deep_bound_count(void)
{
	uint64_t count = 0;

	real.dl_iterate_phdr(count_loaded, &count);
	return count;
}

static int visit_new(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct visit_of_new *visit = argument;
	/* So many are new: they come last. */
	uint64_t new = object->dlpi_adds - visit->loaded;
	struct references references;
	size_t i;

	(void)size;
	if (object->dlpi_adds != visit->moment.adds || object->dlpi_subs != visit->moment.subs)
		return 1;
	if (visit->index++ + new < visit->moment.there ||
	    object->dlpi_addr == (uintptr_t)own_image || !read_references(object, &references))
		return 0;
	for (i = 0; i < sizeof(references.tables) / sizeof(references.tables[0]); i++)
		if (references.tables[i].first)
			redirect_entries(&references, visit, references.tables[i].first,
					 references.tables[i].size);
	return 0;
}

/* Whoever opens or closes an object holds the loader's lock until that is done. */
static void await_loader(void)
{
	Dl_info unused;

	dladdr(NULL, &unused); /* musl has no dladdr1() */
}

/*
 * Visits the new objects. Those that another thread is about to load are in the list, too, and
 * must be left alone: made read-only, their tables would be its end. So nothing is visited but
 * what was there before this thread has waited for the loader, and only while there is nothing
 * else. False: others open and close all the time.
 */
static bool visit_all_new(struct visit_of_new *visit)
{
	int i;

	for (i = 0; i < MOST_WALKS; i++) {
		visit->moment = (struct moment){ .there = 0 };
		visit->index = 0;
		real.dl_iterate_phdr(see_moment, &visit->moment);
		await_loader();
		if (real.dl_iterate_phdr(visit_new, visit) == 0)
			return true;
	}
	return false;
}

/*
 * What LIBRARY's objects find first is in LIBRARY or what it needs. Asked between two walks: within
 * one the loader's lists are locked, and dlsym() takes its locks in the other order.
 */
static void ask(void *library, struct unbound *calls)
{
	size_t i;

	for (i = 0; i < calls->count; i++)
		calls->calls[i].is_libcs = dlsym(library, calls->calls[i].name) ==
					   libc_call_find(calls->calls[i].name);
}

void deep_bound_redirect(void *library, uint64_t loaded)
{
	struct visit_of_new argument = { .loaded = loaded };
	int error = errno;

	if (!loaded_symbols_read((uintptr_t)own_image, own_dynamic, &argument.own))
		return;
	if (visit_all_new(&argument) && argument.unbound.count) {
		ask(library, &argument.unbound);
		argument.asked = true;
		visit_all_new(&argument);
	}
	/* What was not found. */
	dlerror();
	errno = error;
}
