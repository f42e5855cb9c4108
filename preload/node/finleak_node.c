/* SPDX-License-Identifier: MIT */
/*
 * finleak-node.node: what finleak-node.js calls. It hands lines of JavaScript on to the recorder.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/calls/own_calls.h"

#define FRAMES_MAX 24
#define NAME_MAX   256
#define PATH_SIZE  1024

/* Of Node-API, whose functions never change: 0 is success. node has them. */
extern int napi_create_function(void *env, const char *name, size_t length,
				void *(*call)(void *env, void *info), void *data, void **function);
extern int napi_set_named_property(void *env, void *object, const char *name, void *value);
extern int napi_get_cb_info(void *env, void *info, size_t *count, void **arguments, void **self,
			    void **data);
extern int napi_get_value_int32(void *env, void *value, int32_t *number);
extern int napi_get_value_string_utf8(void *env, void *value, char *text, size_t size,
				      size_t *length);

#define EXPORTED __attribute__((visibility("default")))

EXPORTED void *napi_register_module_v1(void *env, void *exports);

/* The strings of a stack. One for each thread that runs JavaScript would be as many. */
struct frames {
	struct finleak_1_line lines[FRAMES_MAX];
	char functions[FRAMES_MAX][NAME_MAX];
	char files[FRAMES_MAX][PATH_SIZE];
};

static size_t read_frames(void *env, void *const *arguments, size_t count, struct frames *frames)
{
	size_t i, length;

	for (i = 0; i < FRAMES_MAX && 3 * i + 2 < count; i++) {
		int32_t line = 0;

		/* cppcheck-suppress uninitvar ; node writes it */
		if (napi_get_value_string_utf8(env, arguments[3 * i], frames->functions[i],
					       NAME_MAX, &length) ||
		    napi_get_value_string_utf8(env, arguments[3 * i + 1], frames->files[i],
					       PATH_SIZE, &length) ||
		    napi_get_value_int32(env, arguments[3 * i + 2], &line))
			break;
		frames->lines[i] = (struct finleak_1_line){
			.function = frames->functions[i],
			.file = frames->files[i],
			.line = line > 0 ? (uint32_t)line : 0,
		};
	}
	return i;
}

/* openedFor(fd, function, file, line, ...) */
static void *opened_for(void *env, void *info)
{
	__typeof__(finleak_1_opened_for) *call;
	void *arguments[1 + 3 * FRAMES_MAX];
	size_t count = sizeof(arguments) / sizeof(arguments[0]), found;
	struct frames frames;
	int32_t fd;

	if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) || count < 1 ||
	    napi_get_value_int32(env, arguments[0], &fd))
		return NULL;
	if (count > sizeof(arguments) / sizeof(arguments[0]))
		count = sizeof(arguments) / sizeof(arguments[0]);
	found = read_frames(env, arguments + 1, count - 1, &frames);
	call = (__typeof__(call))dlsym(RTLD_DEFAULT, "finleak_1_opened_for");
	if (call && found)
		call(fd, "javascript", frames.lines, found);
	return NULL;
}

EXPORTED void *napi_register_module_v1(void *env, void *exports)
{
	static const char name[] = "openedFor";
	void *function;

	if (dlsym(RTLD_DEFAULT, "finleak_1_opened_for") &&
	    napi_create_function(env, name, sizeof(name) - 1, opened_for, NULL, &function) == 0)
		napi_set_named_property(env, exports, name, function);
	return exports;
}
