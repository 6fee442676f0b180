"""Large texts on the screen: a draft of a megabyte typed in while models stream, and an answer of five scrolled."""

import bisect
import os
import pathlib
import time

import processes
from processes import BenchmarkFailure, percentile
from report import Finding
from sandbox import Sandbox
from screens import DEMO_MODELS, Watched, check_received, delay_finding, terminal
from tui import ENTER, HISTORY_KEY, PAGE_DOWN, PAGE_UP, TAB, WHEEL_DOWN, WHEEL_UP, Terminal

DRAFT_BYTES = 1_000_000
# About five bytes a token.
ANSWER_TOKENS, ANSWER_BYTES = 1_100_000, 5_000_000
EDITOR_KEY = "\x07"
FRAME_BEGIN, FRAME_END = b"\x1b[?2026h", b"\x1b[?2026l"
SCROLLED_SECONDS, KEYS_A_SECOND = 5, 100
NOTICE_SECONDS = 9
# What the frame pacer lets through, less what a busy machine takes.
FRAMES_A_SECOND = 55


def drafts() -> dict[str, str]:
    line = "A draft says what the models shall look at, line by line, and why – every one of them (日本語 too).\n"
    lines = line * (DRAFT_BYTES // len(line.encode()) + 1)
    return {"in lines": lines, "in one line": lines.replace("\n", " ")}


def typing(binary: str, tools: pathlib.Path, sandbox: Sandbox, seconds: float) -> list[Finding]:
    """The draft comes from $EDITOR; the letters are typed behind it."""
    findings: list[Finding] = []
    sandbox.write_models("http://127.0.0.1:9/v1", [], DEMO_MODELS)
    for shape, text in drafts().items():
        draft = sandbox.folder / "draft.txt"
        draft.write_text(text, encoding="utf-8")
        environment = sandbox.environment | {"EDITOR": f"cp '{draft}'"}
        options = ["--prompt", "Stream until you are stopped", "--seconds", str(seconds), "--then", EDITOR_KEY]
        watched = Watched(terminal(tools, [binary], environment, *options))
        check_received(sandbox, DEMO_MODELS, seconds)
        keys = [(code, time) for code, time in watched.found["keys"]]
        what = f"a draft of 1 MB {shape}, {len(DEMO_MODELS)} models stream: key to screen"
        findings += delay_finding(what, watched, keys, 16)
    return findings


class Frames:
    """When frames began and ended, as they are read."""

    def __init__(self) -> None:
        self.begins: list[float] = []
        self.ends: list[float] = []
        self.rest = b""

    def take(self, part: bytes) -> None:
        now, data = time.monotonic(), self.rest + part
        while True:
            is_open = len(self.begins) > len(self.ends)
            mark = FRAME_END if is_open else FRAME_BEGIN
            place = data.find(mark)
            if place < 0:
                self.rest = data[-(len(mark) - 1) :]
                return
            (self.ends if is_open else self.begins).append(now)
            data = data[place + len(mark) :]


def held(screen: Terminal, keys: list[bytes]) -> tuple[list[float], float]:
    """Keys that repeat: milliseconds from each to the end of the first frame begun after it, and frames a second.
    The later ones turn back, lest the end be reached."""
    frames, sent = Frames(), []
    begin = time.monotonic()
    count = SCROLLED_SECONDS * KEYS_A_SECOND
    while len(sent) < count:
        due = begin + len(sent) / KEYS_A_SECOND
        if (left := due - time.monotonic()) > 0:
            frames.take(screen.read(left))
            continue
        sent.append(time.monotonic())
        os.write(screen.master, keys[len(sent) * len(keys) // (count + 1)])
    end = time.monotonic()
    while part := screen.read(0.3):
        frames.take(part)
    times = []
    for key in sent:
        place = bisect.bisect_left(frames.begins, key)
        if place < len(frames.ends):
            times.append((frames.ends[place] - key) * 1000)
    if len(times) < count - 2:
        raise BenchmarkFailure(f"{count - len(times)} of {count} keys moved nothing")
    return times, sum(1 for frame in frames.ends if frame < end) / (end - begin)


def scrolling(binary: str, sandbox: Sandbox) -> list[Finding]:
    sandbox.write_no_models()
    model = f"demo/rate-1000000x{ANSWER_TOKENS}"
    processes.run([[binary, "send", "-q", "-m", model, "Five megabytes"]], sandbox.environment)
    if (size := sum(sandbox.kept_bytes().values())) < ANSWER_BYTES:
        raise BenchmarkFailure(f"the answer has {size:,} bytes only")
    findings = []
    with Terminal([binary], sandbox.environment) as screen:
        screen.first_frame()
        screen.settle(1)
        screen.key(HISTORY_KEY)
        opened = screen.key(ENTER, quiet=1)
        screen.key(TAB)
        # Notices have rows of their own: while they go, a page changes its size, and the way back is another one.
        screen.written_in(NOTICE_SECONDS)
        for name, keys in [("a page", [PAGE_UP, PAGE_DOWN]), ("a notch of the wheel", [WHEEL_UP, WHEEL_DOWN])]:
            times, rate = held(screen, keys)
            p99 = percentile(times, 99)
            findings.append(
                Finding(
                    what=f"an answer of {size / 1e6:.1f} MB scrolled by {name}, {KEYS_A_SECOND} times a second",
                    ours=f"{rate:.0f} frames/s; key to screen p50 {percentile(times, 50):.1f}, p99 {p99:.1f} ms",
                    target=f"≥ {FRAMES_A_SECOND} frames/s",
                    met=rate >= FRAMES_A_SECOND,
                    figures={"milliseconds": times, "frames_per_second": rate},
                )
            )
        memory = screen.memory_kb()
    findings.append(Finding("opening it: key to its end on the screen; memory then", f"{opened:.0f} ms; {memory / 1000:.0f} MB"))
    return findings


def texts(binary: str, tools: pathlib.Path, sandbox: Sandbox, seconds: float) -> list[Finding]:
    return [*typing(binary, tools, sandbox, min(seconds, 10)), *scrolling(binary, sandbox)]
