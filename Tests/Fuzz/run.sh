#!/bin/bash
# Builds the fuzz targets with libFuzzer and the address sanitizer and runs each for FUZZ_SECONDS (60).
# With names as arguments, runs only those. What crashes is left in Tests/Fuzz/crashes: move it to Corpus/<target>, where
# every `make test` replays it.
set -eu
cd "$(dirname "$0")"
program=$(./build.sh Fuzz)
seconds=${FUZZ_SECONDS:-60}
# Every target has a folder of seeds; libFuzzer lets no program end by itself that could print their names.
targets=${*:-$(for seeds in Corpus/*/ ../*Tests/Fixtures/*/; do basename "$seeds"; done)}
mkdir -p crashes
status=0
for target in $targets; do
    mkdir -p "grown/$target"
    seeds=$(ls -d Corpus/"$target" ../*Tests/Fixtures/"$target" 2>/dev/null || true)
    echo "== $target"
    FUZZ_TARGET=$target ASAN_OPTIONS="detect_leaks=0" "$program" "grown/$target" $seeds \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512 -max_len=65536 \
        -artifact_prefix="crashes/$target-" -verbosity=0 -print_final_stats=1 || status=1
done
exit $status
