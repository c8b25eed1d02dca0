"""Clone, fetch and push over loopback HTTP: nacre and nacre-server beside git and `git http-backend` behind lighttpd."""

import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import large
from pairs import Report, Run


def environment(home):
    """A home of its own and a fixed identity, so that both programs see the same settings."""
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = B\n\temail = b@example.com\n[gc]\n\tauto = 0\n[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n")
    variables = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return variables | {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}


def cpu_seconds(pid):
    """User and system seconds of a process, of those that it waited for, and of its children that run."""
    total = 0.0
    for task in pathlib.Path("/proc").iterdir():
        if not task.name.isdigit():
            continue
        try:
            fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(task.name) == pid or int(fields[1]) == pid:
            total += sum(int(fields[index]) for index in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")
    return total


def peak_megabytes(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


class Lighttpd:
    """`git http-backend` as a CGI program."""

    def __init__(self, root, folder, variables):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        backend = subprocess.check_output(["git", "--exec-path"], text=True).strip() + "/git-http-backend"
        config = root / "lighttpd.conf"
        config.write_text(f'''server.document-root = "{root}"
server.port = {port}
server.bind = "127.0.0.1"
server.modules = ("mod_alias", "mod_setenv", "mod_cgi")
server.stream-response-body = 2
server.stream-request-body = 2
alias.url = ("/" => "{backend}/")
cgi.assign = ("" => "")
setenv.add-environment = ("GIT_PROJECT_ROOT" => "{folder}", "GIT_HTTP_EXPORT_ALL" => "1", "REMOTE_USER" => "b",
    "HOME" => "{variables["HOME"]}")
''')
        self.process = subprocess.Popen(["lighttpd", "-D", "-f", config], env=variables)
        self.url = f"http://127.0.0.1:{port}/r.git"
        wait_for(port)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class NacreServer:
    """A server of our own with one user who may do everything."""

    def __init__(self, program, folder, variables):
        self.process = subprocess.Popen(
            [program, "serve", "--root", folder, "--listen", "127.0.0.1:0", "--requests-per-minute", "0"], env=variables,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        address = self.process.stdout.readline().split()[-1]
        run = lambda *words: subprocess.check_output([program, *words, "--root", folder], env=variables, text=True)
        run("user", "add", "b", "--admin")
        token = re.search(r"\S{20,}", run("token", "create", "b"))[0]
        self.url = address.replace("http://", f"http://b:{token}@") + "/b/r"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Counter:
    """Passes connections on to a port and counts the bytes, so that both sides are measured on the wire."""

    def __init__(self, port):
        self.port, self.up, self.down = port, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.own = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.port))
            threading.Thread(target=self.carry, args=(client, server, "up"), daemon=True).start()
            threading.Thread(target=self.carry, args=(server, client, "down"), daemon=True).start()

    def carry(self, source, target, direction):
        try:
            while piece := source.recv(1 << 18):
                setattr(self, direction, getattr(self, direction) + len(piece))
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            target.close()

    def url(self, other):
        return re.sub(r":\d+/", f":{self.own}/", other, count=1)


def wait_for(port):
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit("the web server did not start")


def generate(place, commits, variables):
    """A history by fast-import: each commit changes a few of some hundred files."""
    chance = random.Random(7)
    stream = []
    for number in range(commits):
        stream.append(f"commit refs/heads/main\ncommitter B <b@example.com> {1600000000 + number} +0000\ndata 2\nc\n")
        for _ in range(3):
            text = " ".join(chance.choices("alpha beta gamma delta epsilon".split(), k=chance.randint(20, 200)))
            stream.append(f"M 100644 inline d{chance.randint(0, 20)}/f{chance.randint(0, 30)}\ndata {len(text)}\n{text}\n")
    subprocess.run(["git", "init", "-q", "--bare", place], env=variables, check=True)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=place, env=variables, input="".join(stream), text=True, check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nacre", required=True)
    parser.add_argument("--server", help="nacre-server; beside nacre where it is not named")
    parser.add_argument("--small", action="store_true", help="small data, one run: for the exit code only")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--history", default=os.environ.get("HISTORY"), help="a real repository with a long history")
    options = parser.parse_args()
    options.nacre = str(pathlib.Path(options.nacre).resolve())
    options.server = str(pathlib.Path(options.server).resolve()) if options.server else str(pathlib.Path(options.nacre).with_name("nacre-server"))
    root = pathlib.Path(tempfile.mkdtemp(prefix="nacre-remote-"))
    try:
        measure(options, root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def measure(options, root):
    variables = environment(root / "home")
    source = root / "source.git"
    if options.history:
        subprocess.run(["git", "clone", "-q", "--bare", "--no-local", options.history, source], env=variables, check=True)
    else:
        generate(source, 300 if options.small else 80_000, variables)
    subprocess.run(["git", "repack", "-q", "-a", "-d", "--write-bitmap-index"], cwd=source, env=variables, check=True)
    subprocess.run(["git", "commit-graph", "write", "--reachable"], cwd=source, env=variables, check=True)
    ours, theirs = root / "ours" / "b" / "r.git", root / "theirs" / "r.git"
    for place in (ours, theirs):
        shutil.copytree(source, place)
        subprocess.run(["git", "config", "http.receivepack", "true"], cwd=place, check=True)
    servers = {"ours": NacreServer(options.server, root / "ours", variables), "theirs": Lighttpd(root, root / "theirs", variables)}
    try:
        rows(options, root, variables, servers, 1 if options.small else options.runs)
        fifty(options, root, variables, servers["ours"])
        checkpoints(options, root, variables, servers["ours"])
        random_file(options, root, variables, servers["ours"])
    finally:
        for server in servers.values():
            server.stop()


def rows(options, root, variables, servers, runs):
    report = Report()
    print(report.HEADER)
    target = root / "clone"

    def clone(program, side):
        return Run([program, "clone", "-q", "--bare", servers[side].url, target], root, variables)

    def clear(_):
        shutil.rmtree(target, ignore_errors=True)

    before = {side: cpu_seconds(server.process.pid) for side, server in servers.items()}
    report.pair("clone, nacre from nacre-server", 0.8, lambda: clone(options.nacre, "ours"), lambda: clone("git", "theirs"), runs, clear)
    spent = {side: cpu_seconds(server.process.pid) - before[side] for side, server in servers.items()}
    print(f"server CPU seconds: {spent['ours']:.2f} and {spent['theirs']:.2f} (goal 0.7 ×)")
    report.pair("clone, git from nacre-server", 1.0, lambda: clone("git", "ours"), lambda: clone("git", "theirs"), runs, clear)
    works = {}
    for side, program in (("ours", options.nacre), ("theirs", "git")):
        works[side] = (program, root / f"work-{side}", root / f"other-{side}")
        for place in works[side][1:]:
            subprocess.run(["git", "clone", "-q", servers[side].url, place], env=variables, check=True)

    def commit(place):
        subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "one"], cwd=place, env=variables, check=True)

    def new_commit_there(side):
        other = works[side][2]
        commit(other)
        subprocess.run(["git", "push", "-q"], cwd=other, env=variables, check=True)

    def act(side, *words):
        return Run([works[side][0], *words], works[side][1], variables)

    report.pair("fetch of one commit", 0.8, lambda: act("ours", "fetch", "-q"), lambda: act("theirs", "fetch", "-q"), runs, new_commit_there)
    for side in works:
        subprocess.run(["git", "reset", "-q", "--hard", "@{upstream}"], cwd=works[side][1], env=variables, check=True)
    report.pair("push of one commit", 0.8, lambda: act("ours", "push", "-q"), lambda: act("theirs", "push", "-q"), runs,
                lambda side: commit(works[side][1]))
    count = 1000 if options.small else 100_000
    for place in (root / "ours/b/r.git", root / "theirs/r.git"):
        ask = lambda *words: subprocess.check_output(["git", *words], cwd=place, env=variables, text=True).strip()
        head, branch = ask("rev-parse", "HEAD"), ask("symbolic-ref", "HEAD")
        lines = "".join(f"{head} refs/tags/t{number:06}\n" for number in range(count))
        (place / "packed-refs").write_text("# pack-refs with: peeled fully-peeled sorted \n" + f"{head} {branch}\n" + lines)
    report.pair(f"ls-remote of {count} refs by git", 0.8, lambda: Run(["git", "ls-remote", servers["ours"].url], root, variables),
                lambda: Run(["git", "ls-remote", servers["theirs"].url], root, variables), runs)


def fifty(options, root, variables, server):
    """Fifty clones at once: none may fail, and the server must not grow."""
    count = 5 if options.small else 50
    failures = []

    def clone(number):
        command = ["git", "clone", "-q", "--bare", "--single-branch", server.url, root / f"many{number}"]
        if subprocess.run(command, env=variables, stderr=subprocess.DEVNULL).returncode != 0:
            failures.append(number)

    threads = [threading.Thread(target=clone, args=(number,)) for number in range(count)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{count} clones at once: {time.perf_counter() - start:.1f} s, {len(failures)} failed, "
          f"server's peak {peak_megabytes(server.process.pid):.0f} MB (goal 500)")
    if failures:
        sys.exit("a clone failed")


def checkpoints(options, root, variables, server):
    """Five versions of a checkpoint, a quarter of whose tensors moves each time: bytes on the wire, nacre and git-lfs to one server."""
    size = (4 if options.small else 256) << 20
    sides = {}
    for side, program in (("ours", options.nacre), ("theirs", "git")):
        work = root / f"checkpoints-{side}"
        counter = Counter(int(re.search(r":(\d+)/", server.url)[1]))
        remote = counter.url(server.url).rsplit("/", 1)[0] + f"/checkpoints-{side}"
        subprocess.run([program, "init", "-q", work], env=variables, check=True)
        subprocess.run([program, "remote", "add", "origin", remote], cwd=work, env=variables, check=True)
        if side == "theirs":
            subprocess.run(["git", "lfs", "install", "--local"], cwd=work, env=variables, check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["git", "lfs", "track", "*.safetensors"], cwd=work, env=variables, check=True, stdout=subprocess.DEVNULL)
        sides[side] = (program, work, counter, remote)
    file = root / "model.safetensors"
    for version in large.model(file, size, 5, 0.25):
        for program, work, _, _ in sides.values():
            shutil.copy(file, work)
            subprocess.run([program, "add", "."], cwd=work, env=variables, check=True, stderr=subprocess.DEVNULL)
            subprocess.run([program, "commit", "-q", "-m", "version"], cwd=work, env=variables, check=True)

    def program_words(program):
        # git-lfs's filter is the user's setting; nacre needs none.
        return ["git", "-c", "filter.lfs.smudge=git-lfs smudge -- %f", "-c", "filter.lfs.process=git-lfs filter-process", "-c",
                "filter.lfs.required=true"] if program == "git" else [program]

    def measure_bytes(title, goal, command):
        moved = {}
        for side, (program, work, counter, remote) in sides.items():
            before = counter.up + counter.down
            words, place = command(side, program, work, remote)
            subprocess.run(words, cwd=place, env=variables, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.2)
            moved[side] = (counter.up + counter.down - before) / 1e6
        print(f"{title}: {moved['ours']:.1f} and {moved['theirs']:.1f} MB, {moved['ours'] / moved['theirs']:.2f} (goal {goal} ×)", flush=True)

    measure_bytes("push of five versions of a checkpoint", 0.25,
                  lambda side, program, work, remote: ([program, "push", "-q", "origin", "HEAD:main"], work))
    measure_bytes("clone of its tip", 1.0,
                  lambda side, program, work, remote: ([*program_words(program), "clone", "-q", "-b", "main", remote, root / f"tip-{side}"], root))
    for side, (program, work, counter, remote) in sides.items():
        subprocess.run(["git", "clone", "-q", "-b", "main", "--no-checkout", remote, root / f"all-{side}"], env=variables, check=True)
    measure_bytes("fetch of all versions", 0.25,
                  lambda side, program, work, remote: ([program, *(["lfs", "fetch"] if program == "git" else ["large", "fetch"]), "--all"], root / f"all-{side}"))


def random_file(options, root, variables, server):
    """Random bytes by stock git-lfs to nacre-server, against what nginx takes to store the same PUT."""
    size = (8 if options.small else 2048) << 20
    place = root / "nginx"
    (place / "files").mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    temporary = "".join(f"{name}_temp_path {place}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (place / "nginx.conf").write_text(f"""user root; daemon off; pid {place}/pid; error_log {place}/error.log; events {{}}
http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port}; root {place}/files; client_max_body_size 0;
    location / {{ dav_methods PUT; }} }} }}
""")
    nginx = subprocess.Popen(["nginx", "-p", place, "-c", place / "nginx.conf", "-e", place / "error.log"], env=variables)
    wait_for(port)
    work = root / "random"
    remote = server.url.rsplit("/", 1)[0] + "/random"
    subprocess.run(["git", "init", "-q", work], env=variables, check=True)
    subprocess.run(["git", "lfs", "install", "--local"], cwd=work, env=variables, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["git", "lfs", "track", "*.bin"], cwd=work, env=variables, check=True, stdout=subprocess.DEVNULL)
    with open(work / "r.bin", "wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))
    subprocess.run(["git", "add", "."], cwd=work, env=variables, check=True)
    subprocess.run(["git", "commit", "-q", "-m", "random"], cwd=work, env=variables, check=True)
    subprocess.run(["git", "remote", "add", "origin", remote], cwd=work, env=variables, check=True)
    ours = Run(["git", "push", "-q", "origin", "HEAD:main"], work, variables)
    theirs = Run(["curl", "-sSf", "-T", work / "r.bin", f"http://127.0.0.1:{port}/r.bin"], work, variables)
    nginx.terminate()
    nginx.wait()
    print(f"{size >> 20} MiB of random bytes: {ours.seconds:.2f} s by git-lfs to nacre-server, {theirs.seconds:.2f} s by curl to nginx, "
          f"{ours.seconds / theirs.seconds:.2f} (goal 1.5 ×)", flush=True)


if __name__ == "__main__":
    main()
