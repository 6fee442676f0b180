"""Kills fiedler, its log server and PostgreSQL at random moments under load and compares what is stored at the end.

Started by `run`; `run` says what the options mean. The seed decides which program is killed when; what it was doing
then, the machine decides.
"""

import argparse
import json
import os
import pathlib
import random
import secrets
import signal
import sys
import threading
import time
from collections import Counter

from comparison import Local, PostgreSQLRows, SQLiteRows, Verdict, compare, run_verify
from programs import MODELS, LogServer, PostgreSQL, Problem, Process, Sandbox, Screen, free_port
from provider import Provider

SENDERS = 3
WORDS = ["why", "does", "the", "tide", "turn", "— schön, 水, 🌊", "\n", '"quoted"', "\\", "%s", "'", "twice"]


class Load:
    """Senders and a screen that are kept busy and may be killed at any time, and started again."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        self.sandbox, self.seed = sandbox, seed
        self.lock = threading.Lock()
        self.is_over = threading.Event()
        self.running: list[Process] = []
        self.told: list[tuple[str, dict]] = []  # prompt, what `send --json` printed
        self.problems: list[str] = []
        self.screen = Screen(sandbox)
        self.threads = [threading.Thread(target=self.send_for_ever, args=(n,)) for n in range(SENDERS)]
        self.threads.append(threading.Thread(target=self.type_for_ever))
        for thread in self.threads:
            thread.start()

    def send_for_ever(self, sender: int) -> None:
        chance = random.Random(f"{self.seed}/sender {sender}")
        count = 0
        while not self.is_over.is_set():
            count += 1
            text = f"prompt {sender}.{count}: " + " ".join(chance.choices(WORDS, k=chance.randint(3, 40)))
            models = [word for name in chance.sample(MODELS, chance.randint(1, 2)) for word in ("-m", name)]
            with self.lock:
                earlier = [report["conversation_id"] for _, report in self.told[-20:]]
            again = ["-c", chance.choice(earlier)] if earlier and chance.random() < 0.4 else []
            try:
                self.send(text, ["send", "--json", *models, *again, text])
            except Exception as error:  # whatever it is: it is reported, and the load goes on
                self.problems.append(f"sender {sender}: {error!r}")

    def send(self, text: str, arguments: list[str]) -> None:
        log = self.sandbox.folder / f"send-{threading.get_ident()}.log"
        log.unlink(missing_ok=True)
        printed = log.with_suffix(".out")
        with printed.open("wb") as output:
            process = self.sandbox.start(*arguments, log=log.name, stdout=output)
        with self.lock:
            self.running.append(process)
        try:
            status = process.process.wait(90)
        except Exception:  # subprocess.TimeoutExpired: whatever it waits for, a user would have given up
            process.kill()
            self.problems.append(f"fiedler {' '.join(arguments)[:100]} had not ended after 90 s: {process.last_words()}")
            return
        finally:
            with self.lock:
                self.running.remove(process)
        if process.was_killed and status == -signal.SIGKILL:
            return
        if status not in (0, 1, 3):
            self.problems.append(f"fiedler send ended with {status}: {process.last_words()}")
            return
        self.tell(text, json.loads(printed.read_text()))

    def tell(self, text: str, report: dict) -> None:
        with self.lock:
            self.told.append((text, report))

    def type_for_ever(self) -> None:
        """Prompts on the screen; a killed one is opened again."""
        chance = random.Random(f"{self.seed}/screen")
        count = 0
        while not self.is_over.wait(chance.uniform(0.1, 0.8)):
            process = self.screen.process
            if not process.runs:
                if not process.was_killed:
                    self.problems.append(f"the screen ended with {process.process.returncode}")
                self.screen = Screen(self.sandbox)
                continue
            count += 1
            self.screen.type(f"typed {count}: {' '.join(chance.choices(['what', 'is', 'a', 'log'], k=6))}")
            if not self.is_over.wait(0.05):
                self.screen.type("\r")

    def kill_sender(self, chance: random.Random) -> bool:
        with self.lock:
            running = list(self.running)
        return bool(running) and chance.choice(running).kill()

    def kill_screen(self) -> bool:
        return self.screen.process.kill()

    def stop(self) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()
        self.screen.process.end(20)

    def abandon(self) -> None:
        self.is_over.set()
        with self.lock:
            running = list(self.running)
        for process in running:
            process.kill()
        self.screen.process.kill()


class Run:
    def __init__(self, options: argparse.Namespace, store: str, folder: pathlib.Path) -> None:
        self.options, self.store, self.folder = options, store, folder
        folder.mkdir()
        self.chance = random.Random(f"{options.seed}/{store}")
        self.kills: Counter[str] = Counter()
        self.frozen = 0
        self.problems: list[str] = []
        self.server: LogServer | None = None
        self.postgres: PostgreSQL | None = None
        self.load: Load | None = None
        self.delayed: list[tuple[float, object]] = []  # when, what to do
        self.provider = Provider(options.seed)

    def begin(self) -> None:
        port = free_port()
        godot = "embedded" if self.store == "embedded" else f"ws://127.0.0.1:{port}"
        self.sandbox = Sandbox(self.options.fiedler, self.folder / "home", self.provider.url, godot)
        if self.store == "postgres":
            self.postgres = PostgreSQL(self.folder / "postgres")
        if self.store != "embedded":
            path = self.postgres.url if self.postgres else str(self.folder / "godot.db")
            self.server = LogServer(self.sandbox, port, path)
            self.server.wait_until_ready()
        self.load = Load(self.sandbox, self.options.seed)

    def kill_until_enough(self) -> None:
        weights = {"send": 10, "screen": 3}
        if self.server:
            weights |= {"log server": 7, "freeze": 1}
        if self.postgres:
            weights |= {"postmaster": 1, "postgres backend": 2}
        begin = time.monotonic()
        while self.kills.total() < self.options.kills:
            self.wait(self.chance.uniform(0.2, 1.8) * self.options.pace)
            kind = self.chance.choices(list(weights), list(weights.values()))[0]
            if self.hit(kind):
                self.kills[kind] += 1
            if self.kills.total() == 0 and time.monotonic() - begin > 60:
                raise Problem("nothing could be killed for a minute")

    def hit(self, kind: str) -> bool:
        """Kills one of a kind; false if there was none to be killed just now."""
        match kind:
            case "send":
                return self.load.kill_sender(self.chance)
            case "screen":
                return self.load.kill_screen()
            case "log server":
                if not self.server.process.kill():
                    return False
                self.later(self.chance.uniform(0, 1.5), self.server.start)
            case "postmaster":
                if not self.postgres.process.kill():
                    return False
                self.later(self.chance.uniform(0, 1.5), self.postgres.start)
            case "postgres backend":
                return self.postgres.kill_backend(self.chance)
            case "freeze":
                process = self.server.process
                if process.runs:
                    self.frozen += 1
                    process.send(signal.SIGSTOP)
                    self.later(self.chance.uniform(1, 3), lambda: process.send(signal.SIGCONT))
                return False
        return True

    def later(self, seconds: float, action: object) -> None:
        self.delayed.append((time.monotonic() + seconds, action))

    def wait(self, seconds: float) -> None:
        """Does meanwhile what has become due, and starts again what ended without being killed."""
        deadline = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            due = [each for each in self.delayed if each[0] <= now]
            self.delayed = [each for each in self.delayed if each[0] > now]
            for _, action in due:
                action()
            for process in (self.server, self.postgres):
                if process and not process.process.runs and not process.process.was_killed:
                    self.ended_by_itself(process)
            if now >= deadline:
                return
            time.sleep(max(0.001, min(0.02, deadline - now)))

    def ended_by_itself(self, program: LogServer | PostgreSQL) -> None:
        # A postmaster finds its killed predecessor's memory in use until the last backend has noticed.
        if program is self.server:
            words = program.process.last_words().splitlines()[-1:]
            self.problems.append(f"the log server ended with {program.process.process.returncode}: {words}")
        time.sleep(0.2)
        program.start()

    def finish(self) -> Verdict:
        """Everything up, nothing killed any more, then compared."""
        while self.delayed:
            self.wait(0.1)
        self.load.stop()
        self.problems += self.load.problems
        if self.postgres:
            self.postgres.wait_until_ready()
        if self.server:
            self.server.wait_until_ready()
        # It settles the answers that killed ones have left.
        last = self.sandbox.run("send", "--json", "-m", "oak", "the last prompt")
        if last.returncode not in (0, 1, 3):
            self.problems.append(f"the last send: exit status {last.returncode}: {last.stderr[-600:]}")
        begin = time.monotonic()
        flush = self.sandbox.run("godot", "flush", "--timeout", "300", seconds=330)
        self.flush_seconds = time.monotonic() - begin
        if flush.returncode != 0:
            self.problems.append(f"fiedler godot flush: exit status {flush.returncode}: {flush.stdout} {flush.stderr}")
        if trouble := run_verify(self.sandbox.run):
            self.problems.append(f"fiedler godot verify: {trouble}")
        if self.server and (status := self.server.process.end(20)) != 0:
            self.problems.append(f"asked to end, the log server ended with {status}: {self.server.process.last_words()}")
        if self.postgres:
            rows = PostgreSQLRows(self.postgres)
        else:
            rows = SQLiteRows(self.folder / "godot.db" if self.server else self.sandbox.data / "godot.db")
        self.local = Local(self.sandbox.data / "fiedler.db")
        if self.options.kills >= 100 and self.local.typed() == 0:
            self.problems.append("no prompt that was typed on the screen was ever stored")
        return compare(self.local, rows, self.load.told)

    def end(self) -> None:
        if self.load:
            self.load.abandon()
        for program in (self.server, self.postgres):
            if program and program.process:
                program.process.kill()
        self.provider.shutdown()

    def report(self, verdict: Verdict, seconds: float) -> bool:
        kills = " · ".join(f"{kind} {count}" for kind, count in sorted(self.kills.items()))
        counts = verdict.counts
        wrong = {kind: counts[kind] for kind in ("lost", "duplicated", "unexpected", "different", "order", "integrity")}
        line = "  {:<12} {}".format
        print(f"{self.store}, seed {self.options.seed}, {seconds:.0f} s")
        print(line("kills", f"{self.kills.total()}: {kills}; the log server frozen {self.frozen} times"))
        print(line("turns", f"{verdict.turns} in {verdict.conversations} conversations"))
        answers = " · ".join(f"{state} {count}" for state, count in self.local.answers().items())
        print(line("answers", f"{answers}; {self.local.typed()} prompts were typed on the screen"))
        for kind, count in wrong.items():
            print(line(kind, "ok" if kind in ("order", "integrity") and not count else count))
        print(line("told", f"{len(self.load.told)} finished sends, {counts['told']} not as told"))
        print(line("flush", f"{self.flush_seconds:.1f} s for what was queued at the end"))
        for words in verdict.examples + self.problems[:20]:
            print(f"  WRONG: {words}")
        if len(self.problems) > 20:
            print(f"  and {len(self.problems) - 20} more")
        sys.stdout.flush()
        return not verdict.counts and not self.problems


def run(options: argparse.Namespace, store: str) -> bool:
    this = Run(options, store, options.folder / store)
    begin = time.monotonic()
    try:
        this.begin()
        this.kill_until_enough()
        verdict = this.finish()
        return this.report(verdict, time.monotonic() - begin)
    finally:
        this.end()


def main() -> int:
    parser = argparse.ArgumentParser(prog="Tests/Faults/run", description="Kills at random, then compares.")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--store", choices=["sqlite", "postgres", "embedded", "both", "all"], default="both")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="to repeat a run")
    parser.add_argument("--pace", type=float, default=0.25, help="seconds between two kills, on average")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("fiedler", nargs="?", default=os.environ.get("FIEDLER", ""))
    options = parser.parse_args()
    options.fiedler = os.path.realpath(options.fiedler)
    if not os.access(options.fiedler, os.X_OK):
        print(f"{options.fiedler} is not there: swift build -c release --product fiedler", file=sys.stderr)
        return 2
    # PostgreSQL's user has to get to its own folder.
    options.folder.chmod(0o711)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    stores = {"both": ["sqlite", "postgres"], "all": ["embedded", "sqlite", "postgres"]}
    print(f"seed {options.seed}", flush=True)
    try:
        results = [run(options, store) for store in stores.get(options.store, [options.store])]
    except Problem as problem:
        print(f"seed {options.seed}: {problem}", file=sys.stderr)
        return 2
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
