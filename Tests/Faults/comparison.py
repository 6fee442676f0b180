"""What both sides have stored, read straight from their databases, without any of fiedler's own code. See `compare`."""

import contextlib
import pathlib
import sqlite3
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from stored import PostgreSQLRows, SQLiteRows, canonical, check_sqlite, record


@dataclass(frozen=True)
class Turn:
    conversation: str
    number: int
    role: str
    content: str
    trace: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    timing_ms: int | None = None
    files: tuple[str, ...] = ()
    level: str | None = None  # of a log record
    is_whole: bool = True

    def differences(self, other: "Turn") -> list[str]:
        """What is not the same on the server."""
        names = ["role", "content", "trace", "files"]
        if self.role == "assistant":
            names += ["model", "input_tokens", "output_tokens"]
        found = [name for name in names if getattr(self, name) != getattr(other, name)]
        # Microseconds are cut here and rounded there.
        if self.role == "assistant" and abs((self.timing_ms or 0) - (other.timing_ms or 0)) > 1:
            found.append("timing_ms")
        if other.level is not None and self.level != other.level:
            found.append("level")
        return found + ([] if other.is_whole else ["parts"])


@dataclass
class Verdict:
    """Everything that must be nothing, and a few examples of each."""

    turns: int = 0
    conversations: int = 0
    by: str = "messages"
    repeats: int = 0  # log records that came again under their log_id, by which every reader knows them
    counts: Counter = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, kind: str, words: str) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= 3:
            self.examples.append(f"{kind}: {words}")


def packed(text: str, files: list[tuple[str, str]]) -> str:
    """A prompt with its files, as models get it."""
    for name, content in files:
        end = "" if content.endswith("\n") else "\n"
        text += f"\n\n===== BEGIN FILE: {name} =====\n{content}{end}===== END FILE: {name} ====="
    return text


# How grave the log record of an answer is, by how that ended.
LEVELS = {"failed": "ERROR", "cancelled": "WARN", "partial": "WARN", "interrupted": "WARN"}


class Local:
    """Fiedler's own history."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def rows(self, sql: str, *arguments: object) -> list[tuple]:
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            return database.execute(sql, arguments).fetchall()

    def turns(self) -> list[Turn]:
        files = defaultdict(list)
        for prompt, name, content in self.rows(
            "SELECT prompt_id, name, content FROM attachments JOIN contents ON contents.id = content_id"
            " ORDER BY prompt_id, position"
        ):
            files[prompt].append((name, content))
        rows = self.rows(
            "SELECT conversations.uuid, turn_number, turns.prompt_id, ifnull(replies.text, prompts.text),"
            " ifnull(prompts.uuid, asked.uuid), replies.model, replies.prompt_tokens, replies.completion_tokens,"
            " replies.duration, replies.state"
            " FROM turns JOIN conversations ON conversations.id = turns.conversation_id"
            " LEFT JOIN prompts ON prompts.id = turns.prompt_id LEFT JOIN replies ON replies.id = turns.reply_id"
            " LEFT JOIN prompts asked ON asked.id = replies.prompt_id WHERE turns.logged"
        )
        return [
            Turn(
                conversation, number, "assistant" if prompt is None else "user",
                packed(text, files[prompt]).replace("\0", "\ufffd"), trace, model, asked, answered,
                None if duration is None else duration // 1000,
                tuple(name.rsplit("/", 1)[-1] for name, _ in files[prompt]) if prompt is not None else (),
                LEVELS.get(state, "INFO"))
            for conversation, number, prompt, text, trace, model, asked, answered, duration, state in rows
        ]

    def waiting(self) -> set[tuple[str, int]]:
        """Turns that are still to be delivered."""
        return set(self.rows("SELECT conversation_id, turn_number FROM outbox_record WHERE kind = 'turn'"))

    def answers(self) -> dict[str, int]:
        """How many there are, by how they ended."""
        return dict(self.rows("SELECT state, count(*) FROM replies GROUP BY state ORDER BY count(*) DESC"))

    def typed(self) -> int:
        """Prompts that were typed on a screen."""
        return self.rows("SELECT count(*) FROM prompts WHERE text LIKE 'typed %'")[0][0]

    def check(self, verdict: Verdict) -> None:
        """Numbers without a gap, every prompt and every answer numbered, nothing left to be sent."""
        by_conversation = defaultdict(list)
        for conversation, number in self.rows(
            "SELECT conversations.uuid, turn_number FROM turns JOIN conversations ON conversations.id = conversation_id"
        ):
            by_conversation[conversation].append(number)
        for conversation, numbers in by_conversation.items():
            if sorted(numbers) != list(range(1, len(numbers) + 1)):
                verdict.add("local", f"turns of {conversation} are numbered {sorted(numbers)}")
        for table, key in (("prompts", "prompt_id"), ("replies", "reply_id")):
            for (row,) in self.rows(f"SELECT uuid FROM {table} WHERE id NOT IN (SELECT {key} FROM turns WHERE {key})"):
                verdict.add("local", f"{row} in {table} is no turn")
        for name, value in self.rows("SELECT name, value FROM outbox_counter WHERE name IN ('pending', 'parked')"):
            if value:
                verdict.add("local", f"{value} {name} in the outbox")
        for (left,) in self.rows("SELECT count(*) FROM outbox_record"):
            if left:
                verdict.add("local", f"{left} rows in the outbox")

    def check_told(self, told: list[tuple[str, dict]], verdict: Verdict) -> None:
        """Everything that a finished `fiedler send --json` printed."""
        for prompt, report in told:
            send = report["correlation_id"].lower()
            found = self.rows(
                "SELECT conversations.uuid, prompts.text, prompts.id FROM prompts"
                " JOIN conversations ON conversations.id = conversation_id WHERE prompts.uuid = ?", send
            )
            if [row[:2] for row in found] != [(report["conversation_id"].lower(), prompt)]:
                verdict.add("told", f"the prompt of send {send} is not stored as told")
                continue
            stored = dict(self.rows("SELECT model, text FROM replies WHERE prompt_id = ?", found[0][2]))
            for result in report["results"]:
                if stored.get(result["model"]) != result["text"]:
                    verdict.add("told", f"the answer of {result['model']} to send {send} is not stored as told")


def turn(key: tuple[str, int], flat: dict, metadata: dict, **more: object) -> Turn:
    """`flat`: where a record has what is neither text nor of Fiedler alone."""
    figures = {name: flat.get(name) for name in ("model", "input_tokens", "output_tokens", "timing_ms")}
    return Turn(*key, files=tuple(metadata.get("files", [])), **figures, **more)


Found = dict[tuple[str, int], list[tuple[int, object, Turn]]]


def logged_turns(server: SQLiteRows | PostgreSQLRows, verdict: Verdict) -> Found:
    """By conversation and number, those that travelled as log records, each with its place among all and its time."""
    pieces: dict[tuple[str, int], dict] = defaultdict(lambda: defaultdict(dict))
    for place, row in enumerate(server.logged_turns()):
        data = record(row["data"])
        metadata = record(data.get("metadata"))
        parts, part = metadata.get("parts", 1), metadata.get("part", 1)
        same = pieces[canonical(data["conversation_id"]), data["turn_number"]][metadata.get("log_id"), parts]
        verdict.repeats += part in same
        same.setdefault(part, (place, row, data, metadata))
    found = defaultdict(list)
    for key, groups in pieces.items():
        # A record that was divided anew has left parts of the first way behind.
        whole = {name: group for name, group in groups.items() if len(group) == name[1]}
        for (_, parts), group in (whole or groups).items():
            _, row, data, metadata = group[min(group)]
            content = "".join(group[part][2]["content"] for part in sorted(group))
            found[key].append((max(place for place, *_ in group.values()), 0, turn(
                key, data, metadata, role=data["role"], content=content, trace=canonical(row["trace_id"]),
                level=row["level"], is_whole=len(group) == parts)))
    return found


def messages(server: SQLiteRows | PostgreSQLRows, verdict: Verdict) -> Found:
    """By conversation and number, those that the conversation tools have stored, each with its place and its time."""
    names = {}
    for row in server.conversations():
        name = canonical(row["session_id"] or row["id"])
        if name in names.values():
            verdict.add("duplicated", f"two conversations for {name}")
        names[canonical(row["id"])] = name
    pieces = defaultdict(lambda: defaultdict(dict))
    for row in server.logged_turns():
        data = record(row["data"])
        metadata = record(data.get("metadata"))
        if "parts" in metadata:
            key = canonical(data["conversation_id"]), data["turn_number"]
            pieces[key][metadata["parts"]][metadata["part"]] = data["content"]
    found = defaultdict(list)
    for place, row in enumerate(server.messages()):
        metadata = record(row["metadata"])
        key = names[canonical(row["conversation_id"])], row["turn_number"]
        # Fiedler's own server keeps some of it in columns, others all of it in the metadata.
        flat = metadata | {name: value for name, value in row.items() if value is not None}
        parts = metadata.get("parts", 1)
        texts = pieces[key][parts] | {1: row["content"] + metadata.get("content_overflow", "")}
        found[key].append((place, row.get("stored_at", row["created_at"]), turn(
            key, flat, metadata, role=row["role"], content="".join(texts[part] for part in sorted(texts)),
            trace=canonical(metadata["trace_id"]), is_whole=len(texts) == parts)))
    return found


def compare(
    local: Local, server: SQLiteRows | PostgreSQLRows, told: list[tuple[str, dict]], is_settled: bool = True,
    by: str = "auto",
) -> Verdict:
    """Unless all `is_settled`, answers may not have ended, and what waits in the outbox is not lost.

    `by`: where the turns are on the server, as `messages` of its conversation tools or among its `logs`; `auto`: as
    messages, if it has any.
    """
    verdict = Verdict()
    if is_settled:
        local.check(verdict)
    waiting = set() if is_settled else local.waiting()
    local.check_told(told, verdict)
    verdict.by = by if by != "auto" else "messages" if server.messages() else "logs"
    kept = (messages if verdict.by == "messages" else logged_turns)(server, verdict)
    last: dict[str, tuple[int, int, object]] = {}
    for (conversation, number), there in sorted(kept.items()):
        place, time, _ = min(there, key=lambda each: each[0])
        before = last.get(conversation)
        if before and not (before[1] < place and before[2] <= time):
            verdict.add("order", f"turn {number} of {conversation} was stored before turn {before[0]}")
        last[conversation] = (number, place, time)
    expected = {(turn.conversation, turn.number): turn for turn in local.turns()}
    verdict.turns = len(expected)
    verdict.conversations = len({conversation for conversation, _ in expected})
    for key, mine in expected.items():
        there = kept.pop(key, [])
        if not there and key not in waiting:
            verdict.add("lost", f"turn {mine.number} of {mine.conversation} ({mine.role})")
        if len(there) > 1:
            verdict.add("duplicated", f"turn {mine.number} of {mine.conversation} is there {len(there)} times")
        for *_, each in there:
            if different := mine.differences(each):
                verdict.add("different", f"turn {mine.number} of {mine.conversation}: {', '.join(different)}")
    for conversation, number in kept:
        verdict.add("unexpected", f"turn {number} of {conversation}")
    for identifier in server.repeated_logs():
        verdict.add("duplicated", f"log record {identifier}")
    for name, trouble in (("local", check_sqlite(local.path)), ("server", server.integrity())):
        if trouble:
            verdict.add("integrity", f"{name}: {trouble}")
    return verdict


def run_verify(run) -> str | None:
    """What `fiedler godot verify` finds wrong, if anything; `run` runs fiedler."""
    result: subprocess.CompletedProcess[str] = run("godot", "verify", "--json", seconds=300)
    if result.returncode == 0:
        return None
    return f"exit status {result.returncode}: {result.stdout[-600:]} {result.stderr[-600:]}".strip()
