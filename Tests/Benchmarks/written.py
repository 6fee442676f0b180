"""Bytes that the TUI writes to its terminal for one thing that happens, beside a Textual program in the same run."""

import contextlib
import json
import os
import pathlib
import statistics
import sys

import processes
import streams
from processes import BenchmarkFailure, percentile
from report import Finding
from sandbox import Sandbox, Server
from tui import DOWN, ENTER, ESCAPE, HEIGHT, WHEEL_UP, WIDTH, Terminal

# The peer: a front end for models made with Textual.
PEER = "elia-chat"
PEER_FIRST_FRAME, PEER_SEND = b"Enter your", b"\n"
TERM = {"TERM": "tmux-256color"}
# The peer's cursor blinks twice a second: quiet for less than that is quiet.
QUIET = 0.4
IDLE_SECONDS = 3
LETTERS = b"how do the models write about a terminal that never flickers "
# The answer to scroll, then one that comes slowly enough for every token to be drawn by itself.
LONG, SLOW, RATE, STREAMED_SECONDS = "chunks-2000", "chunks-400-at-10", 10, 10
NOTCHES = 20


class Written:
    """What one program wrote."""

    idle: int
    letters: list[int]
    notches: list[int]
    token: float

    def type(self, screen: Terminal) -> None:
        screen.written_in(2)
        self.idle = screen.written_in(IDLE_SECONDS)
        self.letters = [screen.written_for(bytes([letter])) for letter in LETTERS]

    def scroll(self, screen: Terminal) -> None:
        self.notches = [screen.written_for(WHEEL_UP) for _ in range(NOTCHES)]
        if statistics.median(self.notches) < 100:
            raise BenchmarkFailure("the wheel moved nothing")

    def stream(self, screen: Terminal, send: bytes) -> None:
        screen.settle(QUIET)
        screen.key(b"Slowly")
        os.write(screen.master, send)
        screen.written_in(5)  # the request, and what else the first tokens bring
        self.token = screen.written_in(STREAMED_SECONDS) / (RATE * STREAMED_SECONDS)


def ours(binary: str, server: Server, sandbox: Sandbox) -> Written:
    environment, found = sandbox.environment | TERM, Written()
    sandbox.write_models(server.url, [LONG, SLOW], [LONG])
    with Terminal([binary], environment) as screen:
        screen.first_frame()
        found.type(screen)
        os.write(screen.master, ENTER)
        screen.written_in(2)
        screen.settle(QUIET)
        found.scroll(screen)
    sandbox.write_models(server.url, [LONG, SLOW], [SLOW])
    with Terminal([binary], environment) as screen:
        screen.first_frame()
        found.stream(screen, ENTER)
    return found


def install(folder: pathlib.Path) -> tuple[pathlib.Path, str]:
    """The peer's program and its name with versions, from PyPI."""
    python = folder / "python"
    processes.output([sys.executable, "-m", "venv", str(python)], os.environ.copy())
    pip = [str(python / "bin" / "pip"), "--disable-pip-version-check"]
    processes.output([*pip, "install", "-q", PEER], os.environ.copy(), seconds=900)
    listed = json.loads(processes.output([*pip, "list", "--format", "json"], os.environ.copy()))
    versions = {each["name"].replace("_", "-"): each["version"] for each in listed}
    return python / "bin" / "elia", f"{PEER} {versions[PEER]}, Textual {versions['textual']}"


def chat(text: str) -> list[dict]:
    """A conversation in the only form that the peer imports, ChatGPT's."""
    messages = [
        {"author": {"role": role}, "content": {"parts": [part]}, "create_time": 1_700_000_000}
        for role, part in [("system", "Answer."), ("user", streams.PROMPT), ("assistant", text)]
    ]
    mapping = {str(place): {"message": message} for place, message in enumerate(messages)}
    return [{"title": "Long", "create_time": 1_700_000_000, "mapping": mapping}]


def theirs(program: pathlib.Path, server: Server, sandbox: Sandbox) -> Written:
    # It must not ask for anybody's prices before it starts.
    environment = sandbox.environment | TERM | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENAI_API_KEY": "not-a-secret"}
    config = sandbox.folder / "config" / "elia"
    config.mkdir()
    model = f"openai/{SLOW}"
    lines = [f'default_model = "{model}"', "[[models]]", f'name = "{model}"', f'api_base = "{server.url}"']
    (config / "config.toml").write_text("\n".join([*lines, 'api_key = "not-a-secret"']) + "\n")
    found = Written()

    @contextlib.contextmanager
    def started() -> Terminal:
        with Terminal([str(program)], environment) as screen:
            screen.first_frame(PEER_FIRST_FRAME, seconds=60)
            yield screen

    with started() as screen:
        found.type(screen)
    long = sandbox.folder / "long.json"
    long.write_text(json.dumps(chat(streams.streamed_text(server, LONG, sandbox.environment))))
    processes.output([str(program), "import", str(long)], environment)
    with started() as screen:
        screen.settle(QUIET)
        screen.key(DOWN)
        screen.key(ENTER)
        screen.written_in(5)
        screen.settle(QUIET)
        found.scroll(screen)
        screen.key(ESCAPE)
    with started() as screen:
        found.stream(screen, PEER_SEND)
    return found


def count(number: float) -> str:
    return f"{number:,.0f}"


def spread(values: list[int]) -> str:
    return f"median {count(statistics.median(values))}, p95 {count(percentile(values, 95))}"


def frames(binary: str, server: Server, sandbox: Sandbox) -> list[Finding]:
    mine, other, peer = ours(binary, server, sandbox), None, f"{PEER} could not be measured"
    try:
        program, peer = install(sandbox.folder)
        other = theirs(program, server, Sandbox(sandbox.folder / "peer"))
    except BenchmarkFailure as failure:
        print(f"bytes: no figures of {PEER}: {failure}", file=sys.stderr)

    def row(what: str, key: str, words: type(count) = count, target: str = "", met: bool | None = None) -> Finding:
        own, their = getattr(mine, key), getattr(other, key, None)
        typical = [statistics.median(each) if isinstance(each, list) else each for each in (own, their) if each is not None]
        return Finding(
            what=f"bytes written, {WIDTH}x{HEIGHT} ({peer}): {what}",
            ours=words(own),
            theirs="" if their is None else words(their),
            ratio=f"{typical[0] / typical[1]:.3f}" if len(typical) == 2 and typical[1] else "",
            target=target,
            met=met,
            figures={key: own, f"peer_{key}": their},
        )

    return [
        row(f"nothing happens for {IDLE_SECONDS} s", "idle", target="0", met=mine.idle == 0),
        row("a letter typed in the prompt", "letters", spread),
        row(f"a token of an answer that streams {RATE} a second, clocks and all", "token"),
        row("a long answer scrolled by a notch of the wheel", "notches", spread),
    ]
