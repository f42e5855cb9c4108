/* SPDX-License-Identifier: MIT */
/* Members of JSON that somebody else may have written: each is what it is asked for, or it is not
 * there. */
#ifndef FINLEAK_JSON_MEMBER_H
#define FINLEAK_JSON_MEMBER_H

#include <json-c/json.h>

/* Member KEY of OBJECT, if that is an object and the member a TYPE; else NULL. OBJECT owns it. */
struct json_object *json_member(struct json_object *object, const char *key, enum json_type type);

/* The same, of a string; it lives as long as OBJECT. */
const char *json_text_at(struct json_object *object, const char *key);

#endif
