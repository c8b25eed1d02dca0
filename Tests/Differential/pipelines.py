"""Runs pipelines by DVC and by us: the same stages in the same order, the same files, the same answers in JSON.

    Tests/Differential/dvc.sh [--nacre PROGRAM] [--random N] [--only NAME]

Each case is a repository, and edits between one run and the next. DVC stands in the same virtual environment as this file's Python.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import dvc.cli
import dvc.commands.repro
import dvc.repo
import dvc.repo.reproduce

HIDDEN = {".git", ".dvc"}
OWN = {"dvc.lock", "nacre.lock", ".gitignore", ".dvcignore"}

CASES = {
    "foreach": (
        {
            "params.yaml": "models:\n  us: {n: 1, name: 'a b'}\n  uk: {n: 2, name: c}\nlist: [x, 3, 0.5, true]\n",
            "dvc.yaml": """
stages:
  each:
    foreach: ${models}
    do:
      cmd: echo ${key} ${item.n} "${item.name}" > k-${key}.txt
      params: ["models.${key}.n"]
      outs: ["k-${key}.txt"]
  simple:
    foreach: ${list}
    do:
      cmd: echo ${item} > s-${item}.txt
      outs: ["s-${item}.txt"]
  written:
    foreach: [p, q]
    do:
      cmd: cat k-us.txt > w-${item}.txt
      deps: [k-us.txt]
      outs: ["w-${item}.txt"]
  composite:
    foreach: [{a: 1, b: [1, 2]}, {a: 2, b: [3, 4]}]
    do:
      cmd: echo ${item.a} ${item.b[1]} > c-${item.a}.txt
      outs: ["c-${item.a}.txt"]
""",
        },
        ["sed -i 's/n: 2/n: 5/' params.yaml", "echo more >> s-x.txt", "rm k-us.txt"],
    ),
    "matrix": (
        {
            "params.yaml": "sizes: [1, 2]\nmodels: [{name: cnn, k: 3}, {name: xgb, k: 4}]\n",
            "dvc.yaml": """
stages:
  mat:
    matrix: {model: [cnn, xgb], size: "${sizes}"}
    cmd: echo ${item.model} ${item.size} ${key} > m-${item.model}-${item.size}.txt
    outs: ["m-${item.model}-${item.size}.txt"]
  comp:
    matrix: {model: "${models}", f: [true, 1.5]}
    cmd: echo ${item.model.name} ${item.f} ${item.model.k} > d-${item.model.name}-${item.f}.txt
    deps: [m-cnn-1.txt]
    outs: ["d-${item.model.name}-${item.f}.txt"]
""",
        },
        ["sed -i 's/k: 4/k: 5/' params.yaml", "sed -i 's/sizes: .1, 2./sizes: [2, 3]/' params.yaml"],
    ),
    "vars": (
        {
            "params.yaml": "lr: 0.1\nname: base\ndeep: {a: {b: [10, 20]}}\n",
            "extra.yaml": "greet: hello\nother: {x: 7, y: 8}\nunused: 1\n",
            "more.json": '{"flag": true, "nothing": null, "big": 1e20, "text": "a b"}',
            "third.toml": "[t]\nv = 3\nf = 1.0\n",
            "dvc.yaml": """
vars:
- extra.yaml:greet,other
- more.json
- third.toml
- own: {v: 3, s: plain}
stages:
  first:
    vars: [{local: {p: 1}}]
    cmd: echo ${greet} ${other.x} ${own.v} ${flag} ${big} ${t.v} ${t.f} ${local.p} ${deep.a.b[1]} > a.txt
    params: [lr, {extra.yaml: [greet, other.y]}]
    outs: [a.txt]
  second:
    cmd:
    - echo ${lr} > b.txt
    - echo two \\${not} '${text}' >> b.txt
    deps: [a.txt]
    params: [{third.toml: [t.v]}]
    outs: [b.txt]
""",
        },
        ["sed -i 's/y: 8/y: 9/' extra.yaml", "sed -i 's/v = 3/v = 4/' third.toml", "sed -i 's/hello/hi/' extra.yaml"],
    ),
    "dictionaries": (
        {
            "params.yaml": "train: {batch: 8, on: true, off: false, layers: [3, 4], name: 'a b', deep: {k: 1.5, e: 1e-5}}\n",
            "dvc.yaml": """
stages:
  flat:
    cmd: echo ${train} > t.txt
    params: [train.batch, train.deep]
    outs: [t.txt]
""",
        },
        ["sed -i 's/batch: 8/batch: 16/' params.yaml", "sed -i 's/k: 1.5/k: 2.0/' params.yaml"],
    ),
    "keys": (
        {
            "params.yaml": "a: 1\n",
            "in/a.txt": "a\n",
            "never.txt": "kept\n",
            "in/b/c.txt": "c\n",
            "sub/data.txt": "sub\n",
            "dvc.yaml": """
stages:
  always:
    cmd: echo again >> count.txt
    always_changed: true
    outs: [{count.txt: {persist: true}}]
  keeps:
    cmd: echo line >> log.txt
    deps: [params.yaml]
    outs: [{log.txt: {persist: true, cache: false, desc: "a log", type: text, labels: [x], meta: {k: v}}}]
    desc: "appends"
    meta: {owner: me}
  frozen:
    cmd: echo never > never.txt
    deps: [in]
    outs: [{never.txt: {push: false, cache: false}}]
    frozen: true
  below:
    wdir: sub
    cmd: cat data.txt ../in/a.txt > out.txt && echo "$(basename "$PWD")" >> out.txt
    deps: [data.txt, ../in/a.txt]
    params: [../params.yaml: [a]]
    outs: [out.txt]
  folder:
    cmd: mkdir -p made && cp -r in/. made && echo '{"n":1}' > m.json
    deps: [in]
    outs: [made]
    metrics: [{m.json: {cache: false}}]
  after:
    cmd: ls made > list.txt
    deps: [made/b]
    outs: [list.txt]
  callback:
    cmd: "true"
""",
        },
        ["echo b >> in/b/c.txt", "sed -i 's/a: 1/a: 2/' params.yaml", "echo x > in/new.txt", "rm made/a.txt"],
    ),
    "metrics": (
        {
            "params.yaml": "lr: 0.1\nbatch: 32\nlayers: [1, 2]\nopt: {name: adam, beta: [0.9, 0.999]}\nflag: true\n",
            "train.sh": 'lr=$(sed -n "s/^lr: //p" params.yaml)\n'
            'echo "{\\"acc\\": $lr, \\"deep\\": {\\"x\\": {\\"y\\": 3}}, \\"note\\": \\"s\\", \\"list\\": [1, 2]}" > metrics.json\n'
            'printf "step,loss\\n0,1\\n1,$lr\\n" > loss.csv\n'
            'echo "f1: $lr" > scores.yaml\n',
            "dvc.yaml": """
stages:
  train:
    cmd: sh train.sh
    deps: [train.sh]
    params: [lr, opt]
    metrics: [metrics.json: {cache: false}, scores.yaml: {cache: false}]
    plots: [loss.csv: {cache: false, x: step, y: loss}]
params: [params.yaml]
""",
        },
        [
            "sed -i 's/lr: 0.1/lr: 0.30000000000000004/' params.yaml",
            "sed -i 's/lr: .*/lr: 1e-3/; s/adam/sgd/; s/layers: .1, 2./layers: [1, 2, 3]/' params.yaml",
            "sed -i 's/lr: .*/lr: 5/; s/flag: true/flag: false/' params.yaml; sed -i '/batch/d' params.yaml",
        ],
    ),
    "several files": (
        {
            "params.yaml": "a: 1\n",
            "data.txt": "one\n",
            "dvc.yaml": "stages:\n  top:\n    cmd: cat data.txt > top.txt\n    deps: [data.txt]\n    outs: [top.txt]\n",
            "below/params.yaml": "a: 5\n",
            "below/dvc.yaml": "stages:\n  low:\n    cmd: cat ../top.txt > low.txt; echo ${a} >> low.txt\n    deps: [../top.txt]\n    params: [a]\n    outs: [low.txt]\n",
        },
        ["echo two >> data.txt", "sed -i 's/5/6/' below/params.yaml"],
    ),
    "commands": (
        {
            "dvc.yaml": """
stages:
  lines:
    cmd: |
      echo "$DVC_STAGE" > one.txt
      echo two >> one.txt
    outs: [one.txt]
  folded:
    cmd: >-
      echo a
      b
      c > two.txt
    deps: [one.txt]
    outs: [two.txt]
  quotes:
    cmd: 'printf "%s|" "a b" c\\ d > three.txt'
    deps: [two.txt]
    outs: [three.txt]
"""
        },
        ["echo x > one.txt", "sed -i 's/echo two/echo three/' dvc.yaml", "sed -i 's/      b/      bb/' dvc.yaml"],
    ),
    "failure": (
        {
            "params.yaml": "x: 0\n",
            "dvc.yaml": """
stages:
  first: {cmd: "echo 1 > 1.txt", outs: [1.txt]}
  broken: {cmd: "exit ${x}", deps: [1.txt], params: [x]}
  last: {cmd: "cp 1.txt 2.txt", deps: [1.txt], outs: [2.txt]}
""",
        },
        ["sed -i 's/x: 0/x: 3/' params.yaml", "sed -i 's/x: 3/x: 0/' params.yaml"],
    ),
}


def generated(seed):
    """A pipeline of stages that read each other's outputs at random."""
    pick = random.Random(seed)
    values = {f"p{index}": pick.choice([1, 2.5, True, "word", "two words", [1, 2], {"k": 3, "m": {"n": 4}}]) for index in range(5)}
    stages, made = [], ["data.txt"]
    for index in range(pick.randint(4, 9)):
        name = f"s{index}"
        deps = pick.sample(made, min(len(made), pick.randint(1, 3)))
        keys = pick.sample(sorted(values), pick.randint(0, 2))
        reads = " ".join(deps)
        kind = pick.choice(["plain", "plain", "foreach", "mapping", "matrix"])
        head = {"plain": "", "foreach": "    foreach: [a, b]\n    do:\n", "mapping": "    foreach: {u: {v: 1}, w: {v: 2}}\n    do:\n",
                "matrix": "    matrix: {m: [x, y], n: [1, 2]}\n"}[kind]
        inner = "      " if kind in ("foreach", "mapping") else "    "
        suffix = {"plain": "", "foreach": "-${item}", "mapping": "-${key}", "matrix": "-${item.m}-${item.n}"}[kind]
        extra = {"plain": "", "foreach": "${item}", "mapping": "${item.v}", "matrix": "${item.m}"}[kind]
        text = f"  {name}:\n{head}{inner}cmd: (cat {reads}; echo {extra} ${{p0}}) | cksum > {name}{suffix}.txt\n"
        if not isinstance(values["p0"], (int, float, str)):
            text = text.replace(" ${p0}", "")
        text += f"{inner}deps: [{', '.join(deps)}]\n{inner}outs: ['{name}{suffix}.txt']\n"
        if keys:
            text += f"{inner}params: [{', '.join(keys)}]\n"
        if pick.random() < 0.15:
            text += f"{inner}always_changed: true\n"
        stages.append(text)
        made += {"plain": [f"{name}.txt"], "foreach": [f"{name}-a.txt", f"{name}-b.txt"], "mapping": [f"{name}-u.txt", f"{name}-w.txt"],
                 "matrix": [f"{name}-{m}-{n}.txt" for m in "xy" for n in "12"]}[kind]
    pick.shuffle(stages)
    files = {"params.yaml": "".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items()), "data.txt": "data\n",
             "dvc.yaml": "stages:\n" + "".join(stages)}
    edits = ["echo more >> data.txt", f"rm {pick.choice(made[1:])}", f"echo changed > {pick.choice(made[1:])}",
             f"sed -i 's/^p{pick.randint(0, 4)}: .*/p0: 9/' params.yaml"]
    return files, pick.sample(edits[:3], 2)


def call(words, folder, environment):
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


def call_dvc(words, folder, environment):
    """DVC in a child of this process, which has loaded it already: starting it anew takes more than a second."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            code = 255
            try:
                os.chdir(folder)
                os.environ.clear()
                os.environ.update(environment)
                os.dup2(output.fileno(), 1)
                os.dup2(errors.fileno(), 2)
                sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)
                code = dvc.cli.main(words) or 0
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(
            words, os.waitstatus_to_exitcode(status), output.read().decode(), errors.read().decode())


def must(words, folder, environment):
    result = call(words, folder, environment)
    if result.returncode != 0:
        sys.exit(f"{' '.join(words)}: {result.stdout}{result.stderr}")
    return result


def files_of(root):
    found = {}
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name not in HIDDEN]
        for name in files:
            if name not in OWN:
                path = pathlib.Path(folder, name)
                found[str(path.relative_to(root))] = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return found


def stages_of(text):
    return re.findall(r"^Running stage '([^']+)'", text, re.M)


def answer(result):
    try:
        return json.loads(result.stdout)
    except ValueError:
        return f"no JSON: {result.stdout}{result.stderr}"


class Comparison:
    def __init__(self, nacre, place):
        self.nacre = nacre
        self.place = place
        self.failures = []
        home = place / "home"
        home.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C", "SHELL": "/bin/sh", "DVC_NO_ANALYTICS": "1",
                            "GIT_CONFIG_NOSYSTEM": "1"}
        (home / ".gitconfig").write_text("[user]\n\tname = A\n\temail = a@example.com\n[init]\n\tdefaultBranch = main\n")

    def expect(self, label, theirs, ours):
        if theirs != ours:
            self.failures.append(f"{label}\n  dvc:   {theirs}\n  nacre: {ours}")

    def case(self, name, files, edits):
        folders = {}
        for who in ("dvc", "nacre"):
            folder = self.place / f"{name.replace(' ', '-')}-{who}"
            for path, text in files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
            must(["git", "init", "-q", "."], folder, self.environment)
            if who == "dvc":
                call_dvc(["init", "-q"], folder, self.environment)
            must(["git", "add", "-A"], folder, self.environment)
            must(["git", "commit", "-qm", "base"], folder, self.environment)
            folders[who] = folder
        has_failed = False
        for number, edit in enumerate([""] + edits):
            if edit:
                for folder in folders.values():
                    call(["sh", "-c", edit], folder, self.environment)
            label = f"{name}, run {number + 1}" + (f" after '{edit}'" if edit else "")
            theirs = call_dvc(["repro", "--all-pipelines"], folders["dvc"], self.environment)
            nacre = call([self.nacre, "run", "--all-pipelines", "--commit", "-m", f"run {number}"], folders["nacre"], self.environment)
            if (theirs.returncode != 0) != (nacre.returncode != 0):
                self.failures.append(f"{label}: dvc said {theirs.stdout[-300:]}{theirs.stderr[-300:]}; nacre {nacre.stdout[-300:]}{nacre.stderr[-300:]}")
            self.expect(f"{label}: exit code", theirs.returncode != 0, nacre.returncode != 0)
            self.expect(f"{label}: stages", stages_of(theirs.stdout + theirs.stderr), stages_of(nacre.stderr))
            is_compared = theirs.returncode == 0 and nacre.returncode == 0 and not has_failed
            has_failed = nacre.returncode != 0
            if theirs.returncode == 0 and nacre.returncode == 0:
                self.expect(f"{label}: files", files_of(folders["dvc"]), files_of(folders["nacre"]))
            for verb in ("metrics", "params"):
                for words in (["diff", "--json"], ["show", "--json"]) if verb == "metrics" else (["diff", "--json"],):
                    if verb == "metrics" and name != "metrics" or not is_compared:
                        continue
                    # We have committed what ran; DVC's is still to be committed.
                    wanted = answer(call_dvc([verb] + words, folders["dvc"], self.environment))
                    since = ["HEAD~1"] if words[0] == "diff" else []
                    ours = answer(call([self.nacre, verb] + words + since, folders["nacre"], self.environment))
                    if number or words[0] == "show":
                        self.expect(f"{label}: {verb} {' '.join(words)}", wanted, ours)
            must(["git", "add", "-A"], folders["dvc"], self.environment)
            call(["git", "commit", "-qm", f"run {number}"], folders["dvc"], self.environment)
        for folder in folders.values():
            shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nacre", default="nacre")
    parser.add_argument("--random", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only")
    options = parser.parse_args()
    cases = dict(CASES)
    for number in range(options.random):
        cases[f"generated {options.seed + number}"] = generated(options.seed + number)
    with tempfile.TemporaryDirectory() as place:
        comparison = Comparison(str(pathlib.Path(options.nacre).resolve()), pathlib.Path(place))
        for name, (files, edits) in cases.items():
            if options.only in (None, name):
                comparison.case(name, files, edits)
        for failure in comparison.failures:
            print(failure)
        print(f"dvc: {len(cases) if not options.only else 1} pipelines, {len(comparison.failures)} differences")
        sys.exit(1 if comparison.failures else 0)


main()
