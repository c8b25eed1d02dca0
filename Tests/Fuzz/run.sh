#!/bin/bash
# Builds the fuzz targets with libFuzzer and the address sanitizer and runs each for FUZZ_SECONDS (60).
# With names as arguments, runs only those. What crashes is left in Tests/Fuzz/crashes: move it to the test's Fixtures
# folder, where every run of the tests replays it.
set -eu
cd "$(dirname "$0")"
export NACRE_SERVER=0
seconds=${FUZZ_SECONDS:-60}
swift build -c release --sanitize fuzzer --sanitize address
mkdir -p crashes corpus
targets=${*:-$(ls Sources)}
status=0
for target in $targets; do
    name=${target%Fuzz}
    mkdir -p "corpus/$name"
    seeds=$(find .. -path "*/Fixtures/$name" -type d | head -1)
    echo "== $target"
    ".build/release/$target" "corpus/$name" ${seeds:+"$seeds"} -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -max_len=65536 -artifact_prefix="crashes/$name-" -verbosity=0 -print_final_stats=1 ||
        status=1
done
exit $status
