"""A history of a million turns: what the user waits for in it, against an empty history and against `llm logs -q`."""

import fcntl
import json
import os
import pathlib
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time

import processes
from processes import BenchmarkFailure, Comparison, percentile
from report import Finding
from sandbox import Sandbox

FIRST_FRAME_TEXT = b"prompt"
HISTORY_KEY, CLEAR_LINE, ENTER, ESCAPE, PAGE_DOWN = b"\x13", b"\x15", b"\r", b"\x1b", b"\x1b[6~"


class Terminal:
    """A program in a pseudo-terminal of 120x40."""

    def __init__(self, command: list[str], environment: dict[str, str]):
        self.begin = time.monotonic()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execve(command[0], command, environment)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def read(self, seconds: float) -> bytes:
        """What it writes next; nothing if it writes nothing for so long."""
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self.master, 1 << 16)
        except OSError:
            raise BenchmarkFailure("the TUI ended by itself") from None

    def first_frame(self) -> float:
        """Milliseconds from its start to the first frame."""
        seen = b""
        while FIRST_FRAME_TEXT not in seen:
            if not (part := self.read(15)):
                raise BenchmarkFailure("no frame within 15 s")
            seen += part
        return (time.monotonic() - self.begin) * 1000

    def settle(self, quiet: float = 0.15) -> float:
        """Waits until it has written nothing for so many seconds; returns when it wrote last, as `time.monotonic`."""
        last = time.monotonic()
        limit = last + 20
        while self.read(quiet):
            last = time.monotonic()
            if last > limit:
                raise BenchmarkFailure(f"the TUI was not quiet for {quiet} s within 20 s")
        return last

    def key(self, keys: bytes) -> float:
        """Milliseconds until the screen is as it stays, with everything that the key brought up."""
        begin = time.monotonic()
        os.write(self.master, keys)
        return (self.settle() - begin) * 1000

    def memory_kb(self) -> int:
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
        raise BenchmarkFailure("no VmHWM")

    def close(self) -> None:
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + 5
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            if select.select([self.master], [], [], 0.01)[0]:
                try:
                    os.read(self.master, 1 << 16)
                except OSError:
                    time.sleep(0.01)
        os.close(self.master)


def delays(what: str, times: list[float], limit: float) -> Finding:
    p50, p95, most = percentile(times, 50), percentile(times, 95), max(times)
    return Finding(
        what=what,
        ours=f"p50 {p50:.1f}, p95 {p95:.1f}, max {most:.1f} ms ({len(times):,} keys)",
        target=f"p95 < {limit:g} ms",
        met=p95 < limit,
        figures={"milliseconds": times},
    )


def queries(corpus: dict) -> list[str]:
    """What is typed: words of every frequency, several at once, a phrase, filters, code, Chinese."""
    words = corpus["words"]
    several = [f"{words[2]} {words[5]}", f"{words[4]} {words[6]} {words[1]}", f"{words[3]} -{words[0]}"]
    filters = [f"model:gpt {words[4]}", f"after:2025 {words[6]}", f"is:pinned {words[1]}", "provider:llm"]
    return words + several + filters + [f'"{words[0]} {words[1]}"', corpus["ideographs"], corpus["identifier"], corpus["unique"]]


def typing(screen: Terminal, corpus: dict) -> list[float]:
    times = []
    for query in queries(corpus):
        for letter in query:
            times.append(screen.key(letter.encode()))
        screen.key(CLEAR_LINE)
    return times


def opening(screen: Terminal, corpus: dict) -> list[float]:
    """Opens the first conversations that each of some words finds."""
    times = []
    for word in corpus["words"][:8]:
        for place in range(6):
            screen.key(HISTORY_KEY)
            screen.key(b"/" + CLEAR_LINE + word.encode())
            screen.key(ENTER)
            if place:
                screen.key(b"j" * place)
            times.append(screen.key(ENTER))
    return times


def in_the_tui(binary: str, sandbox: Sandbox, corpus: dict) -> list[Finding]:
    screen = Terminal([binary], sandbox.environment)
    try:
        screen.first_frame()
        screen.settle(1)
        screen.key(HISTORY_KEY)
        scrolling = [screen.key(PAGE_DOWN) for _ in range(100)]
        screen.key(b"/")
        found = typing(screen, corpus)
        screen.key(ESCAPE)
        screen.key(ESCAPE)
        opened = opening(screen, corpus)
        memory = screen.memory_kb()
    finally:
        screen.close()
    return [
        delays("search as you type: key to the page on the screen", found, 50),
        delays("opening a conversation: key to its answers on the screen", opened, 20),
        delays("scrolling the list a page, older ones loaded", scrolling, 16),
        Finding("memory after all that", f"{memory / 1000:.0f} MB", target="< 100 MB", met=memory < 100_000),
    ]


def start(binary: str, full: Sandbox, empty: Sandbox, runs: int) -> list[Finding]:
    def first_frame(sandbox: Sandbox) -> float:
        screen = Terminal([binary], sandbox.environment)
        try:
            return screen.first_frame()
        finally:
            screen.close()

    first_frame(full), first_frame(empty)  # each once, so that both are in the page cache
    both = Comparison(*zip(*[(first_frame(full), first_frame(empty)) for _ in range(2 * runs + 1)]))
    return [
        Finding(
            what="start to first frame, against an empty history",
            ours=f"{statistics.median(both.ours):.1f} ms",
            theirs=f"{statistics.median(both.theirs):.1f} ms",
            ratio=f"{both.ratio:.2f} ({both.spread()})",
            target="≤ 1.2x",
            met=both.ratio <= 1.2,
            figures={"full": both.ours, "empty": both.theirs},
        )
    ]


def against_llm(binary: str, llm: pathlib.Path, log: pathlib.Path, sandbox: Sandbox, corpus: dict) -> Finding:
    environment = sandbox.environment | {"LLM_USER_PATH": str(log.parent / "llm")}
    ours, theirs = [], []
    for word in corpus["words"][2:] + [corpus["unique"]]:
        ours.append(processes.run([[binary, "history", "-n", "20", word]], sandbox.environment).wall)
        theirs.append(processes.run([[str(llm), "logs", "-s", "-n", "20", "-q", word, "-d", str(log)]], environment).wall)
    both = Comparison(ours, theirs)
    return Finding(
        what="`fiedler history WORD` against `llm logs -q WORD`, the same turns",
        ours=f"{statistics.median(ours) * 1000:.0f} ms (max {max(ours) * 1000:.0f})",
        theirs=f"{statistics.median(theirs) * 1000:.0f} ms (max {max(theirs) * 1000:.0f})",
        ratio=f"{both.ratio:.2f} ({min(both.ratios):.2f}–{max(both.ratios):.2f})",
        figures={"fiedler_seconds": ours, "llm_seconds": theirs},
    )


def million_turns(binary: str, sandbox: Sandbox, turns: int, runs: int) -> list[Finding]:
    python = sandbox.folder / "python"
    processes.output([sys.executable, "-m", "venv", str(python)], os.environ.copy())
    processes.output([str(python / "bin" / "pip"), "install", "-q", "llm"], os.environ.copy(), seconds=300)
    log = sandbox.folder / "logs.db"
    script = pathlib.Path(__file__).with_name("history_corpus.py")
    corpus = json.loads(
        processes.output([str(python / "bin" / "python"), str(script), str(log), str(turns)], os.environ.copy(), seconds=1800)
    )
    begin = time.monotonic()
    processes.output([binary, "import", str(log)], sandbox.environment, seconds=3600)
    seconds = time.monotonic() - begin
    size = sum(file.stat().st_size for file in sandbox.database.parent.glob("fiedler.db*"))
    empty = Sandbox(sandbox.folder / "empty")
    processes.wait_for_quiet()
    findings = [
        Finding(
            what=f"import of {corpus['turns']:,} turns in {corpus['conversations']:,} conversations from `llm`'s log",
            ours=f"{seconds:.0f} s, {corpus['turns'] / seconds:,.0f} turns/s",
        ),
        Finding(
            what="database with its index, against the raw text",
            ours=f"{size / 1e6:,.0f} MB",
            theirs=f"{corpus['raw_bytes'] / 1e6:,.0f} MB raw; {log.stat().st_size / 1e6:,.0f} MB logs.db",
            ratio=f"{size / corpus['raw_bytes']:.2f}",
        ),
    ]
    findings += in_the_tui(binary, sandbox, corpus)
    findings += start(binary, sandbox, empty, runs)
    findings.append(against_llm(binary, python / "bin" / "llm", log, sandbox, corpus))
    return findings
