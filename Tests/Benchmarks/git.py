"""The daily verbs side by side with stock git, in one alternating run."""

import argparse
import math
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

from pairs import Report, Run


def environment(home):
    """A home of its own and a fixed identity, so that both programs see the same settings."""
    (home / ".gitconfig").write_text("[user]\n\tname = B\n\temail = b@example.com\n[gc]\n\tauto = 0\n[safe]\n\tdirectory = *\n")
    variables = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return variables | {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_PAGER": "cat"}


def make_files(folder, count, seed=1):
    """Files of log-normal size, median 3 KB, a quarter of them random bytes, in a hundred folders."""
    chance = random.Random(seed)
    words = [chance.randbytes(chance.randint(2, 9)).hex() for _ in range(500)]
    for number in range(count):
        size = min(int(3000 * math.exp(chance.gauss(0, 0.8))), 200_000)
        if number % 4 == 0:
            data = chance.randbytes(size)
        else:
            data = " ".join(chance.choices(words, k=size // 10 + 1)).encode()[:size]
        path = folder / f"folder{number % 100:02}" / f"file{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def touch(folder, count):
    """Changes the first files by a line each."""
    for path in sorted(folder.glob("folder*/*.txt"))[:count]:
        with open(path, "ab") as file:
            file.write(b"changed\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nacre", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--small", action="store_true", help="small data, one run: for the exit code only")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--history", default=os.environ.get("HISTORY"), help="a real repository with a long history")
    parser.add_argument("--only", default="", help="run the rows whose title has this text")
    options = parser.parse_args()
    count, changed = (500, 20) if options.small else (50_000, 500)
    runs = 1 if options.small else options.runs
    root = pathlib.Path(tempfile.mkdtemp(prefix="nacre-bench-"))
    try:
        measure(options, root, count, changed, runs)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def measure(options, root, count, changed, runs):
    home = root / "home"
    home.mkdir()
    variables = environment(home)
    report = Report()
    programs = {"ours": options.nacre, "theirs": "git"}
    places = {}
    source = root / "source"
    make_files(source, count)
    print(report.HEADER)

    def run(side, *words, cwd=None, check=True):
        return Run([programs[side], *words], cwd or places[side], variables, check)

    def pair(title, goal, *words, prepare=None, check=True):
        if options.only in title:
            report.pair(title, goal, lambda: run("ours", *words, check=check), lambda: run("theirs", *words, check=check),
                        runs, prepare)

    def fresh(side):
        place = root / side
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(source, place)
        places[side] = place
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=place, env=variables, check=True)

    def emptied(side):
        for path in places[side].iterdir():
            if path.name != ".git":
                shutil.rmtree(path)

    for side in programs:
        fresh(side)
    pair(f"add {count} files", 0.33, "add", ".", prepare=fresh)
    for side in programs:
        fresh(side)
        run(side, "add", ".")

        shutil.copy2(places[side] / ".git/index", root / f"{side}.index")

    def unborn(side):
        """As after `add`: no commit, and an index that knows no trees."""
        subprocess.run(["git", "update-ref", "-d", "HEAD"], cwd=places[side], env=variables)
        shutil.copy2(root / f"{side}.index", places[side] / ".git/index")

    pair("commit them", 0.8, "commit", "-q", "-m", "all", prepare=unborn)
    for side in programs:
        run(side, "commit", "-q", "--allow-empty", "-m", "all")
    pair("status afterwards", 0.8, "status")

    def touched(side):
        run(side, "checkout", "-q", "-f", "HEAD")
        touch(places[side], changed)

    pair(f"status after touching {changed}", 0.8, "status", prepare=touched)
    pair("restore all into an empty work tree", 0.5, "checkout", "-q", "-f", "HEAD", "--", ".", prepare=emptied)
    for side in programs:
        run(side, "checkout", "-q", "-b", "other")
        touch(places[side], changed)
        run(side, "commit", "-q", "-a", "-m", "other")
    names = {"ours": 0, "theirs": 0}

    def switch(side):
        names[side] += 1
        return run(side, "checkout", "-q", "main" if names[side] % 2 else "other")

    title = f"switch between commits that differ in {changed} files"
    if options.only in title:
        report.pair(title, 1.0, lambda: switch("ours"), lambda: switch("theirs"), runs)
    for side in programs:
        run(side, "checkout", "-q", "main")
    pair(f"grep over {count} files", 0.8, "grep", "-n", "[0-9a-f]*abc[0-9a-f]* ", check=False)
    measure_rewriting(options, root, runs, variables, programs, report)
    small = root / "small"
    small.mkdir()
    subprocess.run("git init -q -b main && echo a > a && git add a && git commit -q -m a", shell=True, cwd=small, env=variables,
                   check=True)
    for side in programs:
        places[side] = small
    start_runs = runs if options.small else max(runs, 20)
    if options.only in "start-up":
        for words in (["--version"], ["rev-parse", "HEAD"]):
            report.pair("start-up: " + " ".join(words), 2.0, lambda: run("ours", *words), lambda: run("theirs", *words), start_runs)
    history = options.history
    if history is None:
        history = root / "history"
        generate_history(history, 300 if options.small else 20_000, variables)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=history, env=variables, capture_output=True, text=True).stdout.strip()
    for side in programs:
        places[side] = pathlib.Path(history)
    pair("log --oneline", 0.8, "log", "--oneline")
    pair("log --stat -2000", 0.8, "log", "--stat", "-2000")
    pair("rev-list --all --objects --count", 0.8, "rev-list", "--all", "--objects", "--count")
    print(f"\nhistory: {head}")


def measure_rewriting(options, root, runs, variables, programs, report):
    """Blame of a long file with many commits, and a rebase of many commits."""
    blamed, lines, commits = root / "blamed", 500 if options.small else 5_000, 50 if options.small else 1_000
    chance = random.Random(11)
    content = [f"line {number} {chance.randbytes(12).hex()}" for number in range(lines)]
    states = []
    for number in range(commits):
        for _ in range(5):
            content[chance.randrange(len(content))] = f"changed by {number} {chance.randbytes(9).hex()}"
        at = chance.randrange(len(content))
        content.insert(at, f"inserted by {number}")
        del content[chance.randrange(len(content))]
        states.append({"file": list(content)})
    import_states(blamed, {"main": states}, variables)
    if options.only in "blame":
        report.pair(f"blame of {lines} lines, {commits} commits", 0.8, *(
            (lambda program=program: Run([program, "blame", "file"], blamed, variables, True)) for program in programs.values()),
            runs)
    count = 10 if options.small else 100
    names = [f"dir{number % 20}/file{number}" for number in range(200 if options.small else 1_000)]
    start = {name: [f"{name} {line}" for line in range(60)] for name in names}
    topic, state = [], dict(start)
    for number in range(count):
        for name in chance.sample(names[: len(names) // 2], 3):
            state[name] = state[name][:30] + [f"topic {number}"] + state[name][31:]
        topic.append(dict(state))
    above = dict(start)
    for name in names:
        above[name] = ["above"] + above[name]
    moved = root / "rebased"
    import_states(moved, {"main": [start], "topic": topic, "above": [above]}, variables)
    for words in (["checkout", "-q", "-B", "work", "topic"], ["update-index", "-q", "--refresh"]):
        subprocess.run(["git", *words], cwd=moved, env=variables, check=True)

    def rewind(_):
        subprocess.run(["git", "checkout", "-q", "-f", "-B", "work", "topic"], cwd=moved, env=variables, check=True)

    if options.only in "rebase":
        report.pair(f"rebase of {count} commits", 0.5, *(
            (lambda program=program: Run([program, "rebase", "-q", "above"], moved, variables, True))
            for program in programs.values()), runs, rewind)


def import_states(folder, branches, variables):
    """Branches of commits whose files are given as lines; each begins at the first branch's first commit."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], env=variables, check=True)
    stream, mark, first = [], 0, None
    for branch, states in branches.items():
        before = branches[next(iter(branches))][0] if first else {}
        for position, state in enumerate(states):
            mark += 1
            stream.append(b"commit refs/heads/%s\nmark :%d\ncommitter B <b@example.com> %d +0000\ndata 2\nc\n"
                          % (branch.encode(), mark, 1_500_000_000 + mark * 600))
            if position == 0 and first:
                stream.append(b"from :%d\n" % first)
            first = first or mark
            for name, lines in state.items():
                if before.get(name) is lines:
                    continue
                data = ("\n".join(lines) + "\n").encode()
                stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data))
            before = state
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, env=variables, input=b"".join(stream), check=True)
    subprocess.run(["git", "gc", "-q"], cwd=folder, env=variables, check=True)
    subprocess.run(["git", "checkout", "-q", "-f", "main"], cwd=folder, env=variables, check=True)


def generate_history(folder, commits, variables):
    """A history with branches and merges, made by fast-import, packed, with a commit-graph as `git gc` leaves it."""
    folder.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, env=variables, check=True)
    chance = random.Random(7)
    stream = []
    files = {}
    for number in range(1, commits + 1):
        name = f"dir{chance.randint(0, 30)}/sub{chance.randint(0, 9)}/file{chance.randint(0, 400)}.txt"
        lines = files.setdefault(name, [f"line {i} of {name}" for i in range(chance.randint(5, 80))])
        lines[chance.randrange(len(lines))] = f"changed by {number}"
        if chance.random() < 0.3:
            lines.insert(chance.randrange(len(lines)), f"inserted by {number}")
        data = ("\n".join(lines) + "\n").encode()
        message = f"Change {name}\n\nCommit number {number} of a generated history.\n".encode()
        stream.append(b"commit refs/heads/main\nmark :%d\ncommitter B <b@example.com> %d +0000\ndata %d\n%s"
                      % (number, 1_500_000_000 + number * 600, len(message), message))
        if number > 20 and number % 10 == 0:
            stream.append(b"from :%d\nmerge :%d\n" % (number - 1, number - chance.randint(3, 15)))
        stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, env=variables, input=b"".join(stream), check=True)
    subprocess.run(["git", "gc", "-q"], cwd=folder, env=variables, check=True)
    subprocess.run(["git", "commit-graph", "write", "--reachable"], cwd=folder, env=variables, check=True, capture_output=True)


if __name__ == "__main__":
    main()
