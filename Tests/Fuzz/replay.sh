#!/bin/bash
# Replays every corpus under the address sanitizer: `make test` does it. Allocations of more than 512 MiB, and a resident size
# of more than 1 GiB, count as crashes, as does a stack that a deep input overflows.
set -eu
cd "$(dirname "$0")"
program=$(./build.sh Replay)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
corpora="Corpus ../GitStorageTests/Fixtures"
export ASAN_OPTIONS="max_allocation_size_mb=512:hard_rss_limit_mb=1024:detect_leaks=0:${ASAN_OPTIONS:-}"
if ! "$program" $corpora 2>"$log"; then
    grep -v '^Corpus\|^\.\./' "$log" | head -40 >&2 || true
    echo "crashed on: $(grep '^Corpus\|^\.\./' "$log" | tail -1)" >&2
    exit 1
fi
