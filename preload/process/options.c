/* SPDX-License-Identifier: MIT */
#include "preload/process/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "preload/process/startup_message.h"
#include "preload/recording/recording.h"

#define DEFAULT_FOLDER "finleak-recordings"
#define DEFAULT_FRAMES 64

struct options options;

static bool set_folder(const char *value)
{
	char here[PATH_MAX];
	int length;

	if (!*value)
		return false;
	if (*value == '/')
		length = snprintf(options.recordings, PATH_MAX, "%s", value);
	else if (getcwd(here, sizeof(here)))
		length = snprintf(options.recordings, PATH_MAX, "%s/%s", here, value);
	else
		return false;
	return length < PATH_MAX;
}

static bool set_frames(const char *value)
{
	char *end;
	long frames = strtol(value, &end, 10);

	if (*end || end == value || frames < 1 || frames > (long)RECORDED_FRAMES_MAX)
		return false;
	options.frames = (unsigned int)frames;
	return true;
}

static bool set_switch(const char *value, bool *option)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return false;
	*option = *value == '1';
	return true;
}

static bool set_unix(const char *value)
{
	return set_switch(value, &options.unix_sockets);
}

static bool set_share(const char *value)
{
	return set_switch(value, &options.share_folder);
}

static bool set_script_frames(const char *value)
{
	return set_switch(value, &options.script_frames);
}

static bool set_run(const char *value)
{
	options.under_run = *value == '1';
	return true;
}

/* ADDRESS.KEY, or nothing, which takes back that of an outer run. */
static bool set_maker(const char *value)
{
	size_t i;

	options.maker[0] = '\0';
	if (!*value)
		return true;
	if (strlen(value) != RECORDING_MAKER_MAX - 1)
		return false;
	for (i = 0; value[i]; i++)
		if (i == RECORDING_MAKER_DIGITS ? value[i] != '.'
						: !strchr("0123456789abcdef", value[i]))
			return false;
	memcpy(options.maker, value, RECORDING_MAKER_MAX);
	return true;
}

static const struct {
	const char *key;
	bool (*set)(const char *value);
	const char *wrong;
} known[] = {
	{ "recordings", set_folder, "is ignored: recordings= takes a folder" },
	{ "frames", set_frames, "is ignored: frames= takes a number from 1 to 256" },
	{ "unix", set_unix, "is ignored: unix= takes 0 or 1" },
	{ "share", set_share, "is ignored: share= takes 0 or 1" },
	{ "script-frames", set_script_frames, "is ignored: script-frames= takes 0 or 1" },
	{ "run", set_run, "" },
	{ "maker", set_maker, "is ignored: finleak run sets it" },
};

static void set_one(char *text, bool *warned)
{
	char *value = strchr(text, '=');
	const char *wrong = "is ignored: there is no such option";
	size_t i;

	if (value)
		*value++ = '\0';
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(text, known[i].key) != 0)
			continue;
		if (value && known[i].set(value))
			return;
		wrong = known[i].wrong;
	}
	if (!*warned)
		startup_message("FINLEAK_OPTIONS:", text, wrong);
	*warned = true;
}

/* Cuts the next option out of *TEXT into ONE, its backslashes taken away. */
static bool next_option(const char **text, char *one, size_t size)
{
	size_t n = 0;

	if (!**text)
		return false;
	for (; **text && **text != ':'; (*text)++) {
		if (**text == '\\' && (*text)[1])
			(*text)++;
		if (n + 1 < size)
			one[n++] = **text;
	}
	one[n] = '\0';
	if (**text == ':')
		(*text)++;
	return true;
}

void options_read(const char *text)
{
	static char one[PATH_MAX + 32];
	bool warned = false;

	options.frames = DEFAULT_FRAMES;
	options.unix_sockets = false;
	if (text)
		while (next_option(&text, one, sizeof(one)))
			if (*one)
				set_one(one, &warned);
	if (!*options.recordings)
		set_folder(DEFAULT_FOLDER);
}

/* Is the value at *TEXT, up to its end, that of ours? Moves *TEXT there. */
static bool is_our_folder(const char **text)
{
	const char *ours = options.recordings;
	bool is_same = true;

	for (; **text && **text != ':'; (*text)++) {
		if (**text == '\\' && (*text)[1])
			(*text)++;
		is_same = is_same && *ours == **text;
		ours += is_same;
	}
	return is_same && !*ours;
}

bool options_name_our_folder(const char *text)
{
	static const char key[] = "recordings=";
	bool is_ours = false;

	while (text && *text) {
		bool is_folder = strncmp(text, key, sizeof(key) - 1) == 0;
		bool is_same;

		text += is_folder ? sizeof(key) - 1 : 0;
		is_same = is_our_folder(&text);
		is_ours = is_folder ? is_same : is_ours;
		text += *text == ':';
	}
	return is_ours;
}
