#!/usr/bin/env python3
"""Experiments side by side with MLflow's SQLite store and DVC, where they are installed.

    experiments.py [--nacre NACRE] [--experiments N] [--dvc-experiments N] [--files N] [--stages N] [--mebibytes N]

Everything is made in a temporary directory. MLflow and DVC are found in the Python that runs this (a virtual environment with
`mlflow-skinny sqlalchemy alembic dvc` will do); what is not there is left out. MLflow is timed inside the process, without
its start; nacre and DVC as whole commands. `dvc exp show` takes time in proportion to the experiments and is measured on fewer.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def run(command, cwd, check=True):
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.communicate()
    if check and process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}: {errors.decode(errors='replace')}")
    return time.monotonic() - start, output


def median(command, cwd, turns=5):
    run(command, cwd)
    return statistics.median(run(command, cwd)[0] for _ in range(turns))


def repository(folder):
    folder.mkdir()
    run(["git", "init", "-q", "-b", "main"], folder)
    return folder


def values(number):
    source = random.Random(number)
    return {"lr": round(source.random(), 4), "layers": number % 8, "seed": number}, {
        "accuracy": round(source.random(), 6), "loss": round(source.random() * 3, 6)}


def fill(folder, count, ref):
    """Commits with parameters and metrics on top of one base, each below its own ref, written by fast-import."""
    process = subprocess.Popen(["git", "fast-import", "--quiet", "--force"], cwd=folder, stdin=subprocess.PIPE)

    def data(text):
        return f"data {len(text.encode())}\n{text}\n"

    who = "committer bench <bench@example.com> 1700000000 +0000\n"
    write = process.stdin.write
    write(("commit refs/heads/main\nmark :1\n" + who + data("base")
           + "M 100644 inline params.yaml\n" + data("lr: 0.1\n")
           + "M 100644 inline dvc.yaml\n" + data("params: [params.yaml]\nmetrics: [metrics.json]\n")).encode())
    for number in range(count):
        parameters, metrics = values(number)
        message = f"run-{number}: python train.py\n\nNacre-Run: {number:032x}\nNacre-Status: succeeded\n"
        text = "".join(f"{key}: {value}\n" for key, value in parameters.items())
        write((f"commit {ref(number)}\n" + who.replace("1700000000", str(1700000000 + number)) + data(message) + "from :1\n"
               + "M 100644 inline params.yaml\n" + data(text)
               + "M 100644 inline metrics.json\n" + data(json.dumps(metrics))).encode())
    process.stdin.close()
    if process.wait() != 0:
        sys.exit("git fast-import failed")
    run(["git", "reset", "-q", "--hard", "main"], folder)
    run(["git", "pack-refs", "--all"], folder)


def mlflow_search(work, count):
    try:
        import mlflow
        from sqlalchemy import text
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    except ImportError as error:
        print(f"  mlflow: left out ({error})")
        return None
    import logging

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    uri = f"sqlite:///{work}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("bench")
    store = SqlAlchemyStore(uri, str(work / "artifacts"))
    runs, parameters, metrics = [], [], []
    for number in range(count):
        run_id = f"{number:032x}"
        chosen, measured = values(number)
        runs.append({
            "run_uuid": run_id, "name": f"run-{number}", "source_type": "UNKNOWN", "source_name": "", "entry_point_name": "",
            "user_id": "bench", "status": "FINISHED", "start_time": number, "end_time": number, "source_version": "",
            "lifecycle_stage": "active", "artifact_uri": "", "experiment_id": int(experiment)})
        parameters += [{"key": k, "value": str(v), "run_uuid": run_id} for k, v in chosen.items()]
        metrics += [{"key": k, "value": v, "timestamp": 0, "run_uuid": run_id, "step": 0, "is_nan": False}
                    for k, v in measured.items()]
    with store.engine.begin() as connection:
        for table, rows in (("runs", runs), ("params", parameters), ("metrics", metrics), ("latest_metrics", metrics)):
            columns = ", ".join(rows[0])
            places = ", ".join(":" + name for name in rows[0])
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), rows)

    def search():
        start = time.monotonic()
        found = client.search_runs([experiment], order_by=["metrics.accuracy DESC"], max_results=count)
        assert len(found) == count, len(found)
        return time.monotonic() - start

    search()
    return statistics.median(search() for _ in range(3))


def dvc():
    found = pathlib.Path(sys.executable).parent / "dvc"
    return str(found) if found.exists() else shutil.which("dvc")


def report(title, ours, theirs=None, name="", goal=""):
    text = f"{title}: nacre {ours * 1000:.0f} ms"
    if theirs is not None:
        text += f", {name} {theirs * 1000:.0f} ms, ratio {ours / theirs:.3f}"
    print(text + (f" (goal {goal})" if goal else ""), flush=True)


def listing(nacre, work, options):
    folder = repository(work / "experiments")
    count = options.experiments
    fill(folder, count, lambda number: f"refs/experiments/run-{number}")
    first, _ = run([nacre, "experiment", "list", "--sort", "accuracy", "--csv"], folder)
    report(f"experiment list of {count}, first time", first)
    listed = median([nacre, "experiment", "list", "--sort", "accuracy", "--csv"], folder)
    names = [f"run-{number}" for number in range(min(count, 1000))]
    compared = median([nacre, "experiment", "compare", *names, "--csv"], folder)
    searched = mlflow_search(work, count)
    report(f"experiment list of {count}", listed, searched, "search_runs", "0.1 ×")
    report(f"experiment compare of {len(names)}", compared, searched, f"search_runs of {count}")
    if dvc():
        fewer = options.dvc_experiments
        other = repository(work / "dvc-experiments")
        fill(other, fewer, lambda number: f"refs/heads/exp-{number}")
        run([dvc(), "init", "-q"], other)
        base = run(["git", "rev-parse", "main"], other)[1].decode().strip()
        for number in range(fewer):
            name = f"refs/exps/{base[:2]}/{base[2:]}/exp-{number}"
            run(["git", "update-ref", name, f"exp-{number}"], other)
        shown, _ = run([dvc(), "exp", "show", "--csv"], other)
        report(f"per experiment, of {fewer} for DVC", listed / count, shown / fewer, "dvc exp show", "0.1 ×")


def overhead(nacre, work, options):
    folder = repository(work / "files")
    for number in range(options.files):
        place = folder / f"d{number // 500}"
        place.mkdir(exist_ok=True)
        (place / f"f{number}.txt").write_text(f"{number}\n")
    run([nacre, "add", "."], folder)
    run([nacre, "commit", "-qm", "files"], folder)
    time.sleep(1.1)
    run([nacre, "status"], folder)
    bare = median(["true"], folder)
    ours = median([nacre, "run", "-q", "--", "true"], folder)
    print(f"run over the bare command, {options.files} files: {(ours - bare) * 1000:.0f} ms (goal 150 ms)", flush=True)


def pipeline(nacre, work, options):
    stages = "".join(
        f"  s{n}:\n    cmd: cp in{n}.txt out{n}.txt\n    deps: [in{n}.txt]\n    outs: [out{n}.txt]\n" for n in range(options.stages))
    times = {}
    for name in ("nacre", "dvc"):
        if name == "dvc" and not dvc():
            continue
        folder = repository(work / f"pipeline-{name}")
        for number in range(options.stages):
            (folder / f"in{number}.txt").write_text(f"{number}\n" * 100)
        (folder / "dvc.yaml").write_text("stages:\n" + stages)
        if name == "dvc":
            run([dvc(), "init", "-q"], folder)
        run(["git", "add", "."], folder)
        run(["git", "commit", "-qm", "pipeline"], folder)
        command = [nacre, "run", "-q"] if name == "nacre" else [dvc(), "repro", "-q"]
        if name == "nacre":
            run([nacre, "run", "-q", "--commit", "-m", "outputs"], folder)
            time.sleep(1.1)
        times[name] = median(command, folder, 3)
    report(f"pipeline of {options.stages} stages of which none changed", times["nacre"], times.get("dvc"), "dvc repro", "0.1 ×")


def snapshot(nacre, work, options):
    times = []
    for size in (0, options.mebibytes):
        folder = repository(work / f"model-{size}")
        (folder / "train.py").write_text("pass\n")
        with open(folder / "model.safetensors", "wb") as file:
            for _ in range(size or 2):
                file.write(os.urandom(1 << 20))
        run([nacre, "add", "."], folder)
        run([nacre, "commit", "-qm", "model"], folder)
        time.sleep(1.1)
        run([nacre, "status"], folder)
        times.append(median([nacre, "run", "-q", "--", "true"], folder))
    print(f"snapshot of an unchanged model of {options.mebibytes} MiB: {(times[1] - times[0]) * 1000:.0f} ms more than of 2 MiB; "
          f"{times[1] * 1000:.0f} ms in all (goal 50 ms)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nacre", default=".build/release/nacre")
    parser.add_argument("--experiments", type=int, default=10_000)
    parser.add_argument("--dvc-experiments", type=int, default=100)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--stages", type=int, default=100)
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--rows", default="listing,overhead,pipeline,snapshot")
    options = parser.parse_args()
    nacre = os.path.abspath(options.nacre)
    for role in ("AUTHOR", "COMMITTER"):
        os.environ[f"GIT_{role}_NAME"] = os.environ[f"GIT_{role}_EMAIL"] = "bench@example.com"
    work = pathlib.Path(tempfile.mkdtemp(prefix="nacre-experiments-"))
    try:
        for row in options.rows.split(","):
            {"listing": listing, "overhead": overhead, "pipeline": pipeline, "snapshot": snapshot}[row](nacre, work, options)
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
