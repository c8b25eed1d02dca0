#!/bin/bash
# Builds `Fuzz` (libFuzzer and the address sanitizer) or `Replay` (the address sanitizer alone) into .build here, and prints
# where it stands. Not optimised: instrumented modules that are optimised as a whole take longer to build than to fuzz.
set -eu
cd "$(dirname "$0")"
export NACRE_SERVER=0
case $1 in
# The compiler heeds the last -sanitize= only: it has to name both.
Fuzz) flags="-c debug --sanitize fuzzer --sanitize address -Xswiftc -sanitize=fuzzer,address --scratch-path .build/fuzz" ;;
Replay) flags="-c debug --sanitize address --scratch-path .build/replay" ;;
*) echo "build.sh Fuzz|Replay" >&2 && exit 2 ;;
esac
swift build $flags --product "$1" >&2
echo "$PWD/$(swift build $flags --show-bin-path | sed "s|^$PWD/||")/$1"
