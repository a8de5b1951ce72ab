#!/bin/sh
# Runs the tests of a Go module with gotestsum, which shows a line for each package, names every test that failed or was
# skipped, with what it said, and counts. The last line sums up, such as "unit: 120 passed, 0 failed, 2 skipped". Fails when a
# test failed, and also when none passed: then nothing was tested.
#
# Usage: run.sh NAME FOLDER [go test's arguments]
set -eu

# gotestsum runs this at its end. A package that does not build, or ends before its tests, has failed without a test.
if [ "$1" = --sum-up ]; then
	passed=$(grep '"Action":"pass"' "$GOTESTSUM_JSONFILE_TIMING_EVENTS" | grep -c '"Test":' || true)
	rm "$GOTESTSUM_JSONFILE_TIMING_EVENTS"
	echo "$2: $passed passed, $TESTS_FAILED failed, $TESTS_SKIPPED skipped"
	if [ "$passed" = 0 ]; then
		echo "$2: no test passed, so nothing was tested" >&2
		exit 1
	fi
	exit 0
fi

if [ $# -lt 2 ]; then
	echo "usage: run.sh NAME FOLDER [go test's arguments]" >&2
	exit 2
fi
name=$1 folder=$2
shift 2
self=$(realpath "$0")
tools=$(dirname "$self")/../../tools/go.mod
cd "$folder"
exec go tool -modfile="$tools" gotestsum --format pkgname --format-hide-empty-pkg \
	--jsonfile-timing-events "$(mktemp)" --post-run-command "'$self' --sum-up '$name'" -- "$@"
