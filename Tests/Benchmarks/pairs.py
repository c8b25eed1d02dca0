"""Times two commands in turn, A B A B …, and gives medians and ratios of wall time and of peak memory."""

import os
import statistics
import subprocess
import sys
import time


class Run:
    """One finished command: wall seconds, peak resident KiB, exit code."""

    def __init__(self, command, cwd, environment, check=True):
        null = subprocess.DEVNULL
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdin=null, stdout=null, stderr=subprocess.PIPE)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds = time.perf_counter() - start
        self.kibibytes = usage.ru_maxrss
        self.code = os.waitstatus_to_exitcode(status)
        process.returncode = self.code
        if check and self.code != 0:
            sys.exit(f"{' '.join(map(str, command))} ended with {self.code}: {errors.decode(errors='replace')}")


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
                if turn > 0 or runs == 0:
                    results[side].append(run)
        seconds = {side: statistics.median(r.seconds for r in runs_) for side, runs_ in results.items()}
        memory = {side: max(r.kibibytes for r in runs_) for side, runs_ in results.items()}
        self.rows.append(
            (title, goal, seconds["ours"], seconds["theirs"], seconds["ours"] / seconds["theirs"],
             memory["ours"] / 1024, memory["theirs"] / 1024, memory["ours"] / memory["theirs"]))
        print(self.line(self.rows[-1]), flush=True)

    HEADER = ("| work | goal | nacre s | git s | ratio | nacre MB | git MB | ratio |\n"
              "|---|---|---|---|---|---|---|---|")

    @staticmethod
    def line(row):
        title, goal, a, b, ratio, m, n, memory = row
        return f"| {title} | {goal} × | {a:.3f} | {b:.3f} | {ratio:.2f} | {m:.0f} | {n:.0f} | {memory:.2f} |"
