#!/usr/bin/env python3
"""Merges the parents of real merge commits with nacre and with git, and counts where the answers differ.

    HISTORY=<repository> Tests/Benchmarks/merges.py [--nacre PROGRAM] [--count 2000] [--show 5]

For each merge commit with two parents `merge-tree --write-tree P1 P2` is asked of both: the tree, the conflicts' stages and
the messages have to be the same. What the command writes goes to a directory of its own beside the history, which is read only.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time


def environment(scratch, history):
    """A hermetic environment whose new objects go to a scratch directory."""
    variables = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    variables.update(
        HOME=scratch, GIT_CONFIG_NOSYSTEM="1", LC_ALL="C", TZ="UTC", GIT_DIR=history,
        GIT_OBJECT_DIRECTORY=os.path.join(scratch, "objects"),
        GIT_ALTERNATE_OBJECT_DIRECTORIES=os.path.join(history, "objects"),
        GIT_CONFIG_COUNT="2", GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*",
        GIT_CONFIG_KEY_1="nacre.operationLog", GIT_CONFIG_VALUE_1="false")
    os.makedirs(os.path.join(scratch, "objects"), exist_ok=True)
    return variables


def merges(history, count, variables):
    """Merge commits with two parents, spread over the history."""
    listing = subprocess.run(
        ["git", "rev-list", "--min-parents=2", "--max-parents=2", "--parents", "--all"], env=variables, check=True,
        capture_output=True, text=True).stdout.split("\n")
    found = [line.split() for line in listing if line]
    step = max(len(found) // count, 1)
    return found[::step][:count]


def kind(ours, theirs):
    """In what the answers differ."""
    if ours[0] != theirs[0]:
        return f"exit code {theirs[0]} / {ours[0]}"
    left, right = ours[1].split(b"\n\n", 1), theirs[1].split(b"\n\n", 1)
    if left[0].split(b"\n")[:1] != right[0].split(b"\n")[:1]:
        return "tree" if len(right) == 1 else "tree of a conflict"
    if left[0] != right[0]:
        return "stages"
    return "messages"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nacre", default=".build/release/nacre")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--goal", type=float, default=99.5)
    options = parser.parse_args()
    history = os.environ.get("HISTORY")
    if not history:
        sys.exit("set HISTORY to a repository with merges")
    git_directory = os.path.join(history, ".git")
    history = os.path.abspath(git_directory if os.path.isdir(git_directory) else history)
    seconds = {"nacre": 0.0, "git": 0.0}
    differences = {}
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        sides = {"nacre": (options.nacre, environment(first, history)), "git": ("git", environment(second, history))}
        chosen = merges(history, options.count, sides["git"][1])
        for number, (commit, one, two) in enumerate(chosen):
            answers = {}
            order = ("nacre", "git") if number % 2 else ("git", "nacre")
            for name in order:
                program, variables = sides[name]
                start = time.perf_counter()
                result = subprocess.run(
                    [program, "merge-tree", "--write-tree", one, two], env=variables, capture_output=True, cwd=first)
                seconds[name] += time.perf_counter() - start
                answers[name] = (result.returncode, result.stdout)
            if answers["nacre"] != answers["git"]:
                differences.setdefault(kind(answers["nacre"], answers["git"]), []).append(commit)
    total = len(chosen)
    differing = sum(map(len, differences.values()))
    share = 100 * (total - differing) / max(total, 1)
    print(f"{total} merges, {total - differing} the same: {share:.2f} %")
    print(f"nacre {seconds['nacre']:.1f} s, git {seconds['git']:.1f} s: {seconds['nacre'] / seconds['git']:.2f} ×")
    for name, commits in sorted(differences.items()):
        print(f"  {name}: {len(commits)}: {' '.join(commits[:options.show])}")
    sys.exit(0 if share >= options.goal else 1)


if __name__ == "__main__":
    main()
