"""How exactly `fiedler replay` repeats what came, and how soon the screen shows any moment of a long answer."""

import base64
import json
import os
import statistics
import subprocess
import time

import processes
from processes import BenchmarkFailure, percentile
from report import Finding
from sandbox import Sandbox
from tui import ENTER, HEIGHT, HISTORY_KEY, WIDTH, Terminal, delays

# Tokens a second: slower than people read, and as fast as models get.
RATES = [20, 200]


def entries(recording: bytes) -> list[tuple[int, int, int]]:
    """(milliseconds, kind, value) of a recording: a version byte, then varints of time since the entry before and of
    value << 2 | kind."""
    numbers, number, shift = [], 0, 0
    for byte in recording[1:]:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number, shift = 0, 0
    found, now = [], 0
    for elapsed, tagged in zip(numbers[::2], numbers[1::2]):
        now += elapsed
        found.append((now, tagged & 3, tagged >> 2))
    return found


def arrivals(command: list[str], environment: dict[str, str]) -> tuple[bytes, list[tuple[int, float]]]:
    """What a command writes, and (bytes so far, milliseconds) of each read."""
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    text, times = b"", []
    while part := os.read(process.stdout.fileno(), 1 << 16):
        text += part
        times.append((len(text), time.monotonic() * 1000))
    if process.wait() != 0:
        raise BenchmarkFailure(f"{' '.join(command)}: exit status {process.returncode}")
    return text, times


def errors(chunks: list[tuple[int, int]], times: list[tuple[int, float]]) -> list[float]:
    """How far each chunk's appearance is from its time, in milliseconds; the first one's is where the clock begins."""
    found, place = [], 0
    for end, milliseconds in chunks:
        while times[place][0] < end:
            place += 1
        found.append(times[place][1] - milliseconds)
    return [abs(error - found[0]) for error in found[1:]]


def exactness(binary: str, sandbox: Sandbox) -> list[Finding]:
    sandbox.write_no_models()
    findings = []
    for rate in RATES:
        model = f"demo/rate-{rate}x{10 * rate}"
        processes.run([[binary, "send", "-q", "-m", model, "Stream for ten seconds"]], sandbox.environment)
        listed = json.loads(processes.output([binary, "history", "--json", "-n", "1"], sandbox.environment))
        exported = json.loads(processes.output([binary, "export", "--format", "json", listed[0]["id"]], sandbox.environment))
        reply = exported["exchanges"][0]["replies"][0]
        stored, recording = reply["text"].encode(), base64.b64decode(reply["recording"])
        text, times = arrivals([binary, "replay", listed[0]["id"]], sandbox.environment)
        start = text.index(b"\n\n") + 2
        if not text[start:].startswith(stored.rstrip(b"\r\n")):
            raise BenchmarkFailure(f"{model}: replay wrote other bytes than were stored")
        chunks, end = [], 0
        for milliseconds, kind, value in entries(recording):
            if kind != 0:
                continue
            end += value
            # Line ends wait for the text behind them, as with `fiedler send`.
            shown = len(stored[:end].rstrip(b"\r\n"))
            if not chunks or start + shown > chunks[-1][0]:
                chunks.append((start + shown, milliseconds))
        found = errors(chunks, times)
        events = len(entries(recording))
        findings.append(
            Finding(
                what=f"replay at 1x of {len(chunks):,} chunks at about {rate}/s: bytes equal, time error",
                ours=f"p50 {statistics.median(found):.1f}, p99 {percentile(found, 99):.1f}, max {max(found):.1f} ms",
                target="p99 ≤ 20 ms",
                met=percentile(found, 99) <= 20,
                figures={"milliseconds": found},
            )
        )
        findings.append(
            Finding(
                what=f"a recording's cost at {rate} chunks/s",
                ours=f"{len(recording) / events:.2f} bytes a chunk",
                theirs=f"{len(stored) / events:.1f} bytes of text a chunk",
            )
        )
    return findings


def seeking(binary: str, sandbox: Sandbox) -> Finding:
    """Seeks in an answer of about a megabyte, by key and by clicks on its track."""
    processes.run([[binary, "send", "-q", "-m", "demo/rate-100000x210000", "A megabyte"]], sandbox.environment)
    with Terminal([binary], sandbox.environment) as screen:
        screen.first_frame()
        screen.settle(1)
        screen.key(HISTORY_KEY)
        screen.key(b"p")
        times = [screen.key(key) for key in [b"$", b"0", b"$", b"h", b"0", b"l"] * 3]
        for column in [30, 80, 25, 110, 60, 40, 90, 61, 35, 70] * 3:
            click = b"\x1b[<0;%d;%d" % (column * WIDTH // 120, HEIGHT - 2)
            times.append(screen.key(click + b"M" + click + b"m"))
    return delays("seeking in the replay of a 1 MB answer: key or click to screen", times, 16)


def comparison(binary: str, sandbox: Sandbox) -> list[Finding]:
    """Compares two answers of about 100 kB each that have little in common: by what is common, then by words."""
    models = [part for i in range(2) for part in ("-m", f"demo/rate-{100000 + i}x22000")]
    sandbox.write_no_models()
    processes.run([[binary, "send", "-q", *models, "Two long ones"]], sandbox.environment)
    with Terminal([binary], sandbox.environment) as screen:
        screen.first_frame()
        screen.settle(1)
        screen.key(HISTORY_KEY)
        screen.key(ENTER)
        opened, changed = [], []
        for _ in range(20):
            opened.append(screen.key(b"d"))
            changed.append(screen.key(b"w"))
            screen.key(b"q")
    return [
        delays("two answers of 100 kB compared, by words and by what is common: key to screen", opened, 100),
        delays("from what is common to what differs: key to screen", changed, 100),
    ]
