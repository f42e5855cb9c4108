/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/linked_libraries.h"

#include <string.h>

/*
 * Functions, for language_is_function(). Names that a program may well have itself are not among
 * them, but what the library calls them by is.
 */
static const char *const functions[] = {
	/* libevent: its core; evhttp uses that as programs do */
	"evbuffer_*",
	"bufferevent_*",
	"be_socket_*",
	"be_openssl_*",
	"evconnlistener_*",
	"listener_read_cb",
	"evmap_io_active_*",
	"event_process_active",
	"event_process_active_single_queue",
	"event_persist_closure",
	"event_base_loop",
	"event_base_dispatch",
	"epoll_apply_one_change",
	"epoll_apply_changes",
	/* libuv */
	"uv__*",
	"uv_run",
	"uv_read_start",
	"uv_read_stop",
	"uv_write",
	"uv_write2",
	"uv_try_write",
	"uv_accept",
	"uv_listen",
	"uv_tcp_connect",
	"uv_shutdown",
	"uv_close",
	/* libev */
	"ev_run",
	"ev_loop",
	"ev_invoke_pending",
	"ev_io_start",
	"ev_io_stop",
	/* OpenSSL, and what is derived from it */
	"SSL_*",
	"BIO_*",
	"bio_read_intern",
	"bread_conv",
	"ssl3_read*",
	"ssl3_get_*",
	"ssl3_accept",
	"ssl3_connect",
	"ssl3_shutdown",
	"ssl3_dispatch_alert",
	"ssl_read_internal",
	"ssl_io_intern",
	"ssl_do_handshake_intern",
	"tls_get_more_records",
	"tls_default_read_n",
	"tls_get_message_header",
	"ossl_statem_*",
	/* Other libraries for TLS */
	"mbedtls_*",
	"gnutls_*",
	"_gnutls_*",
	"wolfSSL_*",
	"br_sslio_*",
	/* libcurl */
	"curl_easy_*",
	"curl_multi_*",
	"Curl_*",
	"cf_socket_recv",
	"nw_in_read",
	"multi_runsingle",
	"multi_socket",
	"easy_transfer",
	"easy_perform",
	/* zlib reads files of its own */
	"gzread",
	"gzgets",
	"gzgetc",
	"gz_load",
	"gz_avail",
	"gz_look",
	"gz_fetch",
	"gz_decomp",
	"gz_read",
	/* C++ libraries that are headers, in a tree of the user's */
	"boost::asio::*",
	"boost::beast::*",
	"asio::*",
	"websocketpp::*",
	/* c-ares, nghttp2 */
	"ares_*",
	"nghttp2_*",
};

/* Sources of functions whose names say less, as their trees have them. */
static const char *const sources[] = {
	"/crypto/bio/bss_sock.c",
	"/crypto/bio/bss_conn.c",
	"/ssl/record/",
	"/ssl/statem/",
};

bool is_linked_library(const struct frame *frame)
{
	size_t i;

	if (!frame->function)
		return false;
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (language_is_function(frame->function, functions[i]))
			return true;
	for (i = 0; frame->file && i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strstr(frame->file, sources[i]))
			return true;
	return false;
}
