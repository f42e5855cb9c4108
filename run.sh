#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ./run.sh [-- PROGRAM [ARG...]]
#
# Installs what is missing (Debian, Ubuntu), builds finleak in build/ and runs PROGRAM under it. The
# command is then build/finleak, the samples are in build/samples.
# Without PROGRAM: a sample server that leaks, with curl as its client.
set -euo pipefail
start=$PWD
cd "$(dirname "$(readlink -f "$0")")"
mkdir -p build
. cmake/setup.sh

usage="usage: ./run.sh [-- PROGRAM [ARG...]]"
case "${1-}" in
-h | --help)
	echo "$usage"
	exit 0
	;;
--) shift ;;
-*)
	say "unknown option $1; $usage"
	exit 125
	;;
esac

say "building finleak in build/ (a few minutes the first time)"
if [ $# -gt 0 ]; then
	install_packages build
else
	install_packages build sample
fi
build release finleak finleak-preload finleak-classes-page samples/all || exit 125
ln -sfn release/analyzer/finleak build/finleak
ln -sfn release/samples build/samples
finleak=$PWD/build/finleak

if [ $# -gt 0 ]; then
	cd "$start"
	exec "$finleak" run -- "$@"
fi

say "running build/samples/leaky_server under finleak, with curl as its client"
recordings=build/leaky_server.recordings
rm -rf "$recordings"
coproc server {
	exec "$finleak" run --min-held=0ms --recordings="$recordings" -- build/samples/leaky_server
}
# Bash forgets the coprocess's variables when the server ends.
# shellcheck disable=SC2154 # coproc assigns it
server_pid=$server_PID
exec {server_says}<&"${server[0]}"
trap 'kill "$server_pid" 2>/dev/null || true' EXIT

address=
while read -r -u "$server_says" line; do
	echo "$line"
	case $line in "listening on "*)
		address=${line#listening on }
		break
		;;
	esac
done
[ -n "$address" ] || fail "the sample server ended before it listened"

say "curl asks it for each of its pages, some of which leak (samples/leaky_server.c)"
sh samples/visit_leaky_server.sh "${address##*:}" ||
	fail "curl had no answer from the sample server at $address"

say "ending the server with SIGTERM; finleak reports:"
kill -TERM "$server_pid"
wait "$server_pid" || true
say "the same as JSON: build/finleak report --format=json --min-held=0ms $recordings"
