// SPDX-License-Identifier: MIT
//
// finleak_gtest.h: a test of GoogleTest that leaks a socket fails, and reports name it. Include it
// in one source of the tests, or in several; nothing else is needed, with gtest_main too. Without
// the recorder it does nothing. C++11.
#ifndef FINLEAK_GTEST_H
#define FINLEAK_GTEST_H

#include <cstdio>
#include <cstdlib>
#include <string>

#include <finleak.h>
#include <gtest/gtest.h>

namespace finleak
{

class GTestListener : public ::testing::EmptyTestEventListener
{
	uint64_t start_ = 0;

	void OnTestStart(const ::testing::TestInfo &test) override
	{
		const std::string name = std::string(test.test_suite_name()) + "." + test.name();

		finleak_label(name.c_str());
		start_ = finleak_checkpoint();
	}

	// The fixture is gone, and the test may still fail.
	void OnTestEnd(const ::testing::TestInfo &) override
	{
		char *report = nullptr;
		std::size_t size = 0;
		std::FILE *out = open_memstream(&report, &size);
		const long leaked = out ? finleak_check(start_, out) : 0;

		if (out)
			std::fclose(out);
		if (leaked > 0)
			ADD_FAILURE()
				<< leaked << (leaked == 1 ? " socket" : " sockets") << " leaked\n"
				<< report;
		std::free(report);
		finleak_label(nullptr);
	}
};

// Once for the program, however many sources include this.
inline bool add_gtest_listener()
{
	static const bool added = [] {
		::testing::UnitTest::GetInstance()->listeners().Append(new GTestListener);
		return true;
	}();

	return added;
}

namespace
{
const bool gtest_listener_is_added __attribute__((unused)) = add_gtest_listener();
}

} // namespace finleak

#endif
