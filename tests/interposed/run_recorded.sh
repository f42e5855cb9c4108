#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a test program under the recorder: run_recorded.sh LIBRARY OPTIONS PROGRAM [ARG...]
# with a fresh folder for its recordings, and OPTIONS (may be empty) beside it.
set -eu
library=$1
options=$2
shift 2
folder=$(mktemp -d "${TMPDIR:-/tmp}/finleak-interposed.XXXXXX")
trap 'rm -rf "$folder"' EXIT
status=0
env LD_PRELOAD="$library" FINLEAK_OPTIONS="recordings=$folder${options:+:$options}" "$@" || status=$?
exit $status
