#!/bin/bash
# Pipelines by DVC and by us. DVC comes from the package index into an environment of its own; where that cannot be reached the
# comparison is left out, and says so; where CI is set it fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
environment=.build/dvc
if [ ! -x "$environment/bin/dvc" ]; then
    rm -rf "$environment"
    if ! { python3 -m venv "$environment" && "$environment/bin/pip" --disable-pip-version-check install --quiet dvc==3.67.1; } \
        > /dev/null 2>&1; then
        rm -rf "$environment"
        echo "dvc: not compared: the package index cannot be reached"
        [ -z "${CI:-}" ] || exit 1
        exit 0
    fi
fi
PATH="$PWD/$environment/bin:$PATH" exec "$environment/bin/python" Tests/Differential/pipelines.py --nacre .build/debug/nacre "$@"
