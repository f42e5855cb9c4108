/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/java/java_machine.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "preload/ledger/ledger.h"
#include "preload/platform/loaded_object.h"
#include "preload/platform/loaded_symbols.h"
#include "preload/runtimes/java/java_interface.h"
#include "preload/runtimes/java/java_state.h"

typedef int32_t get_created_vms(struct java_object **vms, int32_t room, int32_t *count);

static struct machine {
	uint64_t start, end; /* of libjvm */
	get_created_vms *created;
	pid_t pid; /* of the process that it is in */
	/* The folder of the libraries that come with it, with its slash; "": unknown. */
	char folder[PATH_MAX];
} found;
static bool claimed; /* somebody has filled it in, or is about to */

/* Made by the first thread that may ask; then for good. */
static struct java_object *environment;

/* "/opt/jdk/lib/server/libjvm.so" -> "/opt/jdk/lib/" */
static void find_folder(const char *path, char *folder)
{
	const char *slash = strrchr(path, '/');
	size_t length;

	folder[0] = '\0';
	while (slash && slash > path && *--slash != '/')
		;
	if (!slash || *slash != '/')
		return;
	length = (size_t)(slash - path) + 1;
	if (length >= PATH_MAX)
		return;
	memcpy(folder, path, length);
	folder[length] = '\0';
}

bool java_machine_detect(const struct runtime_module *module)
{
	get_created_vms *created =
		(get_created_vms *)loaded_symbols_find(module->symbols, "JNI_GetCreatedJavaVMs");

	if (!created || !loaded_object_is_lock_free())
		return false;
	/* Two threads may see the same new module. */
	if (__atomic_exchange_n(&claimed, true, __ATOMIC_ACQUIRE))
		return false;
	if (!java_state_find(module))
		return false;
	found.start = module->start;
	found.end = module->end;
	found.created = created;
	found.pid = getpid();
	find_folder(module->path, found.folder);
	return true;
}

static bool is_machine(uint64_t pc)
{
	return pc >= found.start && pc < found.end;
}

enum native_frame java_machine_native_frame(uint64_t pc)
{
	struct dl_phdr_info object;

	if (is_machine(pc))
		return NATIVE_RUNTIME;
	if (!loaded_object_at(pc, &object))
		return NATIVE_LOOP;
	return found.folder[0] && object.dlpi_name &&
			       strncmp(object.dlpi_name, found.folder, strlen(found.folder)) == 0
		       ? NATIVE_RUNTIME
		       : NATIVE_FOREIGN;
}

/* Where a signal handler returns to, which asks the kernel for the end of the signal. */
static bool ends_signal(uint64_t pc)
{
#if defined(__x86_64__)
	static const uint8_t code[] = { 0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05 };
#elif defined(__aarch64__)
	static const uint8_t code[] = { 0x68, 0x11, 0x80, 0xd2, 0x01, 0, 0, 0xd4 };
#else
	static const uint8_t code[] = { 0 };
#endif
	struct dl_phdr_info object;

	/* The last call of a module may be the last of its code. */
	if (!loaded_object_at(pc + sizeof(code) - 1, &object))
		return false;
	return memcmp((const void *)(uintptr_t)pc, code, sizeof(code)) == 0;
}

/*
 * Has Java's code, which is in no module, called the native code that NATIVE's innermost frames
 * belong to? Not where the machine's own code lies between, or a signal.
 */
static bool is_in_native_method(const struct native_stack *native)
{
	struct dl_phdr_info object;
	size_t i;

	for (i = 0; i < native->count; i++) {
		if (is_machine(native->pc[i]))
			return false;
		if (!loaded_object_at(native->pc[i], &object))
			return true;
		if (ends_signal(native->pc[i]))
			return false;
	}
	return false;
}

/* The environment by which JNI asks; JVMTI's is made where there is none yet. */
static struct java_object *make_environment(struct java_object *vm)
{
	const uint32_t capabilities[JAVA_CAPABILITIES_SIZE / sizeof(uint32_t)] = {
		JAVA_CAN_GET_FILE_NAMES | JAVA_CAN_GET_LINES
	};
	struct java_object *made = NULL, *other = NULL;

	if (java_get_env(vm, &made, JAVA_JVMTI_VERSION) != 0 || !made)
		return NULL;
	if (java_add_capabilities(made, capabilities) == 0 &&
	    __atomic_compare_exchange_n(&environment, &other, made, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return made;
	java_dispose_environment(made);
	return other;
}

bool java_machine_may_ask(const struct ledger *ledger, const struct native_stack *native,
			  struct java_thread *thread)
{
	struct java_object *vm = NULL;
	int32_t count = 0;

	/* In a forked child there is no thread of the machine's to answer. */
	if (ledger->header->pid != found.pid || !is_in_native_method(native))
		return false;
	if (found.created(&vm, 1, &count) != 0 || count < 1 || !vm ||
	    java_get_env(vm, &thread->jni, JAVA_JNI_VERSION) != 0 || !thread->jni ||
	    !java_state_is_native(thread->jni))
		return false;
	thread->jvmti = __atomic_load_n(&environment, __ATOMIC_ACQUIRE);
	if (!thread->jvmti)
		thread->jvmti = make_environment(vm);
	return thread->jvmti != NULL;
}
