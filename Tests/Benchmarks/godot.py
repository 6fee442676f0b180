"""The log server and the client's way to it: how many records a second are safely stored, and what idle clients
cost."""

import pathlib
import resource
import statistics
import time
from collections.abc import Iterator

import processes
from connections import Connection
from logserver import LogServer, PostgreSQL, PythonClient, QueueingServer
from outbox import Outbox
from processes import BenchmarkFailure, Comparison, percentile
from report import Finding
from sandbox import Sandbox

EACH, PIPELINED, BACKLOG, QUEUED = 300, 10_000, 100_000, 30_000
WINDOW = 64
CONVERSATIONS, TURNS = 2_000, 10
IDLE, CALLS = 1_000, 500
ROUNDS = 5
TARGET, LEAST_RATE, MOST_LOG_CPU, MOST_TURN_CPU = 50, 40_000, 40, 100


class Drain:
    """`fiedler godot flush` on a prepared outbox."""

    def __init__(self, binary: str, sandbox: Sandbox):
        self.binary, self.sandbox = binary, sandbox
        self.outbox = Outbox(binary, sandbox)
        self.logs = self.outbox.template("logs", self.outbox.logs(BACKLOG))
        self.turns = self.outbox.template("turns", self.outbox.turns(CONVERSATIONS, TURNS))
        self.few = self.outbox.template("few", self.outbox.logs(QUEUED))

    def rate(
        self, template: pathlib.Path, server: LogServer | QueueingServer, table: str, count: int
    ) -> tuple[float, float, float]:
        """Rows a second of the whole run, start and exit included; CPU seconds of client and server. The rows must
        be in the server's database and gone from the outbox."""
        self.outbox.restore(template)
        self.sandbox.write_settings(server.url)
        before, server_cpu = server.count(table), server.cpu_seconds()
        command = [self.binary, "godot", "flush", "--timeout", "600"]
        cost = processes.run([command], self.sandbox.environment)
        server_cpu = server.cpu_seconds() - server_cpu
        if (stored := server.count(table) - before) != count:
            raise BenchmarkFailure(f"{count} rows were queued, {stored} are in the server's {table}")
        if (pending := self.outbox.counter("pending")) != 0:
            raise BenchmarkFailure(f"flush has ended with {pending} rows still queued")
        return count / cost.wall, cost.cpu, server_cpu


def rates(
    drain: Drain, python: PythonClient, folder: pathlib.Path, storage: str, postgresql: PostgreSQL | None
) -> list[Finding]:
    each, pipelined, logs, turns = [], [], [], []
    for _ in range(ROUNDS):
        # A database of its own for every round: the backlog's records have the same ids each time.
        server = LogServer(drain.binary, folder, postgresql)
        try:
            processes.wait_for_quiet()
            each.append(python.records_a_second("each", server, EACH)[0])
            pipelined.append(python.records_a_second("pipelined", server, PIPELINED)[0])
            processes.wait_for_quiet()
            logs.append(drain.rate(drain.logs, server, "logs", BACKLOG))
            processes.wait_for_quiet()
            turns.append(drain.rate(drain.turns, server, "messages", CONVERSATIONS * TURNS))
        finally:
            server.close()
    drained = [rate for rate, _, _ in logs]
    what = f"{storage}: drain of {BACKLOG:,} log records, all committed, "
    client = f"Python `websockets` {python.version}"
    comparisons = [
        (what + f"against {client}, a connection a record", Comparison(drained, each), TARGET),
        (f"the same against {client}, pipelined on one connection", Comparison(drained, pipelined), None),
    ]
    findings = [
        Finding(
            what=text,
            ours=f"{statistics.median(compared.ours):,.0f}/s",
            theirs=f"{statistics.median(compared.theirs):,.0f}/s",
            ratio=f"{compared.ratio:.1f} ({compared.spread()})",
            target=f"≥ {least}x" if least else "",
            met=compared.ratio >= least if least else None,
            figures={"fiedler": compared.ours, "reference": compared.theirs, "ratio": compared.ratio},
        )
        for text, compared, least in comparisons
    ]
    if postgresql is None:
        findings[0].target += f", ≥ {LEAST_RATE:,}/s"
        findings[0].met = findings[0].met and statistics.median(drained) >= LEAST_RATE
    return findings + [cpu_finding("the same", logs, BACKLOG, MOST_LOG_CPU), *turn_findings(storage, turns)]


def queued(drain: Drain, python: PythonClient) -> list[Finding]:
    """A server that only queues log records, so that the client has to look for them afterwards. It asks its queue, a
    process of its own, once a record, and stands idle until that one wakes."""
    theirs, proven, ours = [], [], []
    for _ in range(ROUNDS):
        server = QueueingServer(python)
        try:
            processes.wait_for_quiet()
            with processes.awake():
                theirs.append(python.records_a_second("pipelined", server, QUEUED, WINDOW))
                proven.append(python.records_a_second("confirmed", server, QUEUED, WINDOW))
                ours.append(drain.rate(drain.few, server, "logs", QUEUED))
        finally:
            server.close()
    compared = Comparison([rate for rate, _, _ in ours], [rate for rate, _ in theirs])
    alike = Comparison([rate for rate, _, _ in ours], [rate for rate, _ in proven])
    spent = statistics.median(cpu for _, cpu in proven) / QUEUED
    client = statistics.median(cpu for _, cpu, _ in ours) / QUEUED
    return [
        Finding(
            what=f"a Python server that queues: drain of {QUEUED:,} log records, each seen in its store, against Python"
            f" pipelined with {WINDOW} under way, each acknowledged",
            ours=f"{statistics.median(compared.ours):,.0f}/s",
            theirs=f"{statistics.median(compared.theirs):,.0f}/s",
            ratio=f"{compared.ratio:.1f} ({compared.spread()})",
            target="≥ 1x",
            met=compared.ratio >= 1,
            figures={"fiedler": compared.ours, "reference": compared.theirs, "ratio": compared.ratio},
        ),
        Finding(
            what="the same, against Python that reads back what it has sent, too",
            ours=f"{statistics.median(alike.ours):,.0f}/s",
            theirs=f"{statistics.median(alike.theirs):,.0f}/s",
            ratio=f"{alike.ratio:.1f} ({alike.spread()})",
            target="≥ 1x",
            met=alike.ratio >= 1,
            figures={"fiedler": alike.ours, "reference": alike.theirs, "ratio": alike.ratio},
        ),
        Finding(
            what="the same: CPU a record, client, against that Python",
            ours=f"{client * 1e6:.0f} µs",
            theirs=f"{spent * 1e6:.0f} µs",
            ratio=f"{client / spent:.2f}",
            target=f"≤ {MOST_LOG_CPU} µs",
            met=client * 1e6 <= MOST_LOG_CPU,
            figures={"client_seconds": [cpu for _, cpu, _ in ours], "reference_seconds": [cpu for _, cpu in proven]},
        ),
    ]


def cpu_finding(what: str, runs: list[tuple[float, float, float]], count: int, most: float) -> Finding:
    client = statistics.median(run[1] for run in runs) / count
    server = statistics.median(run[2] for run in runs) / count
    return Finding(
        what=f"{what}: CPU a record, client and server",
        ours=f"{client * 1e6:.0f} + {server * 1e6:.0f} µs",
        target=f"client ≤ {most:g} µs",
        met=client * 1e6 <= most,
        figures={"client_seconds": [run[1] for run in runs], "server_seconds": [run[2] for run in runs]},
    )


def turn_findings(storage: str, runs: list[tuple[float, float, float]]) -> list[Finding]:
    count, found = CONVERSATIONS * TURNS, [run[0] for run in runs]
    return [
        Finding(
            what=f"{storage}: drain of {count:,} turns of {CONVERSATIONS:,} conversations",
            ours=f"{statistics.median(found):,.0f}/s",
            figures={"fiedler": found},
        ),
        cpu_finding("the same", runs, count, MOST_TURN_CPU),
    ]


def call_times(connection: Connection, number: int) -> list[float]:
    """Milliseconds of log calls made one after another, each acknowledged after its commit."""
    times = []
    for i in range(number):
        record = {
            "component": "benchmark", "level": "INFO", "message": f"Call {i}", "data": {},
            "trace_id": f"00000000-0000-4000-8000-{i:012}",
        }
        begin = time.monotonic()
        connection.request("tools/call", {"name": "logger_log", "arguments": record})
        times.append((time.monotonic() - begin) * 1000)
    return times


def idle_connections(binary: str, folder: pathlib.Path) -> list[Finding]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if (wanted := IDLE + 200) > hard and hard != resource.RLIM_INFINITY:
        raise BenchmarkFailure(f"only {hard} open files are allowed (ulimit -Hn); {wanted} are needed")
    server = LogServer(binary, folder)  # with the usual limit on open files
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    connections: list[Connection] = []
    try:
        active = Connection(server.port)
        alone = call_times(active, CALLS)
        before = server.memory_kb()
        connections = [Connection(server.port) for _ in range(IDLE)]
        after = server.memory_kb()
        crowded = call_times(active, CALLS)
        peak = server.memory_kb("VmHWM")
        for connection in connections:  # all of them are still served
            connection.request("tools/list", {})
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        server.close()
    p50, p99 = percentile(crowded, 50), percentile(crowded, 99)
    return [
        Finding(
            what=f"log server's memory at {IDLE:,} idle connections",
            ours=f"{before / 1000:.0f} → {after / 1000:.0f} MB, {(after - before) / IDLE:.1f} kB each",
            figures={"before_kb": before, "after_kb": after, "peak_kb": peak},
        ),
        Finding(
            what="a call of another client meanwhile, against the same without them",
            ours=f"p50 {p50:.2f}, p99 {p99:.2f} ms",
            theirs=f"p50 {percentile(alone, 50):.2f}, p99 {percentile(alone, 99):.2f} ms",
            ratio=f"{p50 / percentile(alone, 50):.1f}",
            figures={"milliseconds": crowded, "alone_milliseconds": alone},
        ),
    ]


def log_server(binary: str, sandbox: Sandbox) -> Iterator[Finding]:
    yield from idle_connections(binary, sandbox.folder)
    python = PythonClient(sandbox.folder)
    drain = Drain(binary, sandbox)
    yield from queued(drain, python)
    yield from rates(drain, python, sandbox.folder, "SQLite", None)
    postgresql = PostgreSQL(sandbox.folder / "pg")
    try:
        yield from rates(drain, python, sandbox.folder, f"PostgreSQL {postgresql.version}", postgresql)
    finally:
        postgresql.close()
