"""A screen for hours: 16 streams, prompts, history, replays, sizes, a log server that goes and comes; then at rest.
Started by `soak`, which says what is measured."""

import argparse
import os
import pathlib
import random
import secrets
import sys
import time
from dataclasses import dataclass

from programs import LogServer, Problem, Sandbox, Terminal, free_port, arguments

MODELS = [f"demo/rate-{20 + number}x{300 + 10 * number}" for number in range(16)]
SAMPLE = 10.0  # seconds
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Sample:
    seconds: float
    memory: int  # KiB that the program has made
    pages: int  # KiB of the files that it is made of, which the system can drop
    descriptors: int
    threads: int
    drawn: int  # bytes so far
    stored: int  # KiB of the history


class Soak:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.chance = options, random.Random(options.seed)
        port = free_port()
        self.sandbox = Sandbox(options.fiedler, options.folder / "home", "http://127.0.0.1:1/v1", f"ws://127.0.0.1:{port}")
        models = "\n".join(f"    - {model}" for model in MODELS)
        (self.sandbox.folder / "config" / "fiedler" / "models.yaml").write_text(f"defaults:\n  models:\n{models}\n")
        self.server = LogServer(self.sandbox, port, str(options.folder / "godot.db"))
        self.screen: Terminal | None = None
        self.samples: list[Sample] = []
        self.begin = time.monotonic()

    @property
    def pid(self) -> int:
        return self.screen.process.process.pid

    def status(self, name: str) -> int:
        lines = pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(name + ":")).split()[1])

    def processor_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def sample(self) -> None:
        if not self.screen.process.runs:
            raise Problem(f"the screen has ended with {self.screen.process.process.returncode}")
        stored = sum(file.stat().st_size for file in self.sandbox.data.glob("fiedler.db*")) // 1024
        # What was drawn is counted, and not kept, which would be this program's own growth.
        self.drawn += len(self.screen.seen)
        self.screen.seen.clear()
        self.samples.append(Sample(
            time.monotonic() - self.begin, self.status("RssAnon"), self.status("RssFile"),
            len(os.listdir(f"/proc/{self.pid}/fd")), self.status("Threads"), self.drawn, stored))

    def busy(self, seconds: float) -> None:
        deadline, due, prompts = time.monotonic() + seconds, 0.0, 0
        next_sample = time.monotonic()
        while (now := time.monotonic()) < deadline:
            if now >= next_sample:
                self.sample()
                next_sample += SAMPLE
            if now >= due:
                prompts += 1
                self.screen.type("\x1b\x1b")
                time.sleep(0.2)
                self.screen.type(f"prompt {prompts}: " + " ".join(self.chance.choices(["why", "how", "what"], k=40)))
                time.sleep(0.2)
                self.screen.type("\r")
                due = now + 60
            match self.chance.randrange(6):
                case 0:
                    self.screen.resize(self.chance.randint(40, 200), self.chance.randint(12, 60))
                case 1:
                    self.visit("\x13", "\x1b[B", "\r", "\x1b", "\x1b")  # the history
                case 2:
                    self.visit("p", " ", "\x1b[C", "\x1b")  # a replay, where panes have the keys
                case 3:
                    self.visit("\x1bOQ", "\x1b[B", "\x1b")  # the log
                case 4 if self.server.process.runs:
                    self.server.process.kill()
                case _ if not self.server.process.runs:
                    self.server.start()
            time.sleep(self.chance.uniform(0.5, 3))
        self.prompts = prompts

    def visit(self, *keys: str) -> None:
        for key in keys:
            self.screen.type(key)
            time.sleep(0.3)

    def rest(self, seconds: float) -> float:
        """The share of a processor meanwhile."""
        if not self.server.process.runs:
            self.server.start()
        self.screen.resize(120, 40)
        self.visit("\x1b", "\x1b")
        deadline = time.monotonic() + 120
        quiet = time.monotonic()
        # Until the answers have ended and the log server has all.
        while time.monotonic() - quiet < 5:
            if self.screen.seen:
                self.drawn += len(self.screen.seen)
                self.screen.seen.clear()
                quiet = time.monotonic()
            if time.monotonic() > deadline:
                raise Problem("two minutes after the last prompt it still draws")
            time.sleep(0.1)
        before, begin = self.processor_seconds(), time.monotonic()
        time.sleep(seconds)
        share = (self.processor_seconds() - before) / (time.monotonic() - begin)
        self.rest_drawn = len(self.screen.seen)
        self.sample()
        return share

    def run(self) -> bool:
        self.server.wait_until_ready()
        self.drawn = 0
        self.screen = Terminal(self.sandbox)
        try:
            self.screen.wait_until_drawn()
            self.busy(self.options.minutes * 60)
            return self.report(self.rest(self.options.rest * 60))
        finally:
            self.screen.process.kill()
            self.server.process.kill()

    def report(self, share: float) -> bool:
        print("| minutes | memory | file pages | descriptors | threads | drawn | history |\n|---|---|---|---|---|---|---|")
        step = max(1, len(self.samples) // 12)
        for sample in [*self.samples[::step], self.samples[-1]]:
            print(f"| {sample.seconds / 60:.1f} | {sample.memory / 1024:.1f} MiB | {sample.pages / 1024:.1f} MiB |"
                  f" {sample.descriptors} | {sample.threads} |"
                  f" {sample.drawn / 1048576:.1f} MiB | {sample.stored / 1024:.1f} MiB |")
        busy = self.samples[:-1]
        half = busy[len(busy) // 2 :]
        minutes = (half[-1].seconds - half[0].seconds) / 60
        growth = (half[-1].memory - half[0].memory) / 1024 / minutes if minutes else 0
        text = (half[-1].stored - half[0].stored) / 1024 / minutes if minutes else 0
        most = max(sample.descriptors for sample in busy)
        print(f"{self.prompts} prompts to 16 models; in the second half {growth:.2f} MiB a minute beside {text:.2f} MiB a minute of"
              f" history; {most} descriptors at most; at rest {self.rest_drawn} bytes drawn, {share * 100:.3f} % of a processor")
        wrong = []
        if self.rest_drawn:
            wrong.append(f"{self.rest_drawn} bytes were drawn at rest")
        if share > 0.001:
            wrong.append(f"{share * 100:.2f} % of a processor at rest")
        if most > busy[0].descriptors + 40:
            wrong.append("descriptors grow")
        if growth > max(1.0, 2 * text):
            wrong.append("memory grows beyond the text")
        for words in wrong:
            print(f"WRONG: {words}")
        return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="Tests/Faults/soak", description="A screen for hours.")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--rest", type=float, default=60, help="minutes at rest afterwards")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    options = arguments(parser)
    print(f"seed {options.seed}", flush=True)
    try:
        return 0 if Soak(options).run() else 1
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
