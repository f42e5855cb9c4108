// SPDX-License-Identifier: MIT
// Tests of GoogleTest, one of which leaks; main() is gtest_main's.
#include <finleak_gtest.h>
#include "connections.h"

TEST(Outside, Closes)
{
	int connection = open_connection();

	EXPECT_EQ(read_to_end(connection), 0);
	close(connection);
}

TEST(Outside, Leaks)
{
	EXPECT_EQ(read_to_end(open_connection()), 0);
}

class WithFixture : public ::testing::Test
{
      protected:
	int connection_ = open_connection();

	~WithFixture() override
	{
		close(connection_);
	}
};

TEST_F(WithFixture, Closes)
{
	EXPECT_EQ(read_to_end(connection_), 0);
}
