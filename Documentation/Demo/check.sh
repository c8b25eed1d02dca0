#!/bin/bash
# The demo as a test: with the debug binaries, in a directory that is removed afterwards. About four minutes on two cores.
#
# It takes scikit-learn from the package index. Where that cannot be reached it is skipped, and says so; where CI is set it fails,
# because there a demo that was not run is a demo that may be broken.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

skip() {
    echo "demo: not run: $1"
    [ -z "${CI:-}" ] || exit 1
    exit 0
}
[ -x .build/debug/nacre-server ] || skip "there is no nacre-server (NACRE_SERVER=0?)"
python3 -m venv "$place/probe" || skip "python3 has no venv"
"$place/probe/bin/pip" --disable-pip-version-check download --quiet --no-deps --dest "$place/probe" pyyaml scikit-learn \
    > /dev/null 2>&1 || skip "the package index cannot be reached"

# A port of its own, so that a demo that somebody left running is not in the way.
export NACRE_DEMO_PORT=$((20000 + RANDOM % 20000))
if ! PATH="$PWD/.build/debug:$PATH" Documentation/Demo/demo.sh "$place/demo" > "$place/log" 2>&1; then
    cat "$place/log"
    echo "demo: failed"
    exit 1
fi
# It ends at its first failure; these say that the parts which must speak do.
for line in '^grid-3: accuracy' '^FAILED accuracy' 'git-lfs [0-9.]* MB, nacre' 'model.safetensors: identical' '^reproduced: v1.0' \
    'reproduced by grace@example.com'; do
    grep -q "$line" "$place/log" || { cat "$place/log"; echo "demo: nothing in its output matches '$line'"; exit 1; }
done
echo "demo: passed"
