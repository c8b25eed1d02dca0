#!/bin/bash
# The whole job on real data: experiments, a model under version control, a server, and proof elsewhere.
#
#   demo.sh [<directory>]
#
# `nacre` and `nacre-server` must be on the PATH. Prints each command before it runs it, and leaves everything in the directory
# (./demo by default) for looking around.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
place=$(mkdir -p "${1:-demo}" && cd "${1:-demo}" && pwd)
port=${NACRE_DEMO_PORT:-8765}
server=
[ -z "$(ls -A "$place")" ] || { echo "demo: '$place' is not empty; remove it first" >&2; exit 1; }

# A home of its own: nothing of the reader's settings is used or changed.
export HOME="$place/home" GIT_CONFIG_NOSYSTEM=1
mkdir -p "$HOME"
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true' EXIT

bold=; plain=
if [ -t 1 ]; then bold=$'\e[1m'; plain=$'\e[m'; fi
title() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
# Shows a command, then runs it.
run() {
    printf '%s$ %s%s\n' "$bold" "$*" "$plain"
    eval "$*"
}
# The same for a command that must fail.
refused() {
    printf '%s$ %s%s\n' "$bold" "$*" "$plain"
    if eval "$*"; then echo "demo: that should have failed" >&2; exit 1; fi
}

title "An environment, and its lock"
mkdir -p "$place/digits"
cd "$place/digits"
run "python3 -m venv .venv && . .venv/bin/activate"
run "pip install --quiet --disable-pip-version-check scikit-learn pyyaml"
run "pip freeze --disable-pip-version-check > requirements.txt"

title "A repository"
cp "$here"/project/*.py "$here"/project/*.yaml .
cp "$here"/project/gitignore .gitignore
run "nacre init -q -b main"
run "nacre config user.name 'Ada Lovelace' && nacre config user.email ada@example.com"
run "nacre add . && nacre commit -q -m 'Train a network on handwritten digits'"

title "A first experiment"
run "nacre run -n first"
run "nacre pipeline status"

title "A grid of others, two at a time"
run "nacre run -n grid -S train.lr=0.1,0.5,0.8 --jobs 2"
run "nacre experiment list --sort accuracy"
run "nacre experiment compare first grid-2 --columns accuracy,loss,train.lr"
run "nacre experiment best"

title "The best one becomes the model"
best=$(nacre experiment best --names)
run "nacre experiment apply $best"
run "nacre add . && nacre commit -q -m 'Take the best learning rate'"
run "nacre tag -a -m 'First release' v1.0"

title "Other data, and another hyperparameter"
run "nacre run --commit -m 'More data, more steps' -q -S prepare.copies=24 -S train.steps=260"
run "nacre metrics diff v1.0 HEAD"
run "nacre params diff v1.0 HEAD"
run "nacre plots diff -p loss v1.0 HEAD | head -20"

title "A worse model is refused"
run "nacre run -q -n lazy -S train.steps=40"
refused "nacre check v1.0..lazy"

title "What is stored, beside what git-lfs would store"
python3 - <<'PYTHON'
import pathlib, re, subprocess
refs = subprocess.run(["nacre", "rev-list", "--objects", "--all"], capture_output=True, text=True, check=True).stdout
ids = "\n".join(line.split(" ", 1)[0] for line in refs.splitlines()) + "\n"
content = subprocess.run(["nacre", "cat-file", "--batch"], input=ids.encode(), capture_output=True, check=True).stdout
pointers = dict(re.findall(rb"oid sha256:([0-9a-f]{64})\nsize (\d+)\n", content))
lfs = sum(int(size) for size in pointers.values())
nacre = sum(file.stat().st_size for file in pathlib.Path(".git/nacre/chunks").rglob("*") if file.is_file())
print(f"{len(pointers)} versions of large files: git-lfs {lfs / 1e6:.1f} MB, nacre {nacre / 1e6:.1f} MB")
PYTHON

title "A server"
run "nacre-server user add --root '$place/server' ada --admin --password <<< 'a password for the demo'" > /dev/null
run "nacre-server repo create --root '$place/server' ada/digits" || true
nacre-server serve --root "$place/server" --listen "127.0.0.1:$port" --log-level error > "$place/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
url="http://ada:a%20password%20for%20the%20demo@127.0.0.1:$port/ada/digits.git"
run "nacre remote add origin $url"
run "nacre push -q origin main v1.0"
run "nacre experiment push origin"
deactivate

title "Somebody else, somewhere else: is v1.0 what it claims to be?"
cd "$place"
run "nacre clone -q $url elsewhere"
run "cd elsewhere"
run "nacre config user.name 'Grace Hopper' && nacre config user.email grace@example.com"
run "nacre reproduce -q v1.0"
run "nacre show --no-patch v1.0"
run "nacre experiment push --records origin"

printf '\nLook around: %s/digits and %s/elsewhere\n' "$place" "$place"
