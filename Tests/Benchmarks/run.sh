#!/bin/bash
# Runs the benchmarks side by side with stock git: `make bench`, or `make bench BENCH="--small"` for a quick look.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec python3 Tests/Benchmarks/git.py --nacre "$PWD/.build/release/nacre" "$@"
