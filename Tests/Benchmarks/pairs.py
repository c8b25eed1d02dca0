"""Times two commands in turn, A B A B …, and gives medians and ratios of wall time, processor time and peak memory."""

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
        # Of the program and of the children it waited for.
        self.processor = usage.ru_utime + usage.ru_stime
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
