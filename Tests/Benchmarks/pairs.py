"""Times two commands in turn, A B A B …, and gives medians and ratios of wall time, processor time and peak memory."""

import json
import statistics
import subprocess
import sys
import tempfile


# A process's peak memory counts from before it became the program: so a small one of its own starts them, not this one, which
# may hold much.
STARTER = r"""
import json, os, sys, time
for line in sys.stdin:
    command, folder, environment, errors = json.loads(line)
    os.chdir(folder)
    null = os.open(os.devnull, os.O_RDWR)
    log = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, environment, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    os.close(null)
    os.close(log)
    print(json.dumps([seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status)]), flush=True)
"""
starter = subprocess.Popen(
    [sys.executable, "-I", "-S", "-c", STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


class Run:
    """One finished command: wall seconds, processor seconds of it and of the children it waited for, peak resident KiB, exit
    code."""

    def __init__(self, command, cwd, environment, check=True):
        with tempfile.NamedTemporaryFile() as errors:
            words = [str(word) for word in command]
            starter.stdin.write(json.dumps([words, str(cwd), dict(environment), errors.name]) + "\n")
            starter.stdin.flush()
            self.seconds, self.processor, self.kibibytes, self.code = json.loads(starter.stdout.readline())
            if check and self.code != 0:
                sys.exit(f"{' '.join(words)} ended with {self.code}: {errors.read().decode(errors='replace')}")


class Report:
    """Collects rows and prints them as a Markdown table."""

    def __init__(self):
        self.rows = []

    def pair(self, title, goal, ours, theirs, runs, prepare=None):
        """Runs `ours()` and `theirs()` in turn; each gives back a Run. `prepare(side)` is called before each, untimed."""
        results = {"ours": [], "theirs": []}
        for turn in range(runs + 1):
            for side, call in (("ours", ours), ("theirs", theirs)):
                if prepare:
                    prepare(side)
                run = call()
                # The first turn warms the caches.
                if turn > 0:
                    results[side].append(run)
        def median(attribute):
            return [statistics.median(getattr(run, attribute) for run in results[side]) for side in ("ours", "theirs")]

        row = (title, goal, median("seconds"), median("processor"), [kibibytes / 1024 for kibibytes in median("kibibytes")])
        self.rows.append(row)
        print(self.line(row), flush=True)

    HEADER = ("| work | goal | nacre s | git s | ratio | nacre CPU s | git CPU s | ratio | nacre MB | git MB | ratio |\n"
              "|---|---|---|---|---|---|---|---|---|---|---|")

    @staticmethod
    def line(row):
        title, goal, *measures = row
        cells = [title, f"{goal} ×"]
        for (ours, theirs), form in zip(measures, ("{:.3f}", "{:.3f}", "{:.0f}")):
            ratio = f"{ours / theirs:.2f}" if theirs else "–"
            cells += [form.format(ours), form.format(theirs), ratio]
        return "| " + " | ".join(cells) + " |"
