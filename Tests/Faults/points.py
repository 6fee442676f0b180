"""Lets each call of the system fail once. Started by `points`, which says what the options mean."""

import argparse
import errno
import json
import pathlib
import random
import shutil
import sys
import time
from collections import Counter

from comparison import Local, SQLiteRows, compare, run_verify
from programs import LogServer, Problem, Sandbox, free_port, arguments
from provider import Provider

# What may happen to a call. Reading fails where a disk does, or a connection.
ERRORS = {
    "open": ["EMFILE", "EIO"], "read": ["EIO", "ECONNRESET"], "pread": ["EIO"], "write": ["ENOSPC", "ECONNRESET"],
    "pwrite": ["ENOSPC", "EIO"], "writev": ["ECONNRESET"], "fsync": ["EIO"], "fdatasync": ["EIO", "ENOSPC"],
    "ftruncate": ["EIO"], "rename": ["EIO"], "unlink": ["EIO"], "mkdir": ["ENOSPC"], "socket": ["EMFILE"],
    "connect": ["ETIMEDOUT", "ECONNREFUSED"], "send": ["ECONNRESET"], "recv": ["ECONNRESET"], "accept": ["EMFILE"],
}
SECONDS = 45  # a send that takes longer hangs
NOT_WORDS = ("Fatal error", "Traceback", "_NSCocoa", "Error Domain")


class Points:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.folder = options, options.folder
        self.provider = Provider(1)
        self.provider.answer = lambda: (["an ", "answer"], 0.02, "done")
        self.port = free_port()
        self.counts_file, self.from_file = self.folder / "counts", self.folder / "from"
        self.endings: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.runs = self.hit = 0

    def sandbox(self, name: str) -> Sandbox:
        return Sandbox(self.options.fiedler, self.folder / name, self.provider.url, f"ws://127.0.0.1:{self.port}")

    def begin(self) -> None:
        """A home with a history, and a server that has it, from which every run starts."""
        first = self.sandbox("first")
        server = LogServer(first, self.port, str(self.folder / "first.db"))
        server.wait_until_ready()
        for prompt in ("one", "two"):
            if (result := first.run("send", "-m", "oak", prompt)).returncode != 0:
                raise Problem(f"the first send: exit status {result.returncode}: {result.stderr}")
        if first.run("godot", "flush", "--timeout", "30").returncode != 0 or server.process.end(20) != 0:
            raise Problem("the first turns could not be delivered")

    def faulty(self, call: str | None, number: int, code: str | None) -> dict[str, str]:
        given = {"LD_PRELOAD": str(self.options.library), "FAULT_COUNTS": str(self.counts_file)}
        if call:
            given |= {"FAULT_CALL": call, "FAULT_AT": str(number), "FAULT_ERROR": str(getattr(errno, code))}
        return given

    def counts(self) -> tuple[str, dict[str, int]]:
        end, *lines = self.counts_file.read_text().splitlines()
        return end, {name: int(count) for name, count in (line.split() for line in lines)}

    def run(self, program: str, call: str | None, number: int, code: str | None) -> list[str]:
        """One send with one fault, and what is wrong afterwards."""
        for name in ("home", "home.db", "home.db-wal", "home.db-shm", "home.db.lock"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).unlink(missing_ok=True)
        for file in (self.counts_file, self.from_file):
            file.unlink(missing_ok=True)
        shutil.copytree(self.folder / "first" / "data", self.folder / "home" / "data")
        for end in ("", "-wal"):
            if (self.folder / f"first.db{end}").exists():
                shutil.copy(self.folder / f"first.db{end}", self.folder / f"home.db{end}")
        sandbox = self.sandbox("home")
        plain = dict(sandbox.environment)
        faulty = plain | self.faulty(call, number, code)
        if program == "server":
            sandbox.environment = faulty | {"FAULT_FROM": str(self.from_file)}
        server = LogServer(sandbox, self.port, str(self.folder / "home.db"))
        problems: list[str] = []
        try:
            server.wait_until_ready()
            self.from_file.touch()
            sandbox.environment = faulty if program == "send" else plain
            told = self.send(sandbox, problems)
            sandbox.environment = plain
            if not server.process.runs:
                problems.append(f"the log server ended with {server.process.process.returncode}: {server.process.last_words()}")
                server.start()
                server.wait_until_ready()
            flush = sandbox.run("godot", "flush", "--timeout", "40")
            if flush.returncode != 0:
                problems.append(f"fiedler godot flush: {flush.returncode}: {flush.stdout}{flush.stderr}")
            # The fault may meet the comparison instead, which then says that it could not be made.
            if (trouble := run_verify(sandbox.run)) and (program == "send" or (trouble := run_verify(sandbox.run))):
                problems.append(f"fiedler godot verify: {trouble}")
            if server.process.end(20) is None:
                problems.append("asked to end, the log server did not")
        finally:
            server.process.kill()
        verdict = compare(Local(sandbox.data / "fiedler.db"), SQLiteRows(self.folder / "home.db"), told)
        return problems + verdict.examples

    def send(self, sandbox: Sandbox, problems: list[str]) -> list[tuple[str, dict]]:
        """Sends, and returns what it said was stored."""
        begin = time.monotonic()
        try:
            result = sandbox.run("send", "--json", "-m", "oak", "-m", "elm", "three", seconds=SECONDS)
        except Problem as problem:
            problems.append(str(problem))
            return []
        if time.monotonic() - begin > 20:
            problems.append(f"it took {time.monotonic() - begin:.0f} s")
        status, words = result.returncode, result.stderr.strip()
        self.endings[f"{status}"] += 1
        if status < 0 or status not in (0, 1, 2, 3, 4):
            problems.append(f"fiedler send ended with {status}: {words[-600:]}")
        elif status != 0 and not words:
            problems.append(f"fiedler send ended with {status} without a word")
        if any(strange in words for strange in NOT_WORDS):
            problems.append(f"these are no words for a user: {words[-400:]}")
        if self.options.words and status != 0:
            print(f"    {status}: {words[-300:]}")
        try:
            return [("three", json.loads(result.stdout))] if result.stdout.strip() else []
        except ValueError:
            problems.append(f"fiedler send printed no JSON: {result.stdout[-200:]}")
            return []

    def all(self, program: str) -> None:
        if wrong := self.run(program, None, 0, None):
            raise Problem(f"without any fault: {wrong}")
        _, counts = self.counts()
        chance = random.Random(self.options.seed)
        print(f"{program}: " + ", ".join(f"{name} {count}" for name, count in counts.items() if count), flush=True)
        for call, count in counts.items():
            if self.options.call and call not in self.options.call:
                continue
            for code in ERRORS[call]:
                begin = chance.randrange(self.options.every)
                for number in range(1 + begin, count + 1, self.options.every):
                    self.one(program, call, number, code)
            print(f"  {call}: {self.runs} runs, {len(self.wrong)} wrong", flush=True)

    def one(self, program: str, call: str, number: int, code: str) -> None:
        try:
            wrong = self.run(program, call, number, code)
        except Problem as problem:
            wrong = [str(problem)]
        self.runs += 1
        # Calls are not the same in number each time: the last ones may not come to pass.
        self.hit += self.counts_file.exists() and self.counts()[0] == "failed"
        if wrong:
            self.wrong.append(f"{program}, {call} {number}, {code}: " + "; ".join(wrong))
            print(f"  WRONG: {self.wrong[-1]}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="Tests/Faults/points", description="Lets each call fail once.")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--program", choices=["send", "server"], action="append")
    parser.add_argument("--call", choices=list(ERRORS), action="append")
    parser.add_argument("--at", help="one point alone: CALL:NUMBER:ERROR")
    parser.add_argument("--words", action="store_true", help="print what each send said that did not end with 0")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--library", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = arguments(parser)
    points, begin = Points(options), time.monotonic()
    try:
        points.begin()
        for program in options.program or ["send", "server"]:
            if options.at:
                call, number, code = options.at.split(":")
                points.one(program, call, int(number), code)
            else:
                points.all(program)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    finally:
        points.provider.shutdown()
    endings = ", ".join(f"{count} with {status}" for status, count in sorted(points.endings.items()))
    print(f"{points.runs} runs, {points.hit} faults that came to pass; sends ended {endings}; {time.monotonic() - begin:.0f} s")
    print(f"  wrong        {len(points.wrong)}")
    return 1 if points.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
