"""What a log server in any state, or a slow disk, costs those who only want answers: nothing they would notice."""

import contextlib
import json
import os
import pathlib
import socket
import statistics
import subprocess
import time
import uuid
from collections.abc import Iterator

import processes
import screens
from logserver import LogServer, free_port
from outbox import Outbox
from processes import BenchmarkFailure, percentile
from report import Finding
from sandbox import Sandbox, Server

MODEL = "chunks-20"
MOST_ADDED_MS = 5
# A little over what the outbox keeps of ordinary records.
FULL_RECORDS, FULL_FILLER = 33_000, 8_000
FSYNC_MS = 2_000
LASTING = [f"demo/rate-{screens.DEMO_RATE + i}" for i in range(8)]
# One of these ends about every second while keys are typed, and each end is a turn to be logged.
ENDING = [f"chunks-{100 * (i + 2)}-at-100" for i in range(12)]
SLOW_SECONDS, SLOW_PAIRS = 10, 3
HANDED_OVER = 100


class Frozen:
    """A listener whose connections come to be, for the kernel makes them, and on which nothing ever answers."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}"

    def close(self) -> None:
        self.listener.close()


class Sending:
    """`fiedler send` with its log server in one state."""

    def __init__(self, what: str, godot: str, binary: str, server: Server, sandbox: Sandbox):
        self.what, self.binary, self.sandbox = what, binary, sandbox
        sandbox.write_models(server.url, [MODEL], [MODEL])
        sandbox.write_settings(godot)
        self.first_byte: list[float] = []  # milliseconds from before exec
        self.first_token: list[float] = []  # milliseconds, as the program tells it
        self.end: list[float] = []  # milliseconds from the first byte to the exit
        self.failed = 0

    def send(self) -> None:
        self.watch()
        self.ask()

    def watch(self) -> None:
        begin = time.monotonic()
        process = subprocess.Popen(
            [self.binary, "send", "-m", MODEL, "Go"], env=self.sandbox.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        got = os.read(process.stdout.fileno(), 1)
        first = time.monotonic()
        process.stdout.read()
        if process.wait() != 0 or not got:
            self.failed += 1
        else:
            self.first_byte.append((first - begin) * 1000)
            self.end.append((time.monotonic() - first) * 1000)

    def ask(self) -> None:
        command = [self.binary, "send", "--json", "-m", MODEL, "Go"]
        result = subprocess.run(
            command, env=self.sandbox.environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if result.returncode != 0:
            self.failed += 1
        else:
            self.first_token.append(json.loads(result.stdout)["results"][0]["ttft"] * 1000)

    def added(self, times: str, off: "Sending") -> float:
        """The median of what neighbours in time differ by."""
        return statistics.median(ours - theirs for ours, theirs in zip(getattr(self, times), getattr(off, times)))


def time_to_first_token(binary: str, server: Server, sandbox: Sandbox, runs: int) -> list[Finding]:
    def place(name: str) -> Sandbox:
        return Sandbox(sandbox.folder / name)

    with contextlib.ExitStack() as stack:
        log_server = LogServer(binary, sandbox.folder)
        stack.callback(log_server.close)
        frozen = Frozen()
        stack.callback(frozen.close)
        refused = f"ws://127.0.0.1:{free_port()}"
        full = place("full")
        outbox = Outbox(binary, full)
        outbox.restore(outbox.template("full", outbox.logs(FULL_RECORDS, FULL_FILLER)))
        queued = outbox.counter("log_bytes")
        modes = [
            Sending("off", "off", binary, server, place("off")),
            Sending("connected", log_server.url, binary, server, place("connected")),
            Sending("embedded", "embedded", binary, server, place("embedded")),
            Sending("refused", refused, binary, server, place("refused")),
            Sending("frozen", frozen.url, binary, server, place("frozen")),
            Sending(f"refused, outbox full ({queued >> 20} MiB)", refused, binary, server, full),
        ]
        for mode in modes:  # makes the databases and warms the caches
            mode.send()
            if mode.failed:
                raise BenchmarkFailure(f"`fiedler send` fails, Godot {mode.what}")
            mode.first_byte, mode.first_token, mode.end = [], [], []
        for round_number in range(3 * runs):
            # Everyone is everyone's neighbour, and first and last in turn.
            turn = round_number % len(modes)
            for mode in modes[turn:] + modes[:turn]:
                mode.send()
        if log_server.count("messages") < 2 * 2 * 3 * runs:
            raise BenchmarkFailure("the connected log server has not got the turns")
        if outbox.counter("log_bytes") < queued * 0.9:
            raise BenchmarkFailure("the outbox did not stay full")
    return [sending_finding(mode, modes[0]) for mode in modes]


def sending_finding(mode: Sending, off: Sending) -> Finding:
    what = f"`send`, Godot {mode.what}: time to first token"
    figures = {key: getattr(mode, key) for key in ("first_byte", "first_token", "end", "failed")}
    times = (
        f"{statistics.median(mode.first_byte):.1f} ms from exec, {statistics.median(mode.first_token):.1f} ms from send, "
        f"{mode.failed} failed; exit {statistics.median(mode.end):.0f} ms later"
    )
    if mode is off:
        return Finding(what=what, ours=times, target="0 failed", met=mode.failed == 0, figures=figures)
    from_exec, from_send = mode.added("first_byte", off), mode.added("first_token", off)
    return Finding(
        what=what,
        ours=times,
        theirs="Godot off",
        ratio=f"{from_exec:+.1f} ms, {from_send:+.1f} ms",
        target=f"< +{MOST_ADDED_MS} ms, 0 failed",
        met=max(from_exec, from_send) < MOST_ADDED_MS and mode.failed == 0,
        figures=figures | {"added_from_exec": from_exec, "added_from_send": from_send},
    )


def hand_over(binary: str, tools: pathlib.Path, sandbox: Sandbox) -> list[Finding]:
    """Texts and turns given to be kept and logged, in a process of their own, with and without the slow disk."""
    probe = pathlib.Path(binary).with_name("StoreProbe")
    if not os.access(probe, os.X_OK):
        raise BenchmarkFailure(f"{probe} is not there: swift build -c release --product StoreProbe")
    names = {
        "ends": "a turn that has ended", "text": "text of an answer that streams", "records": "an ordinary log record"
    }
    times: dict[int, dict[str, list[float]]] = {delay: {kind: [] for kind in names} for delay in (0, FSYNC_MS)}
    for number in range(SLOW_PAIRS):
        for delay, lists in times.items():
            folder = sandbox.folder / f"probe-{number}-{delay}"
            command = [str(probe), "handover", str(folder), str(uuid.uuid4()), str(HANDED_OVER)]
            found = json.loads(processes.output(command, sandbox.environment | slow(tools, delay, folder)))
            for kind, values in lists.items():
                values += [nanoseconds / 1000 for nanoseconds in found[kind]]
            if slept(folder) < 1:
                raise BenchmarkFailure("nothing has called fsync, so nothing was slow")

    def percentiles(values: list[float]) -> str:
        return f"p50 {percentile(values, 50):.0f}, p99 {percentile(values, 99):.0f}, max {max(values):.0f} µs"

    return [
        Finding(
            what=f"handing over {name}, each fsync {FSYNC_MS / 1000:g} s longer, against none: the caller's time",
            ours=percentiles(times[FSYNC_MS][kind]),
            theirs=percentiles(times[0][kind]),
            target="p99 < 1 ms",
            met=percentile(times[FSYNC_MS][kind], 99) < 1000,
            figures={"slow_us": times[FSYNC_MS][kind], "fast_us": times[0][kind]},
        )
        for kind, name in names.items()
    ]


def slow(tools: pathlib.Path, milliseconds: int, folder: pathlib.Path) -> dict[str, str]:
    """The environment that makes a program's disk slow, and counts in a file beside `folder` how often it was."""
    return {
        "LD_PRELOAD": str(tools / "slow_fsync.so"),
        "SLOW_FSYNC_MS": str(milliseconds),
        "SLOW_FSYNC_COUNT": f"{folder}.fsyncs",
    }


def slept(folder: pathlib.Path) -> int:
    count = pathlib.Path(f"{folder}.fsyncs")
    return count.stat().st_size if count.exists() else 0


def slow_disk(binary: str, tools: pathlib.Path, server: Server, sandbox: Sandbox) -> Iterator[Finding]:
    """The TUI while answers stream and end, their turns are kept and logged, and every fsync takes two seconds."""
    yield from hand_over(binary, tools, sandbox)
    log_server = LogServer(binary, sandbox.folder)  # its own disk is as fast as ever
    sandbox.write_models(server.url, ENDING, LASTING + ENDING)
    sandbox.write_settings(log_server.url)
    options = ["--prompt", "Stream until you are stopped", "--seconds", str(SLOW_SECONDS)]
    found: dict[int, list[screens.Watched]] = {0: [], FSYNC_MS: []}
    fsyncs = {0: 0, FSYNC_MS: 0}
    try:
        for _ in range(SLOW_PAIRS):
            for delay in found:
                place = sandbox.folder / f"tui-{delay}"
                environment = sandbox.environment | slow(tools, delay, place)
                found[delay].append(screens.Watched(screens.terminal(tools, [binary], environment, *options)))
                fsyncs[delay] = slept(place)
    finally:
        log_server.close()
    if fsyncs[FSYNC_MS] < SLOW_PAIRS:
        raise BenchmarkFailure("nothing has called fsync, so nothing was slow")
    delays = {delay: [w.delays(w.found["keys"])[:3:2] for w in watched] for delay, watched in found.items()}
    times = {delay: [time for run, _ in each for time in run] for delay, each in delays.items()}
    missing = sum(lost for _, lost in delays[FSYNC_MS])
    slow_p99, fast_p99 = (percentile(times[delay], 99) for delay in (FSYNC_MS, 0))
    yield Finding(
        what=f"TUI, {len(LASTING + ENDING)} models, each fsync {FSYNC_MS / 1000:g} s longer: key to screen, against none",
        ours=f"p50 {percentile(times[FSYNC_MS], 50):.1f}, p99 {slow_p99:.1f}, max {max(times[FSYNC_MS]):.1f} ms",
        theirs=f"p50 {percentile(times[0], 50):.1f}, p99 {fast_p99:.1f}, max {max(times[0]):.1f} ms",
        ratio=f"p99 {slow_p99 / fast_p99:.1f}",
        target="p99 ≤ 8 ms, no key lost",
        met=slow_p99 <= 8 and missing == 0,
        figures={"slow_ms": times[FSYNC_MS], "fast_ms": times[0], "missing": missing, "fsyncs": fsyncs},
    )
