"""Cuts the power of Fiedler's machine, of its log server's, or of both. Started by `power`, which says what the options
mean.

A round lets programs send under `journal.c`, with kills between, and then makes of its journal what many power cuts at
random moments would have left. On each of these Fiedler and its log server are started again. What had been told as
stored by then must be there, on both sides and once.
"""

import argparse
import contextlib
import itertools
import json
import pathlib
import random
import secrets
import shutil
import sqlite3
import sys
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass

import hostile
from comparison import Local, SQLiteRows, compare, run_verify
from disk import Disk, Record, cuts, mark, records
from faults import Load
from programs import LogServer, Problem, Sandbox, free_port, arguments
from provider import Provider

CUTS_A_ROUND = 100
MACHINES = ("fiedler", "log server", "both")


@dataclass
class Told:
    """What someone outside knew by then."""

    sends: list[tuple[str, dict]]
    logs: list[str]


class TellingLoad(Load):
    """Senders and a screen; what they print goes to the journal."""

    def __init__(self, sandbox: Sandbox, seed: int, journal: pathlib.Path) -> None:
        self.journal = journal
        super().__init__(sandbox, seed)

    def tell(self, text: str, report: dict) -> None:
        super().tell(text, report)
        mark(self.journal, json.dumps({"send": [text, report]}).encode())


class Logger(threading.Thread):
    """A client of the log server that writes down each acknowledgement."""

    def __init__(self, server: LogServer, journal: pathlib.Path) -> None:
        super().__init__(daemon=True)
        self.server, self.journal = server, journal
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.is_set():
            try:
                client = hostile.Attack(self.server).connect()
                with client:
                    while not self.is_over.wait(0.02):
                        trace = str(uuid.uuid4())
                        client.sendall(hostile.log("acknowledged", trace_id=trace))
                        answer = client.recv(65536)
                        while answer[:2] == b"\x89\0":  # a ping
                            answer = answer[2:] or client.recv(65536)
                        if b"entry stored" in answer:
                            mark(self.journal, json.dumps({"log": trace}).encode())
                        elif not answer:
                            break
            except OSError:
                self.is_over.wait(0.05)  # the server has been killed: the next one


class Round:
    def __init__(self, options: argparse.Namespace, number: int, folder: pathlib.Path) -> None:
        self.options, self.folder = options, folder
        folder.mkdir()
        self.chance = random.Random(f"{options.seed}/{number}")
        self.provider = Provider(options.seed + number)
        self.disk = folder / "disk"
        self.disk.mkdir()
        self.journal = folder / "journal"
        self.port = free_port()  # the same after a cut: a record knows which server has it

    def sandbox(self, folder: pathlib.Path) -> Sandbox:
        sandbox = Sandbox(self.options.fiedler, folder, self.provider.url, f"ws://127.0.0.1:{self.port}")
        for name in ("data", "state"):
            (folder / name).mkdir(exist_ok=True)
        return sandbox

    def record(self, seconds: float) -> None:
        """Sends for so long, from folders that are empty at first."""
        sandbox = self.sandbox(self.folder / "home")
        self.roots = [sandbox.folder / "data", sandbox.folder / "state", self.disk]
        sandbox.environment |= {
            "LD_PRELOAD": str(self.options.library), "JOURNAL": str(self.journal),
            "JOURNAL_ROOTS": ":".join(map(str, self.roots)),
        }
        server = LogServer(sandbox, self.port, str(self.disk / "godot.db"))
        load = None
        try:
            server.wait_until_ready()
            logger = Logger(server, self.journal)
            logger.start()
            load = TellingLoad(sandbox, self.options.seed, self.journal)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                time.sleep(self.chance.uniform(0.2, 0.8))
                if self.chance.random() < 0.3:
                    load.kill_sender(self.chance)
                if self.chance.random() < 0.15 and server.process.kill():
                    time.sleep(self.chance.uniform(0, 0.3))
                    server.start()
            load.stop()
            logger.is_over.set()
            logger.join()
            server.process.end(20)
            if load.problems:
                raise Problem("; ".join(load.problems[:3]))
        finally:
            if load:
                load.abandon()
            server.process.kill()

    def told(self, found: list[Record]) -> Told:
        marks = [json.loads(record.data) for record in found if record.what == "k"]
        return Told([tuple(m["send"]) for m in marks if "send" in m], [m["log"] for m in marks if "log" in m])

    def cut(self, count: int, kinds: itertools.cycle, outcome: "Outcome") -> None:
        found = records(self.journal)
        outcome.records += len(found)
        disk, done = Disk(self.roots, self.options.lasting_names), 0
        for place in sorted(cuts(found, count, self.chance)):
            for record in found[done:place]:
                disk.do(record)
            done = place
            kind, seed = next(kinds), self.chance.randrange(1 << 32)
            target = self.folder / "after"
            try:
                problems = self.check(disk, kind, seed, target, self.told(found[:place]), outcome)
            except (Problem, sqlite3.Error) as problem:
                problems = [str(problem)]
            outcome.cuts[kind] += 1
            if problems:
                outcome.wrong.append(f"{kind} cut at record {place} of {self.journal}, seed {seed}: " + "; ".join(problems))
                if len(outcome.wrong) <= 3:
                    print(f"  WRONG: {outcome.wrong[-1]}", flush=True)
            shutil.rmtree(target)

    def check(
        self, disk: Disk, kind: str, seed: int, target: pathlib.Path, told: Told, outcome: "Outcome"
    ) -> list[str]:
        chance = random.Random(seed)
        is_cut = {"data": kind != "log server", "state": kind != "log server", "disk": kind != "fiedler"}
        target.mkdir()
        sandbox = self.sandbox(target / "home")
        for root in self.roots:
            place = target / "disk" if root == self.disk else sandbox.folder / root.name
            disk.write(root, place, chance if is_cut[root.name] else None)
        is_whole = outcome.cuts.total() % self.options.full_every == 0
        problems = (self.deliver if is_whole else self.open)(sandbox, target / "disk" / "godot.db", kind)
        rows = SQLiteRows(target / "disk" / "godot.db")
        verdict = compare(Local(sandbox.data / "fiedler.db"), rows, told.sends, is_settled=is_whole)
        kept = {row["trace_id"] for row in rows.rows("SELECT trace_id FROM logs")}
        if missing := [trace for trace in told.logs if trace not in kept]:
            problems.append(f"{len(missing)} of {len(told.logs)} acknowledged log records are not there: {missing[0]}")
        outcome.delivered += is_whole
        outcome.turns += verdict.turns
        outcome.told += len(told.sends)
        outcome.logs += len(told.logs)
        outcome.counts.update(verdict.counts)
        return verdict.examples + problems


    def serve(self, sandbox: Sandbox, store: pathlib.Path, problems: list[str], meanwhile=lambda: None) -> None:
        server = LogServer(sandbox, self.port, str(store))
        try:
            server.wait_until_ready()
            meanwhile()
            if (status := server.process.end(20)) != 0:
                problems.append(f"asked to end, the log server ended with {status}: {server.process.last_words()}")
        finally:
            server.process.kill()

    def open(self, sandbox: Sandbox, store: pathlib.Path, kind: str) -> list[str]:
        """Has each program whose power was cut open what is left to it, and no more."""
        problems: list[str] = []
        if kind != "fiedler" or not is_made(store):
            self.serve(sandbox, store, problems)
        if (result := sandbox.run("history", "list")).returncode != 0:
            problems.append(f"fiedler history list: exit status {result.returncode}: {result.stderr[-400:]}")
        return problems

    def deliver(self, sandbox: Sandbox, store: pathlib.Path, _: str) -> list[str]:
        """Goes on as a user would, until the log server has everything."""
        problems: list[str] = []

        def send() -> None:
            # It ends the answers that were under way.
            last = sandbox.run("send", "--json", "-m", "oak", "the first prompt after the cut")
            if last.returncode not in (0, 1, 3):
                problems.append(f"fiedler send: exit status {last.returncode}: {last.stderr[-400:]}")
            flush = sandbox.run("godot", "flush", "--timeout", "60")
            if flush.returncode != 0:
                problems.append(f"fiedler godot flush: exit status {flush.returncode}: {flush.stdout} {flush.stderr}")
            if trouble := run_verify(sandbox.run):
                problems.append(f"fiedler godot verify: {trouble}")

        self.serve(sandbox, store, problems, send)
        return problems


def is_made(store: pathlib.Path) -> bool:
    """The log server may not have come so far yet."""
    if not store.exists():
        return False
    with contextlib.closing(sqlite3.connect(store)) as database:
        return bool(database.execute("SELECT 1 FROM sqlite_master WHERE name = 'conversation_turns'").fetchall())


class Outcome:
    def __init__(self) -> None:
        self.cuts: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.records = self.delivered = self.turns = self.told = self.logs = 0
        self.wrong: list[str] = []

    def report(self, seconds: float) -> None:
        kinds = " · ".join(f"{kind} {self.cuts[kind]}" for kind in MACHINES)
        print(f"{self.cuts.total()} power cuts ({kinds}), {self.records} records of journals, {seconds:.0f} s")
        print(f"  delivered    to the end after {self.delivered} of them, the others opened and compared as they were")
        print(f"  compared     {self.turns} turns, {self.told} finished sends, {self.logs} acknowledged log records")
        for kind in ("lost", "duplicated", "unexpected", "different", "order", "told", "local", "integrity"):
            print(f"  {kind:<12} {self.counts[kind]}")
        print(f"  wrong        {len(self.wrong)} cuts")
        for words in self.wrong[:20]:
            print(f"  WRONG: {words}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="Tests/Faults/power", description="Cuts the power, then compares.")
    parser.add_argument("--cuts", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=6, help="that a round sends for")
    parser.add_argument("--machine", choices=MACHINES, action="append", help="whose power is cut; default: in turn")
    parser.add_argument("--full-every", type=int, default=1, help="deliver to the end after each such cut only")
    parser.add_argument("--lasting-names", action="store_true", help="as on ext4: syncing a file makes names last")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--library", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = arguments(parser)
    print(f"seed {options.seed}", flush=True)
    begin, outcome, kinds = time.monotonic(), Outcome(), itertools.cycle(options.machine or MACHINES)
    try:
        for number in itertools.count():
            left = options.cuts - outcome.cuts.total()
            if left <= 0:
                break
            this = Round(options, number, options.folder / str(number))
            try:
                this.record(options.seconds)
                this.cut(min(left, CUTS_A_ROUND), kinds, outcome)
            finally:
                this.provider.shutdown()
            print(f"  {outcome.cuts.total()} cuts, {len(outcome.wrong)} wrong, {time.monotonic() - begin:.0f} s", flush=True)
            if not outcome.wrong:
                shutil.rmtree(this.folder)
    except Problem as problem:
        print(f"seed {options.seed}: {problem}", file=sys.stderr)
        return 2
    outcome.report(time.monotonic() - begin)
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
