"""Batches: what a cell costs beyond its model, and a matrix of 10,000 cells on the screen."""

import json
import pathlib
from collections.abc import Iterator

import processes
import streams
from large import FRAMES_A_SECOND, KEYS_A_SECOND, held
from processes import percentile
from report import Finding
from sandbox import Sandbox, Server
from tui import ENTER, Terminal

# Every answer takes (CHUNKS - 1) / RATE seconds: its first chunk comes at once.
CHUNKS, RATE = 40, 100
ANSWER = (CHUNKS - 1) / RATE
AT_ONCE, ROUNDS = 64, 10
ROWS, MODELS = 2_500, 4
MOST_MEGABYTES = 100


def rows(folder: pathlib.Path, count: int) -> pathlib.Path:
    path = folder / f"{count}.jsonl"
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps({"topic": f"topic {number}", "number": number}) + "\n")
    return path


def run(binary: str, sandbox: Sandbox, file: pathlib.Path, models: list[str], jobs: int) -> processes.Cost:
    chosen = [argument for model in models for argument in ("-m", model)]
    command = [binary, "batch", str(file), "--prompt", "Write about {{topic}}", "--jobs", str(jobs), *chosen]
    return processes.run([command], sandbox.environment)


def overhead(binary: str, server: Server, sandbox: Sandbox, runs: int) -> Finding:
    """Wall beyond that of models which answer without any overhead, a cell; against as many `curl -N`, 64 at a time."""
    model, cells = f"chunks-{CHUNKS}-at-{RATE}", AT_ONCE * ROUNDS
    sandbox.write_models(server.url, [model], [model])
    file = rows(sandbox.folder, cells)
    ours, theirs = [], []
    for _ in range(max(runs // 2, 1)):
        wall = run(binary, sandbox, file, [model], AT_ONCE).wall
        ours.append((wall - ANSWER * ROUNDS) / cells * 1000)
        wall = sum(
            processes.run([streams.curl(server, model)] * AT_ONCE, sandbox.environment).wall for _ in range(ROUNDS)
        )
        theirs.append((wall - ANSWER * ROUNDS) / cells * 1000)
    mine, other = percentile(ours, 50), percentile(theirs, 50)
    return Finding(
        what=f"`batch`, {cells} cells, {AT_ONCE} at once, {ANSWER * 1000:.0f} ms each: a cell beyond its model, against"
        f" {AT_ONCE} `curl -N` at a time",
        ours=f"{mine:.2f} ms (max {max(ours):.2f})",
        theirs=f"{other:.2f} ms",
        ratio=f"{mine / other:.1f}",
        target="< 5 ms",
        met=mine < 5,
        figures={"milliseconds": ours, "reference_milliseconds": theirs},
    )


def matrix(binary: str, server: Server, sandbox: Sandbox) -> list[Finding]:
    """A finished batch, gone through by rows as fast as a held key repeats."""
    models = [f"chunks-1-of-{number}" for number in range(MODELS)]
    sandbox.write_models(server.url, models, models)
    took = run(binary, sandbox, rows(sandbox.folder, ROWS), models, AT_ONCE).wall
    with Terminal([binary], sandbox.environment) as screen:
        screen.first_frame()
        screen.settle(1)
        before = screen.memory_kb()
        screen.key(b"/batches" + ENTER, quiet=1)
        opened = screen.key(ENTER, quiet=1)
        times, rate = held(screen, [b"j", b"k"])
        memory = screen.memory_kb() - before
    return [
        Finding(f"a batch of {ROWS * MODELS:,} cells that answer at once", f"{ROWS * MODELS / took:,.0f} cells/s"),
        Finding(
            what=f"its matrix, gone through by a row {KEYS_A_SECOND} times a second",
            ours=f"{rate:.0f} frames/s; key to screen p50 {percentile(times, 50):.1f}, p99 {percentile(times, 99):.1f} ms",
            target=f"≥ {FRAMES_A_SECOND} frames/s",
            met=rate >= FRAMES_A_SECOND,
            figures={"milliseconds": times, "frames_per_second": rate},
        ),
        Finding(
            what="opening the matrix: key to screen; memory it takes",
            ours=f"{opened:.0f} ms; {memory / 1000:.0f} MB",
            target=f"< {MOST_MEGABYTES} MB",
            met=memory / 1000 < MOST_MEGABYTES,
        ),
    ]


def findings(binary: str, server: Server, sandbox: Sandbox, runs: int) -> Iterator[Finding]:
    yield overhead(binary, server, sandbox, runs)
    yield from matrix(binary, server, sandbox)
