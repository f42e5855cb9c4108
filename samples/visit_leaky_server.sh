#!/bin/sh
# SPDX-License-Identifier: MIT
# Real clients for leaky_server: curl asks for each of its pages, ROUNDS times (default 3).
# Ends when every client has had its answer.
set -eu

if [ $# -lt 1 ]; then
	echo "usage: $0 PORT [ROUNDS]" >&2
	exit 2
fi
server=http://127.0.0.1:$1
rounds=${2:-3}

ask() {
	# --max-time: a client must end even where the server does not answer.
	curl --silent --show-error --max-time 10 --output /dev/null --noproxy '*' "$@"
}

while [ "$rounds" -gt 0 ]; do
	ask "$server/"
	ask --data 'a small file' "$server/upload"
	ask "$server/missing"
	ask "$server/events"
	rounds=$((rounds - 1))
done
