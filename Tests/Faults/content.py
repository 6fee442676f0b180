"""Hostile strings through every field that content can reach. Started by `content`, which says what must not get
out."""

import argparse
import collections
import contextlib
import json
import random
import re
import secrets
import sys
import time
import uuid

import hostile
from programs import LogServer, Problem, Sandbox, Terminal, free_port, arguments
from provider import Provider

MARK = "zq"  # stands behind each hostile character, so that what is found was content
# What starts a sequence, rings, or changes the character set. A cursor goes on a terminal by the others, too.
CONTROLS = [*map(chr, [0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 14, 15, *range(16, 32), 127, *range(0x80, 0xA0)])]
# Each one is found as it stands, if it gets anywhere: nothing of Fiedler's own looks like it.
SEQUENCES = [
    "\x1b]7;{m}\x07", "\x1b]52;c;{m}\x07", "\x1b]8;;http://{m}\x1b\\", "\x1bP+q{m}\x1b\\", "\x1b_G{m}\x1b\\", "\x1b[31;{m}m",
    "\x1b[3;7J{m}", "\x1b[?1337l{m}", "\x1bc{m}", "\x9b31m{m}", "\x9d0;{m}\x9c", "\x90{m}\x9c", "\x1b%G{m}", "\x1b[7;6n{m}",
    "`\x1b{m}", "[a](http://b\x1b{m})", "|\x1b{m}|", "<details>\x1b{m}", "{{{{\x1b{m}}}}}",
]
INVISIBLE = [*map(chr, [0x200B, 0x200D, 0x2028, 0x2029, 0x202A, 0x202E, 0x2066, 0x2069, 0xFEFF, 0xFFF9, 0xE0001, 0xE0041])]
FOUND = re.compile(
    rb"(?:[\x00-\x07\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f])" + MARK.encode() + b"|"
    + b"|".join(re.escape(sequence.format(m=MARK).encode()) for sequence in SEQUENCES)
)


class Strings:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.count = 0

    def one(self) -> str:
        self.count += 1
        chance = self.chance
        kind = chance.random()
        if kind < 0.4:
            return "x" + chance.choice(CONTROLS) + MARK
        if kind < 0.7:
            return chance.choice(SEQUENCES).format(m=MARK)
        if kind < 0.85:
            return "y" + chance.choice(INVISIBLE) + MARK
        if kind < 0.851:
            return "e" + "\u0301" * 10_000 + MARK
        scalar = chance.randrange(0x11) << 16 | chance.randrange(0x10000)
        return chr(scalar if not 0xD800 <= scalar < 0xE000 else 0x41) + MARK

    def several(self, count: int) -> str:
        return "".join(self.one() + self.chance.choice(["", " ", "\n", "\n\n"]) for _ in range(count))


class Echo(Provider):
    """Answers with hostile texts; an error now and then."""

    def __init__(self, strings: Strings) -> None:
        self.strings = strings
        super().__init__(1)

    def answer(self) -> tuple[list[str], float, str]:
        with self.lock:
            return [self.strings.several(20) for _ in range(60)], 0.1, "done"


class Content:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.strings = Strings(options.seed)
        self.provider = Echo(self.strings)
        self.port = free_port()
        self.sandbox = Sandbox(options.fiedler, options.folder / "home", self.provider.url, f"ws://127.0.0.1:{self.port}")
        self.bytes: collections.Counter[str] = collections.Counter()
        self.wrong: list[str] = []

    def look(self, where: str, data: bytes) -> None:
        self.bytes[where] += len(data)
        for found in list(FOUND.finditer(data))[:3]:
            begin = max(0, found.start() - 30)
            self.wrong.append(f"{where}: {data[begin : found.end() + 10]!r}")

    def run(self, *arguments: str, where: str | None = None, statuses: tuple[int, ...] = (0,)) -> str:
        result = self.sandbox.run(*arguments)
        name = where or " ".join(word for word in arguments[:2] if word.isascii() and word.isprintable())
        self.look(name, result.stdout.encode())
        self.look(f"{name}, stderr", result.stderr.encode())
        if result.returncode not in statuses:
            self.wrong.append(f"{name}: exit status {result.returncode}: {result.stderr[-300:]!r}")
        return result.stdout

    def on_a_terminal(self, *arguments: str) -> None:
        terminal = Terminal(self.sandbox, *arguments)
        terminal.process.process.wait(60)
        terminal.closed.wait(10)
        self.look(f"{arguments[0]}, terminal", bytes(terminal.seen))

    def name(self) -> str:
        """A file's name takes all but a zero byte and a slash."""
        return re.sub("[\0/]", "", self.strings.one())[:60] + uuid.uuid4().hex[:6]

    def round(self) -> None:
        strings, work = self.strings, self.sandbox.folder / "work"
        config = self.sandbox.folder / "config" / "fiedler"
        files = [work / self.name(), work / (self.name() + ".swift")]
        for file in files:
            file.write_text(strings.several(20).replace("\0", ""), "utf-8", "replace")
        template = config / "templates" / (self.name() + ".md")
        template.parent.mkdir(exist_ok=True)
        template.write_text(f"---\ntitle: {json.dumps(strings.one())}\n---\n{strings.several(5)}\n{{{{input}}}}", "utf-8")
        (config / "themes").mkdir(exist_ok=True)
        (config / "themes" / (self.name() + ".yaml")).write_text(f"name: {json.dumps(strings.one())}\n", "utf-8")
        prompt = strings.several(30).replace("\0", "") or "x"
        attached = [word for file in files for word in ("-f", str(file))]
        self.on_a_terminal("send", "-m", "oak", "-m", "elm", *attached, "--", prompt)
        self.imports()
        for arguments in (
            ["history"], ["history", MARK], ["stats"], ["models"], ["themes"], ["templates"], ["status"], ["doctor"],
            ["godot", "status"], ["export", "--all", "--format", "json"],
        ):
            self.run(*arguments, statuses=(0, 1, 2, 3))
        identity = self.run("history").split()[0]
        self.run("show", identity, where="show")
        # Into a pipe, an answer goes as it is.
        for arguments in (["export", identity], ["replay", identity, "--speed", "1000"]):
            self.on_a_terminal(*arguments)
        self.run("export", identity, "--format", "cast", where="cast", statuses=(0, 1, 2))
        self.records()
        self.screen()

    def imports(self) -> None:
        """A conversation of Fiedler's own in which every text is another."""
        lines = self.sandbox.run("export", "--all", "--format", "json").stdout.rstrip("\n").split("\n")
        conversation = json.loads(lines[-1])
        ids: dict[str, str] = {}

        def change(value: object, key: str) -> object:
            if isinstance(value, dict):
                return {name: change(inner, name) for name, inner in value.items()}
            if isinstance(value, list):
                return [change(inner, key) for inner in value]
            if not isinstance(value, str):
                return value
            try:
                uuid.UUID(value)
                return ids.setdefault(value, str(uuid.uuid4()))
            except ValueError:
                pass
            if key in ("title", "text", "reasoning", "name", "model", "provider", "message", "system", "tags", "error",
                       "detail", "reason", "explanation", "content", "remark", "note"):
                return self.strings.several(3) if key in ("text", "reasoning", "system") else self.strings.one()
            return value

        changed = change(conversation, "")
        changed["tags"] = [self.strings.one() for _ in range(3)]
        file = self.options.folder / "import.json"
        # As escapes, which can name lone surrogates, too.
        file.write_text(json.dumps(changed).replace("\\ud83d", "\\ud800", 1))
        self.run("import", str(file), statuses=(0, 1, 2, 3))

    def records(self) -> None:
        """Of the log server, by somebody else."""
        with contextlib.closing(hostile.Attack(self.server).connect()) as client:
            for _ in range(20):
                client.sendall(hostile.call(
                    "logger_log", component=self.strings.one(), level="ERROR", message=self.strings.one(),
                    data={self.strings.one(): self.strings.one()}))
                client.recv(65536)

    def screen(self) -> None:
        """On a terminal: prompts pasted and sent, and the places that show content."""
        screen = Terminal(self.sandbox)
        screen.wait_until_drawn()
        pasted = self.strings.several(10).replace("\x1b", "").replace("\x03", "").replace("\x04", "").replace("\x1a", "")
        for keys in (
            f"\x1b[200~{pasted}\x1b[201~", "\r", "", "\x14", "\x1b", "\x13", "\x1b[B", "\r", "\x1b[B\x1b[B", "p", " ", "\x1b", "t",
            "\x1b", "\x1bOQ", "\x1b[B", "\r", "\x1b", "\x1b", "/stats\r", "\x1b", "/templates\r", "\x1b", "/theme\r", "\x1b",
            "/models\r", "\x1b",
        ):
            screen.type(keys)
            time.sleep(0.15)
        screen.process.end(10)
        screen.closed.wait(10)
        self.look("screen", bytes(screen.seen))

    def all(self) -> None:
        self.server = LogServer(self.sandbox, self.port, str(self.options.folder / "godot.db"))
        try:
            self.server.wait_until_ready()
            while self.strings.count < self.options.strings and len(self.wrong) < 20:
                self.round()
                print(f"  {self.strings.count} strings, {len(self.wrong)} wrong", flush=True)
        finally:
            self.server.process.kill()
            self.provider.shutdown()


def main() -> int:
    parser = argparse.ArgumentParser(prog="Tests/Faults/content", description="Hostile strings through every field.")
    parser.add_argument("--strings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    options = arguments(parser)
    print(f"seed {options.seed}", flush=True)
    content, begin = Content(options), time.monotonic()
    try:
        content.all()
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    print(f"{content.strings.count} hostile strings, {time.monotonic() - begin:.0f} s")
    for where, count in sorted(content.bytes.items()):
        if count:
            print(f"  {where:36} {count:12} bytes looked at")
    for words in content.wrong[:20]:
        print(f"  WRONG: {words}")
    print(f"  wrong        {len(content.wrong)}")
    return 1 if content.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
