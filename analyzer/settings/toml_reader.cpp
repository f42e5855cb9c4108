/* SPDX-License-Identifier: MIT */
#include "analyzer/settings/toml_reader.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

/* Errors are values: there is C on the stack above, which no exception may cross. */
#define TOML_EXCEPTIONS        0
#define TOML_HEADER_ONLY       1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace
{

char *copy_of(const std::string &text)
{
	char *copy = static_cast<char *>(std::malloc(text.size() + 1));

	if (!copy)
		std::abort();
	/* A NUL in it ends it: no option has one. */
	std::memcpy(copy, text.c_str(), text.size() + 1);
	return copy;
}

void add(toml_document *document, std::string_view key, const toml::node &node, bool in_array)
{
	toml_value value = { copy_of(std::string(key)), nullptr, TOML_OTHER, in_array,
			     node.source().begin.line };
	std::string text;
	void *larger;

	if (const auto *string = node.as_string()) {
		value.type = TOML_TEXT;
		text = string->get();
	} else if (const auto *integer = node.as_integer()) {
		value.type = TOML_INTEGER;
		text = std::to_string(integer->get());
	} else if (const auto *boolean = node.as_boolean()) {
		value.type = TOML_BOOLEAN;
		text = boolean->get() ? "true" : "false";
	}
	value.text = copy_of(text);
	larger = std::realloc(document->values, (document->count + 1) * sizeof(value));
	if (!larger)
		std::abort();
	document->values = static_cast<toml_value *>(larger);
	document->values[document->count++] = value;
}

} // namespace

void toml_read(toml_document *document, const char *text, size_t size)
{
	*document = {};
	if (size > TOML_SIZE_MAX) {
		document->error = copy_of("it is too large");
		return;
	}
	toml::parse_result result = toml::parse(std::string_view(text, size));
	if (!result) {
		document->error = copy_of(std::string(result.error().description()));
		document->error_line = result.error().source().begin.line;
		return;
	}
	for (auto &&[key, node] : result.table()) {
		if (const auto *array = node.as_array()) {
			for (auto &&element : *array)
				add(document, key.str(), element, true);
			continue;
		}
		add(document, key.str(), node, false);
	}
}

void toml_clear(toml_document *document)
{
	for (size_t i = 0; i < document->count; i++) {
		std::free(document->values[i].key);
		std::free(document->values[i].text);
	}
	std::free(document->values);
	std::free(document->error);
	*document = {};
}
