#!/bin/bash
# Runs the benchmarks: `make bench` side by side with stock git, `make bench BENCH=large` with git-lfs (and restic, DVC), `make bench
# BENCH=experiments` with MLflow and DVC, `make bench BENCH=remote` with git http-backend behind lighttpd, git-lfs and nginx. What follows goes to the benchmark: `BENCH="large --rows csv"`, `BENCH="--small"`, which
# `make test` runs on the program that it built anyhow, for the exit code only.
set -euo pipefail
cd "$(dirname "$0")/../.."
nacre=$PWD/.build/release/nacre
case ${1:-} in
    large | experiments | remote) which=$1; shift ;;
    *) exec python3 Tests/Benchmarks/git.py --nacre "$nacre" "$@" ;;
esac
# NumPy, and what is compared with, in an environment of their own.
python=.build/bench/bin/python
if [ ! -x "$python" ]; then
    python3 -m venv .build/bench
    "$python" -m pip install --quiet --disable-pip-version-check numpy pyarrow dvc mlflow-skinny sqlalchemy alembic
fi
PATH="$PWD/.build/bench/bin:$PATH" exec "$python" "Tests/Benchmarks/$which.py" --nacre "$nacre" "$@"
