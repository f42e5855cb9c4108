/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <stddef.h>
#include <string.h>

static bool is_in(const char *path, const char *const *packages)
{
	for (; *packages; packages++)
		if (strncmp(path, *packages, strlen(*packages)) == 0)
			return true;
	return false;
}

/* Names of sources begin at the package: "java/net/Socket.java". */
static bool is_built_in(const char *path)
{
	static const char *const packages[] = {
		"java/", "javax/", "jdk/", "sun/", "com/sun/", NULL
	};

	return is_in(path, packages);
}

/* Whose sources only their makers have. --own takes one back. */
static bool is_library(const char *path)
{
	static const char *const packages[] = {
		"akka/",          "ch/qos/",        "clojure/",
		"com/datastax/",  "com/fasterxml/", "com/google/",
		"com/microsoft/", "com/mongodb/",   "com/mysql/",
		"com/rabbitmq/",  "com/squareup/",  "com/zaxxer/",
		"groovy/",        "io/grpc/",       "io/helidon/",
		"io/ktor/",       "io/lettuce/",    "io/micronaut/",
		"io/netty/",      "io/quarkus/",    "io/undertow/",
		"io/vertx/",      "jakarta/",       "kotlin/",
		"kotlinx/",       "okhttp3/",       "okio/",
		"oracle/jdbc/",   "org/apache/",    "org/codehaus/",
		"org/eclipse/",   "org/glassfish/", "org/h2/",
		"org/hibernate/", "org/hsqldb/",    "org/jboss/",
		"org/junit/",     "org/mariadb/",   "org/postgresql/",
		"org/redisson/",  "org/slf4j/",     "org/springframework/",
		"org/xnio/",      "reactor/",       "redis/clients/",
		"retrofit2/",     "scala/",         NULL,
	};

	return is_built_in(path) || is_in(path, packages);
}

static const char *const files[] = {
	"java", "libjava", "libjli", "libjvm", "libnet", "libnio", NULL
};

/* "libnet" is a name that another library may have. */
static const char *const functions[] = { "Java_java_", "Java_jdk_", "Java_sun_",
					 "JVM_",       "NET_",      NULL };

/* Of Maven and Gradle, and of older tools. */
static const char *const source_roots[] = { "src/main/java/", "src/test/java/", "src/", NULL };

static const struct dispatching dispatching[] = {
	{ "processSelectedKeys", "netty/channel/" },
	{ "processReady", "netty/channel/" },
	{ "run", "netty/channel/" },
	{ NULL, NULL },
};

static const struct script_library reading[] = {
	{
		.part = "sun/net/www/protocol/http/",
		.library = { "HttpURLConnection", "close()",
			     "close() on the response stream (getErrorStream(), if the status is "
			     "an error), or disconnect(),",
			     "it returns -1", .opens = true },
	},
	{
		.part = "jdk/internal/net/http/",
		.library = { "java.net.http", "close()",
			     "close() on the response body, read or not,", "it returns -1",
			     .opens = true },
	},
	{
		.part = "okhttp3/",
		.library = { "OkHttp", "close()", "close() on the Response", "a read returns -1",
			     .opens = true },
	},
	{
		.part = "org/apache/http/",
		.library = { "HttpClient", "close()",
			     "close() on the response (EntityUtils.consume() keeps the connection "
			     "for others)",
			     "a read returns -1", .opens = true },
	},
	{
		.part = "org/apache/hc/client5/",
		.library = { "HttpClient", "close()",
			     "close() on the response (EntityUtils.consume() keeps the connection "
			     "for others)",
			     "a read returns -1", .opens = true },
	},
	{
		.part = "redis/clients/jedis/",
		.library = { "Jedis", "close()",
			     "close() on the Jedis object (or open it in a try-with-resources "
			     "statement)",
			     "a command throws JedisConnectionException", .opens = true },
	},
	{
		.part = "org/postgresql/",
		.library = { "the driver", "close()",
			     "close() on the Connection (or open it in a try-with-resources "
			     "statement)",
			     "a statement throws SQLException", .opens = true },
	},
	{
		.part = "org/mariadb/",
		.library = { "the driver", "close()",
			     "close() on the Connection (or open it in a try-with-resources "
			     "statement)",
			     "a statement throws SQLException", .opens = true },
	},
	{
		.part = "com/mysql/",
		.library = { "the driver", "close()",
			     "close() on the Connection (or open it in a try-with-resources "
			     "statement)",
			     "a statement throws SQLException", .opens = true },
	},
	{
		.part = "io/netty/channel/",
		.library = { "netty", "close()", "close() on the channel", "the peer has closed",
			     .by_itself = "netty does so itself, unless autoRead is off or "
					  "ALLOW_HALF_CLOSURE is set",
			     .pauses = true },
	},
	{ .part = NULL },
};

const struct language language_java = {
	.name = "java",
	.spelled = "Java",
	.machine = "the Java virtual machine",
	.is_recorded = true,
	.invisible = "finleak asks HotSpot for them, on HotSpot's own threads. For another "
		     "virtual machine or a native image, an agent can write a map "
		     "(/tmp/perf-PID.map), which finleak reads.",
	.files = files,
	.functions = functions,
	.is_library = is_library,
	.library = "Java's library",
	.is_built_in = is_built_in,
	.source_roots = source_roots,
	.dispatching = dispatching,
	.reading = reading,
	.closing = { "close()",
		     "close() on the socket or channel (or open it in a try-with-resources "
		     "statement)",
		     "returns -1" },
	.stack_command = "jstack PID",
};
