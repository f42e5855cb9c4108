/* SPDX-License-Identifier: MIT */
/*
 * The few functions of a Java virtual machine that the recorder calls, by their documented places
 * in the function tables of JNI and JVMTI ("JNI Functions", "JVM Tool Interface: Function Index"):
 * a recorder built without a JDK must name Java's frames as well. tests/java/test_interface.c holds
 * the places against a JDK's own headers.
 *
 * Each may be called by a thread that is attached and executes native code, and by no other.
 */
#ifndef FINLEAK_JAVA_INTERFACE_H
#define FINLEAK_JAVA_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

/* JavaVM *, JNIEnv * and jvmtiEnv * are pointers to such a thing. */
struct java_object {
	void *const *functions;
};

#define JAVA_JNI_VERSION   0x00010006 /* JDK 6 */
#define JAVA_JVMTI_VERSION 0x30010200 /* JVMTI 1.2, JDK 7 */

/* Bits of the first word of jvmtiCapabilities. */
#define JAVA_CAPABILITIES_SIZE  16
#define JAVA_CAN_GET_FILE_NAMES (1u << 11)
#define JAVA_CAN_GET_LINES      (1u << 12)

/* jvmtiFrameInfo */
struct java_frame {
	void *method;
	int64_t location; /* byte of its code; -1: a native method */
};

/* jvmtiLineNumberEntry */
struct java_line {
	int64_t start;
	int32_t line;
};

/* Indexes in the tables. */
enum java_slot {
	VM_GET_ENV = 6,

	JNI_PUSH_LOCAL_FRAME = 19,
	JNI_POP_LOCAL_FRAME = 20,

	/* JVMTI counts its functions from 1. */
	JVMTI_DEALLOCATE = 47 - 1,
	JVMTI_GET_CLASS_SIGNATURE = 48 - 1,
	JVMTI_GET_SOURCE_FILE_NAME = 50 - 1,
	JVMTI_GET_METHOD_NAME = 64 - 1,
	JVMTI_GET_METHOD_DECLARING_CLASS = 65 - 1,
	JVMTI_GET_LINE_NUMBER_TABLE = 70 - 1,
	JVMTI_GET_STACK_TRACE = 104 - 1,
	JVMTI_DISPOSE_ENVIRONMENT = 127 - 1,
	JVMTI_ADD_CAPABILITIES = 142 - 1,
};

/* All return 0 on success. Strings that they give are freed by java_deallocate(). */

static inline int32_t java_get_env(struct java_object *vm, struct java_object **env,
				   int32_t version)
{
	int32_t (*call)(struct java_object *, struct java_object **, int32_t) = (int32_t(*)(
		struct java_object *, struct java_object **, int32_t))vm->functions[VM_GET_ENV];

	return call(vm, env, version);
}

/* Room for COUNT local references until java_pop_local_frame(); exceptions stay pending. */
static inline int32_t java_push_local_frame(struct java_object *jni, int32_t count)
{
	int32_t (*call)(struct java_object *, int32_t) =
		(int32_t(*)(struct java_object *, int32_t))jni->functions[JNI_PUSH_LOCAL_FRAME];

	return call(jni, count);
}

static inline void java_pop_local_frame(struct java_object *jni)
{
	void *(*call)(struct java_object *, void *) =
		(void *(*)(struct java_object *, void *))jni->functions[JNI_POP_LOCAL_FRAME];

	call(jni, NULL);
}

static inline void java_deallocate(struct java_object *jvmti, void *memory)
{
	int32_t (*call)(struct java_object *, void *) =
		(int32_t(*)(struct java_object *, void *))jvmti->functions[JVMTI_DEALLOCATE];

	if (memory)
		call(jvmti, memory);
}

/* "Ljava/net/Socket;" */
static inline int32_t java_get_class_signature(struct java_object *jvmti, void *class,
					       char **signature)
{
	int32_t (*call)(struct java_object *, void *, char **, char **) =
		(int32_t(*)(struct java_object *, void *, char **,
			    char **))jvmti->functions[JVMTI_GET_CLASS_SIGNATURE];

	return call(jvmti, class, signature, NULL);
}

/* "Socket.java" */
static inline int32_t java_get_source_file_name(struct java_object *jvmti, void *class, char **name)
{
	int32_t (*call)(struct java_object *, void *, char **) = (int32_t(*)(
		struct java_object *, void *, char **))jvmti->functions[JVMTI_GET_SOURCE_FILE_NAME];

	return call(jvmti, class, name);
}

static inline int32_t java_get_method_name(struct java_object *jvmti, void *method, char **name)
{
	int32_t (*call)(struct java_object *, void *, char **, char **, char **) =
		(int32_t(*)(struct java_object *, void *, char **, char **,
			    char **))jvmti->functions[JVMTI_GET_METHOD_NAME];

	return call(jvmti, method, name, NULL, NULL);
}

/* *class is a local reference. */
static inline int32_t java_get_method_declaring_class(struct java_object *jvmti, void *method,
						      void **class)
{
	int32_t (*call)(struct java_object *, void *, void **) =
		(int32_t(*)(struct java_object *, void *,
			    void **))jvmti->functions[JVMTI_GET_METHOD_DECLARING_CLASS];

	return call(jvmti, method, class);
}

/* *lines: COUNT of them, in no order. */
static inline int32_t java_get_line_number_table(struct java_object *jvmti, void *method,
						 int32_t *count, struct java_line **lines)
{
	int32_t (*call)(struct java_object *, void *, int32_t *, struct java_line **) =
		(int32_t(*)(struct java_object *, void *, int32_t *,
			    struct java_line **))jvmti->functions[JVMTI_GET_LINE_NUMBER_TABLE];

	return call(jvmti, method, count, lines);
}

/* Of the calling thread: at most MAX frames from the innermost on. */
static inline int32_t java_get_stack_trace(struct java_object *jvmti, int32_t max,
					   struct java_frame *frames, int32_t *count)
{
	int32_t (*call)(struct java_object *, void *, int32_t, int32_t, struct java_frame *,
			int32_t *) =
		(int32_t(*)(struct java_object *, void *, int32_t, int32_t, struct java_frame *,
			    int32_t *))jvmti->functions[JVMTI_GET_STACK_TRACE];

	return call(jvmti, NULL, 0, max, frames, count);
}

static inline int32_t java_dispose_environment(struct java_object *jvmti)
{
	int32_t (*call)(struct java_object *) =
		(int32_t(*)(struct java_object *))jvmti->functions[JVMTI_DISPOSE_ENVIRONMENT];

	return call(jvmti);
}

static inline int32_t java_add_capabilities(struct java_object *jvmti, const uint32_t *capabilities)
{
	int32_t (*call)(struct java_object *, const uint32_t *) = (int32_t(*)(
		struct java_object *, const uint32_t *))jvmti->functions[JVMTI_ADD_CAPABILITIES];

	return call(jvmti, capabilities);
}

#endif
