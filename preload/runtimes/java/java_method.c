/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/java/java_method.h"

#include <stddef.h>
#include <string.h>
#include "preload/ledger/script_table.h"
#include "preload/runtimes/cache_slot.h"
#include "preload/runtimes/java/java_interface.h"
#include "preload/runtimes/java/java_machine.h"

#define NAME_ROOM 512

/* A class that is redefined keeps its methods' identities, and may have other lines from then on.
 */
#define ASK_AGAIN_NS 1000000000ull

/* One entry for each hash, the newest. A method's identity is never used again. */
#define CACHE_SLOTS 4096u

struct entry {
	struct java_frame frame;
	uint64_t asked_ns;
	uint32_t row;
	bool is_shown;
};

static struct slot {
	uint32_t turn;
	struct entry entry;
} cache[CACHE_SLOTS];

static struct slot *slot_of(const struct java_frame *frame)
{
	uint64_t hash =
		((uint64_t)(uintptr_t)frame->method >> 3 ^ (uint64_t)frame->location << 32) *
		0x9e3779b97f4a7c15u;

	return &cache[hash >> 40 & (CACHE_SLOTS - 1)];
}

/* What is written into a buffer of NAME_ROOM; what does not fit is cut. */
struct name {
	char text[NAME_ROOM];
	size_t length;
};

static void append(struct name *name, const char *text, size_t length)
{
	size_t room = sizeof(name->text) - 1 - name->length;

	if (length > room)
		length = room;
	memcpy(name->text + name->length, text, length);
	name->length += length;
	name->text[name->length] = '\0';
}

/*
 * Does SIGNATURE name a class that the machine has made for a lambda or a method handle? From JDK
 * 15 on these are hidden classes, whose names have a dot; before, they are known by their names.
 */
static bool is_hidden(const char *signature)
{
	return strchr(signature, '.') || strstr(signature, "$$Lambda$") ||
	       strstr(signature, "LambdaForm$");
}

/* "Lcom/example/Server$1;" and "run" -> "com.example.Server$1.run" */
static void spell_function(struct name *name, const char *signature, const char *method)
{
	size_t length = strlen(signature), i;

	name->length = 0;
	if (length > 2)
		append(name, signature + 1, length - 2);
	for (i = 0; i < name->length; i++)
		if (name->text[i] == '/')
			name->text[i] = '.';
	append(name, ".", 1);
	append(name, method, strlen(method));
}

/* "Lcom/example/Server$1;" and "Server.java" -> "com/example/Server.java" */
static void spell_file(struct name *name, const char *signature, const char *source)
{
	const char *slash = strrchr(signature, '/');

	name->length = 0;
	if (slash)
		append(name, signature + 1, (size_t)(slash - signature));
	append(name, source, strlen(source));
}

/* "Lcom/example/Server;" -> "com/example/Server.class" */
static void spell_class_file(struct name *name, const char *signature)
{
	size_t length = strlen(signature);

	name->length = 0;
	if (length > 2)
		append(name, signature + 1, length - 2);
	append(name, ".class", 6);
}

/* 0 unknown: a native method, or compiled without lines. */
static uint32_t line_of(struct java_object *jvmti, const struct java_frame *frame)
{
	struct java_line *lines = NULL;
	int32_t count = 0, i, line = 0;
	int64_t start = -1;

	if (frame->location < 0 ||
	    java_get_line_number_table(jvmti, frame->method, &count, &lines) != 0)
		return 0;
	for (i = 0; i < count; i++)
		if (lines[i].start <= frame->location && lines[i].start > start) {
			start = lines[i].start;
			line = lines[i].line;
		}
	java_deallocate(jvmti, lines);
	return line > 0 ? (uint32_t)line : 0;
}

static bool add_row(struct ledger *ledger, struct java_object *jvmti,
		    const struct java_frame *frame, void *class, const char *signature,
		    const char *method, uint32_t *row)
{
	struct name function, file;
	char *source = NULL;

	if (is_hidden(signature))
		return false;
	spell_function(&function, signature, method);
	if (java_get_source_file_name(jvmti, class, &source) == 0 && source)
		spell_file(&file, signature, source);
	else
		spell_class_file(&file, signature);
	java_deallocate(jvmti, source);
	*row = script_row(ledger, &(const struct script_line){
					  .language = JAVA_LANGUAGE,
					  .file = file.text,
					  .function = function.text,
					  .line = line_of(jvmti, frame),
				  });
	return true;
}

/* The long way: asks the machine, and interns. */
static bool __attribute__((noinline))
find_row(struct ledger *ledger, const struct java_thread *thread, const struct java_frame *frame,
	 uint32_t *row)
{
	struct java_object *jvmti = thread->jvmti;
	char *method = NULL, *signature = NULL;
	void *class = NULL;
	bool added = false;

	/* A native method has room for 16 references of its own, and may need them all. */
	if (java_push_local_frame(thread->jni, 1) != 0)
		return false;
	if (java_get_method_name(jvmti, frame->method, &method) == 0 && method &&
	    java_get_method_declaring_class(jvmti, frame->method, &class) == 0 && class &&
	    java_get_class_signature(jvmti, class, &signature) == 0 && signature)
		added = add_row(ledger, jvmti, frame, class, signature, method, row);
	java_deallocate(jvmti, signature);
	java_deallocate(jvmti, method);
	java_pop_local_frame(thread->jni);
	return added;
}

bool java_method_row(struct ledger *ledger, const struct java_thread *thread,
		     const struct java_frame *frame, uint64_t now_ns, uint32_t *row)
{
	struct slot *slot = slot_of(frame);
	struct entry entry;

	if (cache_slot_read(&slot->turn, &slot->entry, &entry, sizeof(entry)) &&
	    entry.frame.method == frame->method && entry.frame.location == frame->location &&
	    now_ns - entry.asked_ns < ASK_AGAIN_NS) {
		*row = entry.row;
		return entry.is_shown;
	}
	entry = (struct entry){ .frame = *frame, .asked_ns = now_ns, .row = NO_SCRIPT };
	entry.is_shown = find_row(ledger, thread, frame, &entry.row);
	*row = entry.row;
	if (!entry.is_shown || entry.row != NO_SCRIPT)
		cache_slot_write(&slot->turn, &slot->entry, &entry, sizeof(entry));
	return entry.is_shown;
}
