/* SPDX-License-Identifier: MIT */
#include "corpus.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace
{

/* Checks while it is being destroyed, be it by a return or by an exception. */
struct looker {
	corpus_check *look;

	~looker()
	{
		look();
	}
};

__attribute__((noinline)) int throws(corpus_check *look, int depth)
{
	looker here{ look };
	std::string text(depth + 30, 'x');

	if (depth == 0)
		throw std::runtime_error(text);
	return throws(look, depth - 1) + (int)text.size();
}

__attribute__((noinline)) void caught(corpus_check *look)
{
	try {
		throws(look, 3);
	} catch (const std::exception &) {
		look();
		try {
			throws(look, 1);
		} catch (...) {
			look();
		}
	}
	look();
}

__attribute__((noinline)) void nothrow_inner(corpus_check *look) noexcept
{
	try {
		throw 1;
	} catch (int) {
		look();
	}
}

__attribute__((noinline)) void without_exceptions(corpus_check *look)
{
	looker here{ look };

	nothrow_inner(look);
}

struct base {
	virtual ~base() = default;
	virtual int number(corpus_check *look) = 0;
};

struct derived : base {
	std::vector<int> numbers = { 3, 1, 2 };

	int number(corpus_check *look) override
	{
		std::function<bool(int, int)> less = [look](int a, int b) {
			look();
			return a < b;
		};
		std::sort(numbers.begin(), numbers.end(), less);
		return numbers[0];
	}
};

__attribute__((noinline)) void virtual_and_lambda(corpus_check *look)
{
	derived object;
	base &as_base = object;

	as_base.number(look);
}

void in_thread(corpus_check *look)
{
	std::thread thread([look] { looker here{ look }; });

	thread.join();
}

} // namespace

const struct corpus_case corpus_cases[] = {
	{ "exceptions", caught, 0 },
	{ "noexcept", without_exceptions, 0 },
	{ "virtual and lambda", virtual_and_lambda, 0 },
	{ "std::thread", in_thread, 1 },
	{ nullptr, nullptr, 0 },
};
