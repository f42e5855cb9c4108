/* SPDX-License-Identifier: MIT */
/* Names of C++ functions as reports show them. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "analyzer/report/short_name.h"

static void assert_short(const char *function, const char *expected)
{
	const struct frame frame = { .function = function, .file = "/src/srv.cpp", .line = 41 };
	char *name = short_name(&frame);

	assert_string_equal(name, expected);
	free(name);
}

static void test_nothing_to_shorten(void **state)
{
	(void)state;
	assert_short("main", "main");
	assert_short("net::Server::run()", "net::Server::run()");
	assert_short("core::ops::function::FnOnce::call_once",
		     "core::ops::function::FnOnce::call_once");
	assert_short("", "");
}

static void test_string(void **state)
{
	(void)state;
	assert_short("f::g(std::__cxx11::basic_string<char, std::char_traits<char>, "
		     "std::allocator<char> > const&)",
		     "f::g(std::string const&)");
	assert_short("f::g(std::__1::basic_string<char, std::__1::char_traits<char>, "
		     "std::__1::allocator<char>>)",
		     "f::g(std::string)");
	assert_short("f::g(std::basic_string_view<char, std::char_traits<char> >)",
		     "f::g(std::string_view)");
	/* Another allocator, or another character, is not the usual one. */
	assert_short("f::g(std::basic_string<wchar_t, std::char_traits<wchar_t>, "
		     "std::allocator<wchar_t> >)",
		     "f::g(std::basic_string<wchar_t>)");
	assert_short("f::g(std::vector<int, arena::allocator<int> >)",
		     "f::g(std::vector<int, arena::allocator<int>>)");
}

static void test_abi_of_the_library(void **state)
{
	(void)state;
	assert_short("Connection::receive[abi:cxx11]()", "Connection::receive()");
	assert_short("read_line[abi:cxx11](int)", "read_line(int)");
	assert_short("table[abi]", "table[abi]");
}

static void test_anonymous_namespace(void **state)
{
	(void)state;
	assert_short("(anonymous namespace)::serve(int)", "serve(int)");
	assert_short("net::(anonymous namespace)::serve((anonymous namespace)::client&)",
		     "net::serve(client&)");
}

static void test_default_arguments(void **state)
{
	(void)state;
	assert_short("f::g(std::vector<std::vector<int, std::allocator<int> >, "
		     "std::allocator<std::vector<int, std::allocator<int> > > >&)",
		     "f::g(std::vector<std::vector<int>>&)");
	assert_short("f::g(std::map<int, long, std::less<int>, "
		     "std::allocator<std::pair<int const, long> > >)",
		     "f::g(std::map<int, long>)");
	assert_short("f::g(std::unique_ptr<net::Conn, std::default_delete<net::Conn> >)",
		     "f::g(std::unique_ptr<net::Conn>)");
}

static void test_lambda(void **state)
{
	(void)state;
	assert_short("main::{lambda(net::Conn&)#3}::operator()(net::Conn&) const",
		     "main()::{lambda at srv.cpp:41}");
	assert_short("net::Server::run(int)::{lambda()#1}::operator()() const",
		     "net::Server::run(int)::{lambda at srv.cpp:41}");
	assert_short("{lambda()#1}::operator()() const", "{lambda at srv.cpp:41}");
	/* What it is handed to is not the lambda. */
	assert_short("std::_Function_handler<void (), main::{lambda()#1}>::_M_invoke()",
		     "std::_Function_handler<void (), main::{lambda()#1}>::_M_invoke()");
}

/* Names come out of files. */
static void test_hostile(void **state)
{
	(void)state;
	assert_short("a::b, std::allocator<", "a::b, std::allocator<");
	assert_short("a::b, std::allocator<<<<", "a::b, std::allocator<<<<");
	assert_short("a::{lambda(", "a::{lambda(");
	assert_short("a::{lambda(){lambda()}::operator()(", "a::{lambda(){lambda()}::operator()(");
	assert_short("a::operator->, std::less<a->b>", "a::operator->");
}

/* Python's names are what they are. */
static void test_script(void **state)
{
	const struct frame frame = { .function = "a::> >", .script = true };
	char *name = short_name(&frame);

	(void)state;
	assert_string_equal(name, "a::> >");
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_to_shorten),
		cmocka_unit_test(test_string),
		cmocka_unit_test(test_abi_of_the_library),
		cmocka_unit_test(test_anonymous_namespace),
		cmocka_unit_test(test_default_arguments),
		cmocka_unit_test(test_lambda),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
