# SPDX-License-Identifier: MIT
# What run.sh and test.sh have in common: sourced by both, from the top of the tree.
# shellcheck shell=bash

# Servers live in sbin, which a user's PATH on Debian leaves out.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
me=${0##*/}

say() {
	printf '%s: %s\n' "$me" "$*" >&2
}

fail() {
	say "$*"
	exit 125
}

# is_installed PACKAGE
is_installed() {
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# missing_packages PURPOSE...: the lines of cmake/packages for these that are not there, one name
# or a|b on a line.
missing_packages() {
	local purpose names program name
	while read -r purpose names program; do
		case " $* " in *" $purpose "*) ;; *) continue ;; esac
		if [ -n "$program" ] && command -v "$program" >/dev/null; then
			continue
		fi
		for name in ${names//|/ }; do
			is_installed "$name" && continue 2
		done
		printf '%s\n' "$names"
	done < <(grep -v '^#' cmake/packages)
}

# has_candidate PACKAGE: can apt install it?
has_candidate() {
	[[ $(apt-cache policy "$1" 2>/dev/null) == *"Candidate: "[^\(]* ]]
}

# as_root COMMAND...
as_root() {
	local sudo=(sudo)
	[ "${CI-}" = true ] && sudo+=(-n)
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		"${sudo[@]}" "$@"
	fi
}

# The script that keeps package scripts from starting services; see install_packages.
policy=/usr/sbin/policy-rc.d

refuse_service_starts() {
	[ -e "$policy" ] && return
	say "not starting services of the new packages ($policy declines it until apt is done)"
	trap allow_service_starts EXIT
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
	policy_is_ours=1
}

allow_service_starts() {
	[ -n "${policy_is_ours-}" ] && as_root rm -f "$policy"
	policy_is_ours=
}

# disable_services PACKAGE...: keeps them from starting with the machine's next boot.
disable_services() {
	local units unit
	command -v systemctl >/dev/null || return 0
	units=$(dpkg -L "$@" 2>/dev/null | sed -n 's,^\(/usr\)\?/lib/systemd/system/\([^/@]*\.\(service\|socket\)\)$,\2,p')
	for unit in $units; do
		if systemctl is-enabled --quiet "$unit" 2>/dev/null; then
			say "disabling $unit, which came with a package for the tests"
			as_root systemctl disable --quiet "$unit" 2>/dev/null || true
			# Where somebody's own policy let it start.
			as_root systemctl stop --quiet "$unit" 2>/dev/null || true
		fi
	done
}

# install_packages PURPOSE...: prints what it installs; does nothing when nothing is missing.
install_packages() {
	local missing=() chosen=() names name before after
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		say "not a Debian or Ubuntu: building with what is installed (cmake/packages lists what is needed)"
		return
	fi
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} = 0 ] && return
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		fail "packages are missing and there is no sudo; as root: apt-get install ${missing[*]%%|*}"
	fi

	say "installing with apt-get: ${missing[*]%%|*}"
	export DEBIAN_FRONTEND=noninteractive
	as_root apt-get update -q >build/apt.log 2>&1 ||
		say "apt-get update failed (see build/apt.log); trying with the existing lists"
	for names in "${missing[@]}"; do
		for name in ${names//|/ }; do
			has_candidate "$name" && break
		done
		chosen+=("$name")
	done
	before=$(dpkg-query -W -f='${Package}\n' | sort)
	refuse_service_starts
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -q -y --no-install-recommends "${chosen[@]}" </dev/null 2>&1 |
		show_progress installing build/apt.log || {
		tail -n 5 build/apt.log >&2
		fail "apt-get could not install ${chosen[*]} (its output: build/apt.log)"
	}
	allow_service_starts
	after=$(dpkg-query -W -f='${Package}\n' | sort)
	# shellcheck disable=SC2046 # one package a word
	disable_services $(comm -13 <(echo "$before") <(echo "$after"))
}

# show_progress DOING LOG: appends the output of ninja or apt-get to LOG and shows how far it is: on a
# terminal one line that is written over, else a line for each quarter.
show_progress() {
	local terminal=
	[ -t 2 ] && terminal=1
	awk -v me="$me" -v doing="$1" -v log_file="$2" -v terminal="$terminal" '
		function show(step, total) {
			if (terminal)
				printf "\r%s: %s: %d of %d", me, doing, step, total
			else if (total >= 40 && int(4 * step / total) > quarter) {
				quarter = int(4 * step / total)
				printf "%s: %s: %d of %d\n", me, doing, step, total
			}
			shown = terminal
			fflush()
		}
		{ print >>log_file }
		match($0, /^\[[0-9]+\/[0-9]+\]/) {
			split(substr($0, 2, RLENGTH - 2), step, "/")
			show(step[1], step[2])
		}
		/^Need to get / {
			printf "%s: downloading %s %s\n", me, $4, $5
			fflush()
		}
		/ newly installed, / { total = 2 * $3 }
		total && /^(Unpacking|Setting up) / { show(++steps, total) }
		END { if (shown) print "" }
	' >&2
}

# build PRESET [TARGET...]: configures and builds it (or these targets of it) in build/PRESET. Its
# output goes to build/PRESET.log, and here if it fails.
build() {
	local preset=$1 log=build/$1.log
	shift
	if ! cmake --preset "$preset" >"$log" 2>&1 ||
		! cmake --build --preset "$preset" ${1+--target "$@"} 2>&1 | show_progress building "$log"; then
		tail -n 60 "$log" >&2
		say "the preset $preset does not build (its output: $log)"
		return 1
	fi
}
