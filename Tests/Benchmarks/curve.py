"""Sixteen models stream for minutes: the memory and the processor's time that the screen takes, as they go."""

import os
import pathlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

import screens
from processes import BenchmarkFailure
from report import Finding
from sandbox import Sandbox, Server
from tui import ENTER, Terminal

SAMPLES = 10
TICKS = os.sysconf("SC_CLK_TCK")
FRAME = b"\x1b[?2026h"


@dataclass
class Sample:
    seconds: float
    own: int  # bytes that the program has made
    pages: int  # bytes of the files that it is made of
    cpu: float  # seconds so far
    frames: int  # so far
    text: int  # bytes of answers in the history

    @staticmethod
    def of(terminal: Terminal, begin: float, frames: int, sandbox: Sandbox) -> "Sample":
        process = pathlib.Path(f"/proc/{terminal.pid}")
        sizes = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        times = (process / "stat").read_text().rpartition(")")[2].split()
        return Sample(
            time.monotonic() - begin,
            *(int(sizes[name].split()[0]) * 1024 for name in ("RssAnon", "RssFile")),
            (int(times[11]) + int(times[12])) / TICKS, frames, sum(sandbox.kept_bytes().values()))


def watch(binary: str, sandbox: Sandbox, minutes: float) -> list[Sample]:
    with Terminal([binary], sandbox.environment) as terminal:
        terminal.first_frame()
        terminal.settle()
        os.write(terminal.master, b"Stream until you are stopped")
        terminal.settle()
        os.write(terminal.master, ENTER)
        begin, frames, samples = time.monotonic(), 0, []
        # The first after the panes have come and the history has the first text.
        for due in [5 + step * (minutes * 60 - 5) / SAMPLES for step in range(SAMPLES + 1)]:
            while (left := begin + due - time.monotonic()) > 0:
                frames += terminal.read(left).count(FRAME)
            samples.append(Sample.of(terminal, begin, frames, sandbox))
        return samples


def ten_minutes(binary: str, server: Server, sandbox: Sandbox, minutes: float) -> Iterator[Finding]:
    sandbox.write_models(server.url, [], screens.DEMO_MODELS)
    sandbox.write_settings("embedded")
    samples = watch(binary, sandbox, minutes)
    first, last = samples[0], samples[-1]
    if last.text - first.text < len(screens.DEMO_MODELS) * screens.DEMO_RATE * (last.seconds - first.seconds) * 0.9:
        raise BenchmarkFailure("the models did not stream all the time")
    what = f"TUI, {len(screens.DEMO_MODELS)} models x {screens.DEMO_RATE:,} tokens/s, the log server within: "
    for before, after in zip(samples, samples[1:]):
        passed = after.seconds - before.seconds
        yield Finding(
            what=what + f"after {after.seconds / 60:.1f} minutes",
            ours=f"{after.own / 1e6:.1f} MB its own, {after.pages / 1e6:.1f} of its files,"
            f" {after.text / 1e6:.1f} of text;"
            f" {(after.cpu - before.cpu) / passed * 100:.0f} % of a core,"
            f" {(after.frames - before.frames) / passed:.1f} frames/s",
            figures=vars(after),
        )
    growth = (last.own - first.own) / (last.text - first.text)
    yield Finding(what=what + "memory for each byte of text", ours=f"{growth:.1f} bytes", figures={"growth": growth})
