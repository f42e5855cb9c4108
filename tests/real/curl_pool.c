/* SPDX-License-Identifier: MIT */
/*
 * curl_pool URL: fetches it four times at once, says "idle" and waits to be ended, while libcurl's
 * cache keeps the four connections.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <unistd.h>

#define PAGES 4

static size_t ignore(char *page, size_t size, size_t count, void *context)
{
	(void)page;
	(void)context;
	return size * count;
}

static int fetch_pages(CURLM *multi, const char *url)
{
	CURL *pages[PAGES];
	int running;

	for (int i = 0; i < PAGES; i++) {
		pages[i] = curl_easy_init();
		curl_easy_setopt(pages[i], CURLOPT_URL, url);
		curl_easy_setopt(pages[i], CURLOPT_WRITEFUNCTION, ignore);
		curl_multi_add_handle(multi, pages[i]);
	}
	do {
		if (curl_multi_perform(multi, &running) ||
		    curl_multi_poll(multi, NULL, 0, running ? 1000 : 0, NULL))
			return 1;
	} while (running);
	for (int i = 0; i < PAGES; i++) {
		curl_multi_remove_handle(multi, pages[i]);
		curl_easy_cleanup(pages[i]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	CURLM *multi = curl_multi_init();

	if (argc != 2 || !multi || fetch_pages(multi, argv[1]))
		return 1;
	puts("idle");
	fflush(stdout);
	pause();
	return 0;
}
