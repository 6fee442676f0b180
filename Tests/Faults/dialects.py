"""Every log server in use, as a stand-in that is killed under load. Started by `dialects`, which says how."""

import argparse
import pathlib
import random
import secrets
import subprocess
import sys
import threading
import time

from compare import told
from comparison import Local, compare
from programs import MODELS, Problem, Process, Sandbox, arguments, free_port
from provider import WORDS, Provider
from stored import SQLiteRows

WAYS = {"a": ("a", "auto"), "b": ("b", "auto"), "b-log": ("b", "log"), "c": ("c", "auto"), "c-log": ("c", "log")}
LARGE = 8 << 20  # characters of an answer
SENDERS = 3


class StandIn:
    """The server of one dialect, with its tables in a file. Its queue is lost when it is killed."""

    def __init__(self, dialect: str, folder: pathlib.Path) -> None:
        self.port, self.store, self.log = free_port(), folder / "godot.db", folder / "server.log"
        script = pathlib.Path(__file__).parent.parent / "Benchmarks" / "queueing_server.py"
        self.command = [
            sys.executable, "-B", str(script), str(self.port), "--dialect", dialect, "--store", str(self.store)]
        self.start()

    def start(self) -> None:
        self.process = Process(self.command, self.log, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.process.stdout.readline().strip() != "ready":
            raise Problem(f"the stand-in has not started: {self.process.last_words()}")


class Way:
    """One dialect, a history of its own, and what is found at the end."""

    def __init__(self, name: str, options: argparse.Namespace) -> None:
        self.name, self.options = name, options
        dialect, turns = WAYS[name]
        self.folder = options.folder / name
        self.folder.mkdir()
        self.chance = random.Random(options.seed)
        self.provider = Provider(options.seed)
        self.ordinary, self.answers, self.lock = self.provider.answer, 0, threading.Lock()
        self.provider.answer = self.answer
        self.server = StandIn(dialect, self.folder)
        url = f"ws://127.0.0.1:{self.server.port}"
        self.sandbox = Sandbox(options.fiedler, self.folder / "home", self.provider.url, url)
        with (self.folder / "home" / "config" / "fiedler" / "config.yaml").open("a") as settings:
            settings.write(f"  conversations: {turns}\n")
        self.begun, self.problems = 0, []

    def answer(self) -> tuple[list[str], float, str]:
        """The fifth answer, and each fifteenth after it, is a large one."""
        with self.lock:
            self.answers += 1
            if self.answers % 15 != 5:
                return self.ordinary()
            piece = " ".join(self.chance.choices(WORDS, k=10_000))
        return [piece] * (1 + LARGE // len(piece)), 0.0, "done"

    def send(self) -> None:
        while True:
            with self.lock:
                self.begun += 1
                number = self.begun
            if number > self.options.sends:
                return
            models = [word for name in MODELS[: 1 + number % len(MODELS)] for word in ("-m", name)]
            result = self.sandbox.run("send", "-q", *models, f"prompt {number}")
            if result.returncode not in (0, 1, 3):
                self.problems.append(f"fiedler send ended with {result.returncode}: {result.stderr[-300:]}")

    def run(self) -> bool:
        begin = time.monotonic()
        threads = [threading.Thread(target=self.send) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        # A server that cannot be read is believed a second after its acknowledgement: what it loses then is lost.
        while self.name != "a" and self.begun < self.options.sends // 2:
            time.sleep(0.05)
        if self.name != "a":
            self.server.process.kill()
            time.sleep(0.5)
            self.server.start()
        for thread in threads:
            thread.join()
        flush = self.sandbox.run("godot", "flush", "--timeout", "170", seconds=180)
        if flush.returncode != 0:
            self.problems.append(f"fiedler godot flush: {flush.returncode}: {flush.stdout}{flush.stderr}")
        # What an unread server has only queued at that time it stores by itself.
        time.sleep(1)
        self.server.process.kill()
        verdict = compare(Local(self.sandbox.data / "fiedler.db"), SQLiteRows(self.server.store), [])
        print(f"{self.name}, {time.monotonic() - begin:.0f} s: ", end="")
        told(verdict)
        for problem in self.problems:
            print(f"    {problem}")
        return not verdict.counts and not self.problems

    def close(self) -> None:
        self.server.process.kill()
        self.provider.shutdown()


def main() -> int:
    parser = argparse.ArgumentParser(prog="Tests/Faults/dialects", description="Every log server in use.")
    parser.add_argument("--only", default=",".join(WAYS))
    parser.add_argument("--sends", type=int, default=18)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    options = arguments(parser)
    print(f"seed {options.seed}", flush=True)
    is_right = True
    try:
        for name in options.only.split(","):
            way = Way(name, options)
            try:
                is_right &= way.run()
            finally:
                way.close()
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
