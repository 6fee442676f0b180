"""A history of a million turns: what the user waits for in it, against an empty history and against `llm logs -q`."""

import json
import os
import pathlib
import statistics
import sys
import time

import processes
from processes import Comparison
from report import Finding
from sandbox import Sandbox
from tui import CLEAR_LINE, ENTER, ESCAPE, HISTORY_KEY, PAGE_DOWN, Terminal, delays


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
    with Terminal([binary], sandbox.environment) as screen:
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
    return [
        delays("search as you type: key to the page on the screen", found, 50),
        delays("opening a conversation: key to its answers on the screen", opened, 20),
        delays("scrolling the list a page, older ones loaded", scrolling, 16),
        Finding("memory after all that", f"{memory / 1000:.0f} MB", target="< 100 MB", met=memory < 100_000),
    ]


def start(binary: str, full: Sandbox, empty: Sandbox, runs: int) -> list[Finding]:
    def first_frame(sandbox: Sandbox) -> float:
        with Terminal([binary], sandbox.environment) as screen:
            return screen.first_frame()

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


def counted(binary: str, sandbox: Sandbox, corpus: dict, runs: int) -> list[Finding]:
    """The whole command, start included: of all turns, from the sums kept; and of what a word finds, counted anew."""

    def seconds(*search: str) -> float:
        return processes.run([[binary, "stats", "--json", *search]], sandbox.environment).wall

    everything = sorted(seconds() for _ in range(2 * runs + 1))
    found = sorted(seconds(word) for word in corpus["words"])
    return [
        Finding(
            what="`fiedler stats`: figures of all turns",
            ours=f"{statistics.median(everything) * 1000:.0f} ms (max {everything[-1] * 1000:.0f})",
            target="< 200 ms",
            met=statistics.median(everything) < 0.2,
            figures={"seconds": everything},
        ),
        Finding(
            what="`fiedler stats WORD`: figures of the conversations that words of every frequency find",
            ours=f"{statistics.median(found) * 1000:.0f} ms (max {found[-1] * 1000:.0f})",
            figures={"seconds": found},
        ),
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
    for each in (sandbox, empty):
        each.write_no_models()
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
    findings += counted(binary, sandbox, corpus, runs)
    findings.append(against_llm(binary, python / "bin" / "llm", log, sandbox, corpus))
    return findings
