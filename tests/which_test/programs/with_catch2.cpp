// SPDX-License-Identifier: MIT
// Test cases of Catch2; one section of one leaks.
#if __has_include(<catch2/catch.hpp>)
#define CATCH_CONFIG_MAIN
#endif
#include <finleak_catch2.h>
#include "connections.h"

TEST_CASE("closes")
{
	int connection = open_connection();

	CHECK(read_to_end(connection) == 0);
	close(connection);
}

TEST_CASE("has sections")
{
	int connection = open_connection();

	CHECK(read_to_end(connection) == 0);
	SECTION("one closes")
	{
		close(connection);
	}
	SECTION("one leaks")
	{
		CHECK(connection >= 0);
	}
}

TEST_CASE("closes again")
{
	int connection = open_connection();

	CHECK(read_to_end(connection) == 0);
	close(connection);
}
