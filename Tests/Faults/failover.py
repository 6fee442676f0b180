"""Senders against `fiedler godot serve` on a PostgreSQL cluster whose primary dies or hangs. Started by `cluster`."""

import argparse
import json
import os
import pathlib
import random
import re
import signal
import sys
import threading
import time
from collections import Counter

from cluster import Cluster
from comparison import Local, PostgreSQLRows, compare, run_verify
from programs import MODELS, LogServer, Problem, Process, Sandbox, free_port
from provider import Provider

WORDS = ["why", "does", "the", "primary", "stand", "— schön, 水, 🌊", "\n", '"quoted"', "\\", "twice"]


class Senders:
    """Send all the time, each in conversations of its own."""

    def __init__(self, sandbox: Sandbox, count: int) -> None:
        self.sandbox = sandbox
        self.is_over = threading.Event()
        self.pause = count * 0.1  # seconds, so that more of them do not send more
        self.lock = threading.Lock()
        self.told: list[tuple[str, dict]] = []
        self.problems: list[str] = []
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, sender: int) -> None:
        chance = random.Random(sender)
        conversation, count = None, 0
        while not self.is_over.wait(self.pause):
            count += 1
            text = f"prompt {sender}.{count}: " + " ".join(chance.choices(WORDS, k=chance.randint(3, 40)))
            models = [word for name in chance.sample(MODELS, 2) for word in ("-m", name)]
            again = ["-c", conversation] if conversation and count % 5 else []
            try:
                result = self.sandbox.run("send", "--json", *models, *again, text, seconds=90)
                if result.returncode not in (0, 1, 3):
                    raise Problem(f"exit status {result.returncode}: {result.stderr[-300:]}")
                report = json.loads(result.stdout)
                conversation = report["conversation_id"]
                with self.lock:
                    self.told.append((text, report))
            except Exception as error:  # whatever it is: it is reported, and the load goes on
                self.problems.append(f"sender {sender}: {error!r}")

    def stop(self) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()


class Watcher(threading.Thread):
    """Asks all the time how logging stands, and keeps the words, which are those of the status bar."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(daemon=True)
        self.sandbox = sandbox
        self.is_over = threading.Event()
        self.words: Counter[str] = Counter()
        self.start()

    def run(self) -> None:
        while not self.is_over.wait(2):
            # Its exit status tells what the words do.
            lines = self.sandbox.run("godot", "status").stdout.splitlines()
            self.words[re.sub(r"\d[\d,.:]*", "n", lines[0].removeprefix("state").strip()) if lines else "nothing"] += 1


class Scenario:
    def __init__(
        self, name: str, act, store=lambda cluster: cluster.url(), servers: int = 1, senders: int = 3
    ) -> None:
        self.name, self.act, self.store, self.servers, self.senders = name, act, store, servers, senders

    def run(self, cluster: Cluster, folder: pathlib.Path, fiedler: str, provider: str, seconds: float) -> bool:
        folder.mkdir()
        cluster.new_database(f"godot_{folder.name}")
        ports = [free_port() for _ in range(self.servers)]
        door = ports[0] if self.servers == 1 else free_port()
        sandbox = Sandbox(fiedler, folder / "home", provider, f"ws://127.0.0.1:{door}")
        servers = [LogServer(sandbox, port, self.store(cluster)) for port in ports]
        balancer = None
        senders = None
        try:
            for server in servers:
                server.wait_until_ready()
            if self.servers > 1:
                lines = [f"  server s{port} 127.0.0.1:{port} check" for port in ports]
                (folder / "haproxy.cfg").write_text("\n".join([
                    "defaults", "  mode tcp", "  timeout connect 3s", "  timeout client 10m", "  timeout server 10m",
                    "listen godot", f"  bind 127.0.0.1:{door}", "  option httpchk GET /healthz",
                    "  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions", *lines]) + "\n")
                balancer = Process(["/usr/sbin/haproxy", "-db", "-f", str(folder / "haproxy.cfg")], folder / "haproxy.log")
            senders, watcher = Senders(sandbox, self.senders), Watcher(sandbox)
            time.sleep(seconds / 4)
            self.act(cluster, servers)
            time.sleep(seconds * 3 / 4)
            senders.stop()
            watcher.is_over.set()
            flush = sandbox.run("godot", "flush", "--timeout", "100", seconds=150)
            cluster.mend()
            rows = PostgreSQLRows(cluster)
            verdict = compare(Local(sandbox.data / "fiedler.db"), rows, senders.told)
            if flush.returncode != 0:
                verdict.add("flush", f"exit status {flush.returncode}: {flush.stderr[-300:]}")
            trouble = run_verify(sandbox.run)
            if trouble:
                verdict.add("verify", trouble)
            for problem in senders.problems:
                verdict.add("problem", problem)
            gap = cluster.lines("SELECT coalesce(round(extract(epoch FROM max(gap))), 0) FROM (SELECT created_at"
                                " - lag(created_at) OVER (ORDER BY created_at) AS gap FROM messages) AS gaps")[0]
        finally:
            if senders:
                senders.stop()
            for server in servers:
                server.process.kill()
            if balancer:
                balancer.kill()
        # `kill` has ended them without a word; the log has what they said of the storage.
        log = (sandbox.folder / "server.log").read_text(errors="replace")
        told = sorted({line.partition("reason=")[2].partition(" [")[0].strip() for line in log.splitlines()
                       if "the storage is unavailable" in line})
        print(f"| {self.name} | {verdict.turns} | {verdict.counts['lost']} | {verdict.counts['duplicated']} |"
              f" {'kept' if not verdict.counts['order'] else verdict.counts['order']} | {gap} s | {'; '.join(told)} |",
              flush=True)
        for words, count in watcher.words.most_common(12):
            print(f"  {count} times: {words}", flush=True)
        for example in verdict.examples:
            print("  " + example, flush=True)
        return not verdict.counts


def kill(cluster: Cluster, _: list[LogServer]) -> None:
    cluster.kill_primary()


def freeze(cluster: Cluster, _: list[LogServer]) -> None:
    cluster.freeze_primary()


def kill_both(cluster: Cluster, servers: list[LogServer]) -> None:
    servers[0].process.kill()
    cluster.kill_primary()
    servers[0].start()


def change_over(cluster: Cluster, _: list[LogServer]) -> None:
    cluster.change_over()


def lose_disk(cluster: Cluster, _: list[LogServer]) -> None:
    cluster.kill_primary()
    cluster.clone_standby()


def forbid_writes(cluster: Cluster, _: list[LogServer]) -> None:
    cluster.take_writes(False)
    time.sleep(10)
    cluster.take_writes(True)


def kill_again(times: int, chance: random.Random):
    """Each time it has a synchronous standby again. One that comes back soon stays the primary, else the other becomes it."""

    def act(cluster: Cluster, _: list[LogServer]) -> None:
        changes = 0
        for number in range(times):
            cluster.wait("a primary", lambda: cluster.primary() is not None)
            before = cluster.primary()
            cluster.kill_primary()
            time.sleep(chance.uniform(0, 30))
            cluster.mend()
            changes += cluster.primary() != before
            print(f"  killed {number + 1} times, {changes} times the other took over,"
                  f" {cluster.clones} standbys cloned", file=sys.stderr, flush=True)
            time.sleep(chance.uniform(0, 3))

    return act


SCENARIOS = {
    "kill": Scenario("synchronous primary killed, HAProxy", kill),
    "frozen": Scenario("primary frozen, HAProxy", freeze),
    "hosts": Scenario("primary frozen, both hosts in the URL", freeze, lambda cluster: cluster.hosts_url()),
    "pgbouncer": Scenario("primary killed, PgBouncer in transaction mode", kill, lambda cluster: cluster.url("pgbouncer")),
    "session": Scenario("primary killed, PgBouncer in session mode", kill, lambda cluster: cluster.url("session")),
    "promoted": Scenario(
        "the standby promoted by hand, both hosts in the URL", change_over, lambda cluster: cluster.hosts_url()),
    "disk": Scenario("primary killed and its disk lost, its successor cloned, HAProxy", lose_disk),
    "readonly": Scenario("read-only for 10 s, HAProxy", forbid_writes),
    "servers": Scenario("three servers behind HAProxy, one of them and the primary killed", kill_both, servers=3),
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("fiedler", nargs="?", default=os.environ["FIEDLER"])
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--only", choices=SCENARIOS, action="append")
    parser.add_argument("--kills", type=int, default=0, help="of the primary under 8 senders; nothing else then")
    options = parser.parse_args()
    if options.kills:
        name = f"primary killed {options.kills} times under 8 senders, HAProxy"
        SCENARIOS["again"] = Scenario(name, kill_again(options.kills, random.Random(options.kills)), senders=8)
        options.only = ["again"]
    fiedler = str(pathlib.Path(options.fiedler).resolve())
    if not os.access(fiedler, os.X_OK):
        print(f"{fiedler} is not there: swift build -c release --product fiedler", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    options.folder.chmod(0o711)  # PostgreSQL's user has to get to its own folder
    cluster = Cluster(options.folder / "cluster")
    provider = Provider(1)
    is_well = True
    try:
        cluster.start()
        print("| what happened | turns | lost | doubled | order | longest pause | the server's log |\n|---|---|---|---|---|---|---|")
        for name in options.only or SCENARIOS:
            is_well &= SCENARIOS[name].run(cluster, options.folder / name, fiedler, provider.url, options.seconds)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    finally:
        cluster.stop()
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
