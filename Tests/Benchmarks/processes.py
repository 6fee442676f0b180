"""Runs commands and says what they cost: CPU seconds (user + system) and wall seconds."""

import contextlib
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass


class BenchmarkFailure(Exception):
    """A measured program did not do what was asked, so its figures would mean nothing."""


@dataclass
class Cost:
    cpu: float
    wall: float


def run(commands: list[list[str]], environment: dict[str, str]) -> Cost:
    """Runs all commands at once, their output thrown away. CPU is their sum, wall is from first start to last end."""
    quiet = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in range(3)]
    begin = time.monotonic()
    processes = {os.posix_spawnp(c[0], c, environment, file_actions=quiet): c for c in commands}
    cpu = 0.0
    failed: list[str] = []
    for process, command in processes.items():
        # wait4 counts the child and whatever it waited for itself; the next child's end is not missed meanwhile.
        _, status, usage = os.wait4(process, 0)
        cpu += usage.ru_utime + usage.ru_stime
        if (code := os.waitstatus_to_exitcode(status)) != 0:
            failed.append(f"{' '.join(command)[:200]}: exit status {code}")
    if failed:
        raise BenchmarkFailure("; ".join(failed))
    return Cost(cpu, time.monotonic() - begin)


# Whatever runs a command counts for the command's peak, so it has to be small.
LAUNCHER = """
import os, sys
quiet = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in range(3)]
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(process, 0)
if status:
    sys.exit(f"{' '.join(sys.argv[1:])[:200]}: exit status {os.waitstatus_to_exitcode(status)}")
print(usage.ru_maxrss)
"""


def peak_rss_kb(command: list[str], environment: dict[str, str]) -> int:
    """The most memory that a command had at a time, its output thrown away; what has less than 10 MB counts as that."""
    return int(output([sys.executable, "-I", "-S", "-c", LAUNCHER, *command], environment))


def output(command: list[str], environment: dict[str, str], seconds: float = 120) -> str:
    """What a command prints. Its messages are part of the failure if it fails."""
    try:
        result = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise BenchmarkFailure(f"{' '.join(command)[:200]}: has not ended after {seconds:g} s") from None
    if result.returncode != 0:
        message = result.stderr.decode(errors="replace").strip()[-600:]
        raise BenchmarkFailure(f"{' '.join(command)[:200]}: exit status {result.returncode}: {message}")
    return result.stdout.decode()


def wait_for_quiet(most_seconds: float = 30) -> None:
    """Waits until nobody else uses more than a tenth of the machine, but not for ever."""

    def times() -> tuple[int, int]:
        with open("/proc/stat", encoding="ascii") as file:
            fields = [int(field) for field in file.readline().split()[1:]]
        return fields[3] + fields[4], sum(fields[:8])

    end = time.monotonic() + most_seconds
    idle, total = times()
    while time.monotonic() < end:
        time.sleep(0.5)
        (idle_before, total_before), (idle, total) = (idle, total), times()
        if idle - idle_before >= 0.9 * (total - total_before):
            return


@contextlib.contextmanager
def awake() -> Iterator[None]:
    """No processor sleeps meanwhile: loops that any other program goes before keep them all at work.

    For what waits for another process tens of thousands of times a second: a virtual processor that has gone to sleep
    takes some 50 µs to wake, which would be charged to whoever needs so little that one is free.
    """
    lowest = lambda: os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    loops = [
        subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"], preexec_fn=lowest) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@dataclass
class Comparison:
    """Two sets of figures taken in turns; ratios are those of neighbours in time, so that a busy minute hits both."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs)]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    def spread(self) -> str:
        return f"{min(self.ratios):.1f}–{max(self.ratios):.1f}"


def percentile(values: list[float], percent: float) -> float:
    """By nearest rank."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
