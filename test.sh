#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ./test.sh [--quick] [CTEST-OPTION...]
#
# Installs what is missing (Debian, Ubuntu), builds finleak in build/ and tests it: the code's
# format, the unit and ledger tests under ASan with UBSan and under TSan, a build by clang with its
# unit, ledger, interposed and unwind tests, the whole suite on what users get (preset release), and
# the sources by static analysis.
# --quick: the suite only.
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

passed=0
failed=0
skipped=()
unsteady=()
# What ctest runs by.
in_front=()
# Labels of the tests that run_again may run.
whole_programs='^(e2e|real|servers|trust|contracts|install|front_door|bench|python|java|scripts|attach|which_test)$'

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

# run_tests PRESET [TARGET...] -- [CTEST-OPTION...]: builds the preset, or these targets of it, and
# runs tests of it.
run_tests() {
	local preset=$1 log=build/$1.tests status=0 targets=() total bad name
	shift
	while [ "$1" != -- ]; do
		targets+=("$1")
		shift
	done
	shift
	say "preset $preset: building"
	if ! build "$preset" "${targets[@]}"; then
		fails "build of the preset $preset"
		return
	fi
	say "preset $preset: testing"
	"${in_front[@]}" ctest --preset "$preset" --no-tests=ignore -j "$(nproc)" "$@" "${chosen[@]}" 2>&1 |
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
	[ "$bad" = 0 ] || run_again "$preset" "$bad"
	passed=$((passed + total - bad))
	failed=$((failed + bad))
}

# run_again PRESET FAILED: tests of whole programs wait for other processes and the kernel, which a
# busy machine delays. Those among the few that failed run once more, one at a time; what passes now
# is named as unsteady and lowers $bad. Tests of parts, which no load excuses, do not.
run_again() {
	local preset=$1 log=build/$1.again name names
	[ "$2" -le 5 ] || return 0
	names=$(sed -n 's/^ *[0-9]*\/[0-9]* *Test *#[0-9]*: *\([^ ]*\) .*\*\*\*[FTE].*/\1/p' "build/$preset.tests" | paste -sd'|')
	say "preset $preset: testing again, one at a time, what failed"
	ctest --preset "$preset" --no-tests=ignore -j 1 -R "^($names)\$" -L "$whole_programs" 2>&1 |
		tee "$log" || true
	while read -r name; do
		unsteady+=("$preset $name")
		bad=$((bad - 1))
	done < <(sed -n 's/^ *[0-9]*\/[0-9]* *Test *#[0-9]*: *\([^ ]*\) \.* *Passed .*/\1/p' "$log")
}

# TSan of gcc 12 and clang 14 has no room where the kernel moves mappings by more than 28 bits.
# Sets in_front to what keeps it from that.
find_room_for_tsan() {
	local bits=28
	read -r bits 2>/dev/null </proc/sys/vm/mmap_rnd_bits || true
	[ "$bits" -le 28 ] && return
	if ! setarch -R true 2>/dev/null; then
		say "not tested under TSan: addresses are random by $bits bits, and setarch can't change that"
		return 1
	fi
	in_front=(setarch -R)
}

run_tests_under_tsan() {
	local in_front=()
	if find_room_for_tsan; then
		run_tests tsan "$@"
	else
		skipped+=(tsan)
	fi
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
	# What is built with sanitizers, and nothing else of these presets.
	sanitized=(tests/unit/all)
	[ ! -d tests/ledger ] || sanitized+=(tests/ledger/all)
	run_tests asan "${sanitized[@]}" -- -L '^(unit|ledger)$'
	run_tests_under_tsan "${sanitized[@]}" -- -L '^(unit|ledger)$'
	run_tests clang -- -L '^(unit|ledger|interposed|unwind)$'
fi
run_tests release --
[ ${#chosen[@]} -gt 0 ] || [ -n "$quick" ] || check "static analysis" tests/static/run gcc cppcheck
[ ${#chosen[@]} -gt 0 ] || check "nothing generated into the tree" check_tree

for name in "${skipped[@]}"; do
	echo "skipped: $name"
done
for name in "${unsteady[@]}"; do
	echo "unsteady: $name failed beside other tests and passed by itself"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
