#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ./test.sh [--quick] [CTEST-OPTION...]
#
# Installs what is missing (Debian, Ubuntu), builds finleak in build/ and tests it: the code's
# format, the unit tests under ASan and UBSan, a build by clang with its unit, interposed and
# unwind tests, and the whole suite on what users get (preset release). --quick: the last one only.
# CTEST-OPTIONs choose tests (-R real, -L unit); they go to each ctest.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
mkdir -p build
. cmake/setup.sh

quick=
case "${1-}" in
-h | --help)
	echo "usage: ./test.sh [--quick] [CTEST-OPTION...]"
	exit 0
	;;
--quick)
	quick=1
	shift
	;;
esac
chosen=("$@")

# Reports must not depend on what earlier ones have cached, nor leave anything behind.
export FINLEAK_CACHE=

passed=0
failed=0
skipped=()

fails() {
	failed=$((failed + 1))
	say "FAILED: $*"
}

# check NAME COMMAND...: one test that ctest does not run.
check() {
	local name=$1 status=0
	shift
	"$@" || status=$?
	case $status in
	0) passed=$((passed + 1)) ;;
	77) skipped+=("$name") ;;
	*) fails "$name" ;;
	esac
}

# run_tests PRESET [CTEST-OPTION...]: builds the preset and runs tests of it.
run_tests() {
	local preset=$1 log=build/$1.tests status=0 total bad name
	shift
	say "preset $preset: building"
	if ! build "$preset"; then
		fails "build of the preset $preset"
		return
	fi
	say "preset $preset: testing"
	ctest --preset "$preset" --no-tests=ignore -j "$(nproc)" "$@" "${chosen[@]}" 2>&1 |
		tee "$log" || status=$?
	if ! read -r bad total < <(sed -n 's/.* \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$log"); then
		# Nothing to run is well only where somebody chose what to run.
		if [ "$status" != 0 ] || [ ${#chosen[@]} = 0 ]; then
			fails "ctest of the preset $preset ran nothing"
		fi
		return
	fi
	# ctest counts a skipped test as passed; here it is neither.
	while read -r name; do
		skipped+=("$preset $name")
		total=$((total - 1))
	done < <(sed -n 's/^ *[0-9]*\/[0-9]* *Test *#[0-9]*: *\([^ ]*\) .*\*\*\*Skipped.*/\1/p' "$log")
	passed=$((passed + total - bad))
	failed=$((failed + bad))
}

# Files of the tree: what git knows, or, in a copy without git, what is there.
tree_files() {
	if ! git ls-files --cached --others --exclude-standard -- "$@" 2>/dev/null; then
		local names=() pattern
		for pattern; do
			names+=(-o -name "$pattern")
		done
		find . -path ./build -prune -o -type f \( "${names[@]:1}" \) -print
	fi
}

check_format() {
	local version
	version=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
	if [ "$version" != 14 ]; then
		say "format not checked: .clang-format is for clang-format 14, here is $version"
		return 77
	fi
	tree_files '*.c' '*.h' | while read -r file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done |
		xargs -0r clang-format --dry-run --Werror
}

tree_listing() {
	find . \( -path ./build -o -path ./.git \) -prune -o -print | sort
}

# Builds and tests leave the tree as they found it.
check_tree() {
	diff build/tree.before <(tree_listing) | sed -n 's/^>/test.sh: made outside build\/:/p' >&2
	return "${PIPESTATUS[0]}"
}

install_packages build sample test
tree_listing >build/tree.before

if [ -z "$quick" ]; then
	[ ${#chosen[@]} -gt 0 ] || check "format" check_format
	run_tests asan -L '^unit$'
	run_tests clang -L '^(unit|interposed|unwind)$'
fi
run_tests release
[ ${#chosen[@]} -gt 0 ] || check "nothing generated into the tree" check_tree

for name in "${skipped[@]}"; do
	echo "skipped: $name"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
