"""What agents ask for: `fiedler_send` over MCP against `curl -N`, a send that is watched, and 200 models at once."""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import time

import processes
import streams
from processes import BenchmarkFailure, Comparison, percentile
from report import Finding
from sandbox import Sandbox, Server
from tui import Terminal

MODELS, CHUNKS, RATE, ROUNDS = 8, 40, 100, 100
# How long each of the models takes: the first chunk comes at once.
SLOWEST = (CHUNKS - 1) / RATE
WATCHED = "marked-600-at-200"
MANY, MANY_CHUNKS = [50, 100, 200], 200


class Agent:
    """A client of `fiedler mcp` over its standard input and output. As a context: it ends with that."""

    def __init__(self, binary: str, environment: dict[str, str]):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [binary, "mcp"], env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
        )
        self.number = 0
        client = {"name": "benchmark", "version": "1"}
        self.ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client})

    def __enter__(self) -> "Agent":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()

    def ask(self, method: str, parameters: dict) -> dict:
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": parameters}
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        while line := self.process.stdout.readline():
            answer = json.loads(line)
            if answer.get("id") == self.number:
                return answer["result"]
        raise BenchmarkFailure("fiedler mcp ended by itself")

    def send(self, models: list[str]) -> dict:
        arguments = {"prompt": streams.PROMPT, "models": models}
        return self.ask("tools/call", {"name": "fiedler_send", "arguments": arguments})["structuredContent"]


def calls(binary: str, server: Server, sandbox: Sandbox) -> Finding:
    models = [f"chunks-{CHUNKS}-at-{RATE}-{i}" for i in range(1, MODELS + 1)]
    sandbox.write_models(server.url, models, models)
    text = streams.streamed_text(server, models[0], sandbox.environment)
    ours, theirs = [], []
    with Agent(binary, sandbox.environment) as agent:
        for turn in range(ROUNDS + 1):
            begin = time.monotonic()
            answer = agent.send(models)
            took = time.monotonic() - begin
            if [result.get("text") for result in answer["results"]] != [text] * MODELS:
                raise BenchmarkFailure(f"fiedler_send did not bring what was sent: {json.dumps(answer)[:300]}")
            other = processes.run([streams.curl(server, model) for model in models], sandbox.environment)
            if turn > 0:  # the first pair warms the caches
                ours.append((took - SLOWEST) * 1000)
                theirs.append((other.wall - SLOWEST) * 1000)
    p50, p99 = percentile(ours, 50), percentile(ours, 99)
    between = statistics.median(own - other for own, other in zip(ours, theirs))
    return Finding(
        what=f"`fiedler_send` over MCP, {MODELS} models: beyond the slowest model, against {MODELS} `curl -N` at once",
        ours=f"p50 {p50:.1f}, p99 {p99:.1f} ms",
        theirs=f"p50 {percentile(theirs, 50):.1f}, p99 {percentile(theirs, 99):.1f} ms",
        ratio=f"{between:+.1f} ms",
        target="p99 < 20 ms",
        met=p99 < 20,
        figures={"milliseconds": ours, "reference_milliseconds": theirs},
    )


def start(command: list[str], environment: dict[str, str]) -> int:
    quiet = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in range(3)]
    return os.posix_spawnp(command[0], command, environment, file_actions=quiet)


def cost(process: int) -> float:
    """CPU seconds of a process, once it has ended."""
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise BenchmarkFailure(f"a send ended with {status}")
    return usage.ru_utime + usage.ru_stime


@contextlib.contextmanager
def watcher(binary: str, sandbox: Sandbox) -> Terminal:
    """`fiedler watch`, once something runs that it can watch."""
    deadline = time.monotonic() + 10
    while b"streaming" not in subprocess.run([binary, "status"], env=sandbox.environment, capture_output=True).stdout:
        if time.monotonic() > deadline:
            raise BenchmarkFailure("the send is not listed")
    with Terminal([binary, "watch"], sandbox.environment) as screen:
        yield screen


def seen(screen: Terminal, until: float) -> dict[str, float]:
    """When each marked character was first read from the terminal, in nanoseconds."""
    found: dict[str, float] = {}
    rest = b""
    while time.monotonic() < until:
        rest += screen.read(0.02)
        # All of them are of three bytes, and so begin with the same one or two.
        text, now = rest.decode(errors="ignore"), time.monotonic_ns()
        for character in text:
            if 0x1541 <= ord(character) < 0x1541 + 300:
                found.setdefault(character, now)
        rest = rest[-2:]
    return found


def watching(binary: str, server: Server, sandbox: Sandbox, runs: int) -> list[Finding]:
    sandbox.write_models(server.url, [WATCHED], [WATCHED])
    command = streams.send(binary, [WATCHED], "-q")
    alone, watched, delays, missing, expected = [], [], [], 0, 0
    for turn in range(runs + 1):
        alone.append(cost(start(command, sandbox.environment)))
        before = len(server.marks)
        sender = start(command, sandbox.environment)
        with watcher(binary, sandbox) as screen:
            screen.first_frame(b"\xe1")
            begin = time.monotonic_ns()
            found = seen(screen, time.monotonic() + 2)
            watched.append(cost(sender))
        marks = [mark for mark in server.marks[before:] if begin <= mark[1] < begin + 1_500_000_000]
        expected += len(marks)
        for code, written in marks:
            if at := found.get(chr(code)):
                delays.append((at - written) / 1e6)
            else:
                missing += 1
    compared = Comparison(watched[1:], alone[1:])
    if not delays:
        raise BenchmarkFailure("nothing that was sent came to the watcher's screen")
    lost = f", {missing} of {expected} never" if missing else ""
    p50, p99 = percentile(delays, 50), percentile(delays, 99)
    milliseconds = [f"{statistics.median(values) * 1000:.0f} ms" for values in (compared.ours, compared.theirs)]
    return [
        Finding(
            what="a send that is watched: the sender's CPU, against the same unwatched",
            ours=milliseconds[0],
            theirs=milliseconds[1],
            ratio=f"{compared.ratio:.2f} ({min(compared.ratios):.2f}–{max(compared.ratios):.2f})",
            target="≤ 1.1x",
            met=compared.ratio <= 1.1,
            figures={"watched_seconds": compared.ours, "alone_seconds": compared.theirs},
        ),
        Finding(
            what="the same: a token to the watcher's screen",
            ours=f"p50 {p50:.0f}, p99 {p99:.0f}, max {max(delays):.0f} ms{lost}",
            target="≤ 250 ms",
            met=p99 <= 250 and missing == 0,
            figures={"milliseconds": delays, "missing": missing},
        ),
    ]


def many(binary: str, server: Server, sandbox: Sandbox, runs: int) -> list[Finding]:
    models = [f"chunks-{MANY_CHUNKS}-{i}" for i in range(1, MANY[-1] + 1)]
    sandbox.write_models(server.url, models, models)
    streams.check_text(binary, server, models[:2], sandbox.environment)
    curls = [streams.curl(server, model) for model in models]
    costs = streams.compare([streams.send(binary, models)], curls, sandbox.environment, runs)

    def megabytes(count: int) -> float:
        command = streams.send(binary, models[:count])
        return statistics.median(processes.peak_rss_kb(command, sandbox.environment) / 1000 for _ in range(3))

    memory = {count: megabytes(count) for count in MANY}
    what = f"`send`, {MANY[-1]} models x {MANY_CHUNKS} chunks at once: "
    return [
        streams.finding(what + f"wall, against {MANY[-1]} `curl -N` at once", streams.wall(costs), 1.5),
        Finding(
            what=f"the same: memory with {', '.join(map(str, MANY))} models",
            ours=", ".join(f"{memory[count]:.0f}" for count in MANY) + " MB",
            figures={"megabytes": memory},
        ),
    ]


def findings(binary: str, server: Server, sandbox: Sandbox, runs: int) -> list[Finding]:
    folder = pathlib.Path(sandbox.folder)
    return [
        calls(binary, server, sandbox),
        *watching(binary, server, Sandbox(folder / "watched"), runs),
        *many(binary, server, Sandbox(folder / "many"), runs),
    ]
