/* SPDX-License-Identifier: MIT */
/* Holds preload/runtimes/java/java_interface.h against the headers of a JDK. */
#include <jni.h>
#include <jvmti.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "preload/runtimes/java/java_interface.h"

#define SLOT(table, function) (offsetof(struct table, function) / sizeof(void *))

_Static_assert(SLOT(JNIInvokeInterface_, GetEnv) == VM_GET_ENV, "");
_Static_assert(SLOT(JNINativeInterface_, PushLocalFrame) == JNI_PUSH_LOCAL_FRAME, "");
_Static_assert(SLOT(JNINativeInterface_, PopLocalFrame) == JNI_POP_LOCAL_FRAME, "");
_Static_assert(SLOT(jvmtiInterface_1_, Deallocate) == JVMTI_DEALLOCATE, "");
_Static_assert(SLOT(jvmtiInterface_1_, GetClassSignature) == JVMTI_GET_CLASS_SIGNATURE, "");
_Static_assert(SLOT(jvmtiInterface_1_, GetSourceFileName) == JVMTI_GET_SOURCE_FILE_NAME, "");
_Static_assert(SLOT(jvmtiInterface_1_, GetMethodName) == JVMTI_GET_METHOD_NAME, "");
_Static_assert(SLOT(jvmtiInterface_1_, GetMethodDeclaringClass) == JVMTI_GET_METHOD_DECLARING_CLASS,
	       "");
_Static_assert(SLOT(jvmtiInterface_1_, GetLineNumberTable) == JVMTI_GET_LINE_NUMBER_TABLE, "");
_Static_assert(SLOT(jvmtiInterface_1_, GetStackTrace) == JVMTI_GET_STACK_TRACE, "");
_Static_assert(SLOT(jvmtiInterface_1_, DisposeEnvironment) == JVMTI_DISPOSE_ENVIRONMENT, "");
_Static_assert(SLOT(jvmtiInterface_1_, AddCapabilities) == JVMTI_ADD_CAPABILITIES, "");

_Static_assert(JAVA_JNI_VERSION == JNI_VERSION_1_6, "");
_Static_assert(JAVA_JVMTI_VERSION == JVMTI_VERSION_1_2, "");
_Static_assert(JAVA_CAPABILITIES_SIZE == sizeof(jvmtiCapabilities), "");

_Static_assert(sizeof(struct java_frame) == sizeof(jvmtiFrameInfo), "");
_Static_assert(offsetof(struct java_frame, location) == offsetof(jvmtiFrameInfo, location), "");
_Static_assert(sizeof(struct java_line) == sizeof(jvmtiLineNumberEntry), "");
_Static_assert(offsetof(struct java_line, line) == offsetof(jvmtiLineNumberEntry, line_number), "");

/* Bit fields have no offsets. */
int main(void)
{
	const jvmtiCapabilities named = { .can_get_source_file_name = 1,
					  .can_get_line_numbers = 1 };
	const uint32_t ours[JAVA_CAPABILITIES_SIZE / sizeof(uint32_t)] = { JAVA_CAN_GET_FILE_NAMES |
									   JAVA_CAN_GET_LINES };

	if (memcmp(&named, ours, sizeof(named)) == 0)
		return 0;
	fprintf(stderr, "the capabilities' bits are others\n");
	return 1;
}
