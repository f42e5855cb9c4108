/* SPDX-License-Identifier: MIT */
#include "analyzer/base/json_member.h"

struct json_object *json_member(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

const char *json_text_at(struct json_object *object, const char *key)
{
	return json_object_get_string(json_member(object, key, json_type_string));
}
