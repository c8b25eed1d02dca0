#!/bin/bash
# Runs the tests that stand built. What failed is said again after the last test, before the runner's own summary: the log of a
# run is long, and often only its end is kept.
set -uo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${SWIFT:-swift}" test --skip-build "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if [ "$status" != 0 ]; then
    echo "What failed:"
    grep -a -A 12 ' recorded an issue ' "$log" | cut -c 1-600 | head -200
    grep -a 'Test run with' "$log" | tail -1
fi
exit "$status"
