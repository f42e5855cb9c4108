/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/demangle.h"

struct example {
	const char *name, *readable;
};

#define EXAMPLES(examples) examples, sizeof(examples) / sizeof((examples)[0])

static void assert_readable(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *readable = demangle(examples[i].name);

		assert_string_equal(readable, examples[i].readable);
		free(readable);
	}
}

static void versions_and_clones_are_stripped(void **state)
{
	static const struct example examples[] = {
		{ "on_readable", "on_readable" },
		{ "memcpy@@GLIBC_2.14", "memcpy" },
		{ "recv@plt", "recv" },
		{ "drain.constprop.0", "drain" },
		{ "drain.part.0.cold", "drain" },
		{ "counter.1", "counter.1" },
		{ "_ZN3net4loopEi.isra.0", "net::loop(int)" },
		{ "_RNvNtC3net4loop3run.llvm.123", "net::loop::run" },
	};

	(void)state;
	assert_readable(EXAMPLES(examples));
}

static void parts_of_coroutines_have_their_name(void **state)
{
	static const struct example examples[] = {
		/* gcc */
		{ "_Z5servePZL5serveiE16_ZL5servei.Frame.actor", "serve(int)" },
		{ "_ZN3app1S2goEPZNS0_2goEiE20_ZN3app1S2goEi.Frame.destroy", "app::S::go(int)" },
		{ "_ZZ4mainENUliE_clEPZZ4mainENKS_clEiE26_ZZ4mainENKUliE_clEi.Frame.actor",
		  "main::{lambda(int)#1}::operator()(int) const" },
		{ "_Z5servePZL5serveiE16_ZL5servei.Frame.actor.lto_priv.0", "serve(int)" },
		/* clang */
		{ "_ZL5servei.resume", "serve(int)" },
		{ "_ZN3app1S2goEi.destroy", "app::S::go(int)" },
		{ "_ZN3app1S2goEi.cleanup", "app::S::go(int)" },
		/* Go, and no frame of a coroutine */
		{ "main.resume", "main.resume" },
		{ ".Frame.actor", ".Frame.actor" },
		{ "_Z.Frame.actor", "_Z.Frame" },
	};

	(void)state;
	assert_readable(EXAMPLES(examples));
}

static void cxx_names_become_readable(void **state)
{
	static const struct example examples[] = {
		{ "_ZN3net4loopEi", "net::loop(int)" },
		{ "_ZN3net10connectionIiE11on_readableEi",
		  "net::connection<int>::on_readable(int)" },
		{ "_ZZN3net4loopEvENKUlvE_clEv", "net::loop()::{lambda()#1}::operator()() const" },
		{ "_ZN1AcvT_I1BEEv", "A::operator B<B>()" },
	};

	(void)state;
	assert_readable(EXAMPLES(examples));
}

static void rust_names_become_readable_without_hashes(void **state)
{
	static const struct example examples[] = {
		/* v0 */
		{ "_RNvNtCs6XDwhlxkPrg_3net4loop3run", "net::loop::run" },
		{ "_RNCNvC3net6accept0B3_", "net::accept::{closure#0}" },
		{ "_RNvXs_C3netNtB4_4ConnNtNtC3std2io4Read4read",
		  "<net::Conn as std::io::Read>::read" },
		{ "_RINvNtC3std3mem8align_ofjdE", "std::mem::align_of::<usize, f64>" },
		{ "_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y",
		  "utf8_idents::საჭმელად_გემრიელი_სადილი" },
		/* legacy */
		{ "_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write" },
		{ "_ZN34_$LT$net..Conn$u20$as$u20$Read$GT$4read17h0123456789abcdefE",
		  "<net::Conn as Read>::read" },
		{ "_ZN3net4loop28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
		  "net::loop::{{closure}}" },
	};

	(void)state;
	assert_readable(EXAMPLES(examples));
}

static void what_is_no_mangled_name_stays_as_it_is(void **state)
{
	static const char *const names[] = { "",           "_",          "_Z",    "_R",
					     "_Znonsense", "_Rnonsense", "_Dmain" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_readable(&(struct example){ names[i], names[i] }, 1);
}

/* NAME and COUNT times PART. */
static char *repeated(const char *name, const char *part, size_t count)
{
	char *all = allocate_zeroed(strlen(name) + count * strlen(part) + 1, 1);

	strcpy(all, name);
	while (count--)
		strcat(all, part);
	return all;
}

static void assert_demangled_length(char *name, size_t length)
{
	char *readable = demangle(name);

	assert_int_equal(strlen(readable), length);
	free(readable);
	free(name);
}

/* Each type stands for two of the one before: the readable name would have 2^40 parts. */
static void long_readable_cxx_name_is_cut_off(void **state)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char name[1024] = "_Z1f1aPFvS_S_E";

	(void)state;
	for (int i = 1; i < 80; i += 2) {
		char one[4] = "", part[32];

		if (i >= 36)
			one[0] = digits[i / 36];
		one[strlen(one)] = digits[i % 36];
		snprintf(part, sizeof(part), "PFvS%s_S%s_E", one, one);
		strcat(name, part);
	}
	assert_demangled_length(allocate_text(name), 4096);
}

/* Each tuple stands for twenty of the one before. */
static void long_readable_rust_name_is_cut_off(void **state)
{
	char *one = repeated("_RINvC1a1bTuuET", "B7_", 20), *two = repeated("ET", "Bb_", 20);
	char *three = repeated("ET", "B1b_", 20);

	(void)state;
	assert_demangled_length(allocate_printed("%s%s%sEE", one, two, three), 4096);
	free(one);
	free(two);
	free(three);
}

/* As they are handed on, each takes minutes or more stack than there is. */
static void names_that_cost_too_much_stay_as_they_are(void **state)
{
	char *conversions = repeated("_ZN1AcvT_I", "T_I", 60);
	char *references = repeated("_Z1fI", "1aIRT_E", 300);
	char *names[] = {
		repeated(conversions, "iE", 1),
		repeated(references, "EvRT_", 1),
		allocate_text("_RNvYDGzzzzzzzzzz_C1cEL_C1d1e"),
		repeated("_Z1f", "i", 5000),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_demangled_length(names[i], strlen(names[i]));
	free(conversions);
	free(references);
}

/* The deepest that libiberty goes for what is short enough for it. */
static void deep_names_fit_on_the_stack(void **state)
{
	static const char *const parts[] = { "P", "1aI", "FiP", "XadL_Z", "Xad", "DTcl", "M1aP" };

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char *name = repeated("_Z1f", parts[i], 4000 / strlen(parts[i]));

		free(demangle(name));
		free(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_and_clones_are_stripped),
		cmocka_unit_test(parts_of_coroutines_have_their_name),
		cmocka_unit_test(cxx_names_become_readable),
		cmocka_unit_test(rust_names_become_readable_without_hashes),
		cmocka_unit_test(what_is_no_mangled_name_stays_as_it_is),
		cmocka_unit_test(long_readable_cxx_name_is_cut_off),
		cmocka_unit_test(long_readable_rust_name_is_cut_off),
		cmocka_unit_test(names_that_cost_too_much_stay_as_they_are),
		cmocka_unit_test(deep_names_fit_on_the_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
