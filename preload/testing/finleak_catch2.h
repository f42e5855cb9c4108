// SPDX-License-Identifier: MIT
//
// finleak_catch2.h: a test case of Catch2 that leaks a socket fails, and reports name it. Include
// it in one source of the tests. Each way through the sections of a test case is checked by
// itself. Without the recorder it does nothing. C++11 with Catch2 2, C++14 with Catch2 3.
#ifndef FINLEAK_CATCH2_H
#define FINLEAK_CATCH2_H

#include <cstdio>
#include <cstdlib>
#include <string>

#include <finleak.h>
#if __has_include(<catch2/catch.hpp>)
#include <catch2/catch.hpp>
#else
#include <catch2/catch_test_macros.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#endif

namespace finleak
{

#if __has_include(<catch2/catch.hpp>)
using Catch2ListenerBase = Catch::TestEventListenerBase;
#else
using Catch2ListenerBase = Catch::EventListenerBase;
#endif

class Catch2Listener : public Catch2ListenerBase
{
	uint64_t start_ = 0;
	unsigned int depth_ = 0;

      public:
	using Catch2ListenerBase::Catch2ListenerBase;

	void testCaseStarting(const Catch::TestCaseInfo &test) override
	{
		finleak_label(std::string(test.name).c_str());
	}

	void testCaseEnded(const Catch::TestCaseStats &) override
	{
		finleak_label(nullptr);
	}

	// The outermost section is the test case itself.
	void sectionStarting(const Catch::SectionInfo &) override
	{
		if (depth_++ == 0)
			start_ = finleak_checkpoint();
	}

	void sectionEnded(const Catch::SectionStats &) override
	{
		if (--depth_ == 0)
			check();
	}

      private:
	void check()
	{
		char *report = nullptr;
		std::size_t size = 0;
		std::FILE *out = open_memstream(&report, &size);
		const long leaked = out ? finleak_check(start_, out) : 0;

		if (out)
			std::fclose(out);
		if (leaked > 0)
			FAIL_CHECK(leaked << (leaked == 1 ? " socket" : " sockets") << " leaked\n"
					  << report);
		std::free(report);
	}
};

CATCH_REGISTER_LISTENER(Catch2Listener)

} // namespace finleak

#endif
