/* SPDX-License-Identifier: MIT */
#include "analyzer/report/closing_words.h"

#include "analyzer/base/paths.h"

const struct closing_words *closing_words_of_source(const char *file)
{
	static const struct {
		const char *ending;
		struct closing_words words;
	} all[] = {
		{ ".rs",
		  { "drop()", "drop() on the stream (or let it go out of scope)",
		    "returns Ok(0)" } },
		{ ".go",
		  { "Close()", "Close() on the connection, or on an HTTP response's Body,",
		    "returns io.EOF" } },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (path_suffix(file, all[i].ending))
			return &all[i].words;
	return NULL;
}

const struct closing_words *closing_words_of(const struct report_leak *leak,
					     struct closing_words *of_library)
{
	static const struct closing_words descriptor = { "close()", "close() on the descriptor",
							 "returns 0" };
	static const struct closing_words stream = {
		"fclose()", "fclose() on the stream, which closes its descriptor,", "finds EOF"
	};
	static const struct closing_words file_of_socket = {
		"close()", "close() on the file that makefile() returned and on the socket",
		"returns b''"
	};
	const struct closing_words *of_source = NULL;
	const struct language *language;

	if (leak->library) {
		*of_library = (struct closing_words){ leak->library->call, leak->library->close,
						      leak->library->ends };
		/* A script has no descriptor to close, but its object. */
		if (leak->library->keeps_open && leak->site && leak->site->script) {
			of_library->call = frame_language(leak->site)->closing.call;
			of_library->close = frame_language(leak->site)->closing.close;
		}
		return of_library;
	}
	language = leak->site ? frame_language(leak->site) : NULL;
	/* A script whose frames are not visible spells it as others of its language. */
	if (!language && leak->site)
		language = language_of_engine(leak->site->module, leak->site->function);
	if (language == &language_python && leak->reads_stream)
		return &file_of_socket;
	if (language)
		return &language->closing;
	if (leak->site && leak->site->file)
		of_source = closing_words_of_source(leak->site->file);
	if (of_source)
		return of_source;
	return leak->reads_stream ? &stream : &descriptor;
}
