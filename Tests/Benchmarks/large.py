#!/usr/bin/env python3
"""Large files side by side with git-lfs: space, time of add and of checkout.

    large.py NACRE [--size MiB] [--keep DIR]

Makes five versions of a bfloat16 safetensors model (N(0, 0.02), a quarter of the tensors moved by N(0, 1e-4) each time) and of
a CSV table (0.1 % of rows inserted, 0.05 % changed), stores each with both programs in repositories of their own, and prints what
that took. Needs numpy, git and git-lfs.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import tempfile
import time

import numpy


def bfloat16(values):
    bits = values.view(numpy.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(numpy.uint16)


def models(folder, size, versions=5, tensors=64):
    generator = numpy.random.default_rng(7)
    count = size // 2 // tensors
    weights = [generator.standard_normal(count, dtype=numpy.float32) * 0.02 for _ in range(tensors)]
    for version in range(versions):
        if version:
            for index in generator.choice(tensors, tensors // 4, replace=False):
                weights[index] = weights[index] + generator.standard_normal(count, dtype=numpy.float32) * 1e-4
        header = {
            f"layer.{i}.weight": {"dtype": "BF16", "shape": [count], "data_offsets": [2 * i * count, 2 * (i + 1) * count]}
            for i in range(tensors)
        }
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(folder / f"v{version}", "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for tensor in weights:
                file.write(bfloat16(tensor).tobytes())


def tables(folder, size, versions=5):
    source = random.Random(5)
    cities = ["Berlin", "Paris", "London", "Madrid", "Rome", "Vienna", "Oslo", "Warsaw"]

    def row(number):
        return (
            f"{number},{source.choice(cities)},{source.randrange(100)},{source.random() * 1000:.2f},"
            f"{source.choice(['yes', 'no'])},{source.random():.4f},{source.gauss(0, 1):.4f}\n"
        )

    rows, length = [], 0
    while length < size:
        rows.append(row(len(rows)))
        length += len(rows[-1])
    for version in range(versions):
        if version:
            for _ in range(len(rows) // 2000):
                rows[source.randrange(len(rows))] = row(source.randrange(10**6))
            for _ in range(len(rows) // 1000):
                rows.insert(source.randrange(len(rows)), row(source.randrange(10**6)))
        (folder / f"v{version}").write_text("".join(rows))


def stored(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def run(*command, cwd):
    begin = time.monotonic()
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begin


def measure(label, program, source, name, store, work):
    repository = work / label
    run("git", "init", "-q", str(repository), cwd=work)
    if label.startswith("git-lfs"):
        run("git", "lfs", "install", "--local", cwd=repository)
        (repository / ".gitattributes").write_text(f"{name} filter=lfs diff=lfs merge=lfs -text\n")
    adds = []
    for version in sorted(source.iterdir()):
        shutil.copyfile(version, repository / name)
        adds.append(run(program, "add", ".", cwd=repository))
        run(program, "commit", "-qm", version.name, cwd=repository)
    (repository / name).unlink()
    restore = run(program, "checkout", "--", name, cwd=repository)
    switch = run(program, "checkout", "-q", "HEAD~1", cwd=repository)
    return adds, restore, switch, stored(repository / ".git" / store)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nacre")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--keep")
    options = parser.parse_args()
    nacre = os.path.abspath(options.nacre)
    os.environ["PATH"] = os.path.dirname(nacre) + ":" + os.environ["PATH"]
    work = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="nacre-large-"))
    work.mkdir(exist_ok=True)
    sets = [("model.safetensors", models, options.size << 20), ("table.csv", tables, (options.size << 20) // 2)]
    for name, make, size in sets:
        source = work / f"source-{name}"
        if not source.exists():
            source.mkdir()
            make(source, size)
        for label, program, store in [("nacre", nacre, "nacre/chunks"), ("git-lfs", "git", "lfs/objects")]:
            adds, restore, switch, space = measure(f"{label}-{name}", program, source, name, store, work)
            print(
                f"{name} {label}: first add {adds[0]:.2f} s, later {sum(adds[1:]) / len(adds[1:]):.2f} s, "
                f"checkout {restore:.2f} s, switch {switch:.2f} s, stored {space / 1e6:.1f} MB",
                flush=True,
            )
    if not options.keep:
        shutil.rmtree(work)


main()
