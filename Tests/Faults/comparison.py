"""What both sides have stored, read straight from their databases, without any of fiedler's own code."""

import contextlib
import json
import pathlib
import sqlite3
import subprocess
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from programs import PostgreSQL


@dataclass(frozen=True)
class Turn:
    conversation: str
    number: int
    role: str
    content: str


@dataclass
class Verdict:
    """Everything that must be nothing, and a few examples of each."""

    turns: int = 0
    conversations: int = 0
    counts: Counter = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, kind: str, words: str) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= 3:
            self.examples.append(f"{kind}: {words}")


class SQLiteRows:
    """The log server's SQLite file."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def rows(self, sql: str) -> list[dict]:
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(sql)]

    def conversations(self) -> list[dict]:
        return self.rows("SELECT id, session_id FROM conversations")

    def messages(self) -> list[dict]:
        """In the order in which they were stored."""
        return self.rows(
            "SELECT conversation_id, turn_number, role, content, metadata, created_at FROM messages ORDER BY rowid"
        )

    def repeated_logs(self) -> list[str]:
        return [str(row["id"]) for row in self.rows("SELECT id FROM logs GROUP BY id HAVING count(*) > 1")]

    def integrity(self) -> str | None:
        return check_sqlite(self.path)


class PostgreSQLRows:
    """The log server's PostgreSQL."""

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server

    def rows(self, sql: str) -> list[dict]:
        return [json.loads(line) for line in self.server.lines(f"SELECT row_to_json(r)::text FROM ({sql}) r")]

    def conversations(self) -> list[dict]:
        return self.rows("SELECT id, session_id FROM conversations")

    def messages(self) -> list[dict]:
        """In the order in which their transactions were committed, and of one transaction, by their commands and times."""
        return self.rows(
            "SELECT conversation_id, turn_number, role, content, metadata,"
            " extract(epoch FROM created_at) * 1000000 AS created_at"
            " FROM messages AS m ORDER BY pg_xact_commit_timestamp(xmin), xmin::text::bigint,"
            " cmin::text::bigint, m.created_at, turn_number"
        )

    def repeated_logs(self) -> list[str]:
        return [row["id"] for row in self.rows("SELECT id FROM logs GROUP BY id HAVING count(*) > 1")]

    def integrity(self) -> str | None:
        """Every table and index block by block, and every row through a dump."""
        if (self.server.binaries / "pg_amcheck").exists():
            result = self.server.command(
                "pg_amcheck", *self.server.address, "--install-missing", "--heapallindexed", "-d", self.server.database,
                may_fail=True
            )
            if result.returncode != 0:
                return (result.stdout + result.stderr)[-600:]
        dump = self.server.command("pg_dump", *self.server.address, "-f", "/dev/null", self.server.database, may_fail=True)
        return None if dump.returncode == 0 else dump.stderr[-600:]


def check_sqlite(path: pathlib.Path) -> str | None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        found = [row[0] for row in database.execute("PRAGMA integrity_check")]
        broken = [str(row) for row in database.execute("PRAGMA foreign_key_check")]
    return None if found == ["ok"] and not broken else "; ".join(found + broken)[:600]


def canonical(identifier: object) -> str:
    """A UUID as text, however it is stored."""
    if isinstance(identifier, bytes) and len(identifier) == 16:
        return str(uuid.UUID(bytes=identifier))
    return str(uuid.UUID(str(identifier)))


class Local:
    """Fiedler's own history."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def rows(self, sql: str, *arguments: object) -> list[tuple]:
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            return database.execute(sql, arguments).fetchall()

    def turns(self) -> list[Turn]:
        rows = self.rows(
            "SELECT conversations.uuid, turn_number, turns.prompt_id IS NOT NULL, ifnull(replies.text, prompts.text)"
            " FROM turns JOIN conversations ON conversations.id = turns.conversation_id"
            " LEFT JOIN prompts ON prompts.id = turns.prompt_id LEFT JOIN replies ON replies.id = turns.reply_id"
        )
        return [Turn(c, number, "user" if is_prompt else "assistant", text) for c, number, is_prompt, text in rows]

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
        for turn in self.turns():
            by_conversation[turn.conversation].append(turn.number)
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


def compare(
    local: Local, server: SQLiteRows | PostgreSQLRows, told: list[tuple[str, dict]], is_settled: bool = True
) -> Verdict:
    """Unless all `is_settled`, answers may not have ended, and what waits in the outbox is not lost."""
    verdict = Verdict()
    if is_settled:
        local.check(verdict)
    waiting = set() if is_settled else local.waiting()
    local.check_told(told, verdict)
    names = {}
    for row in server.conversations():
        name = canonical(row["session_id"] or row["id"])
        if name in names.values():
            verdict.add("duplicated", f"two conversations for {name}")
        names[canonical(row["id"])] = name
    kept: dict[tuple[str, int], list[Turn]] = defaultdict(list)
    last: dict[str, tuple[int, object]] = {}
    for row in server.messages():
        metadata = row["metadata"] or {}
        if isinstance(metadata, (str, bytes)):
            metadata = json.loads(metadata)
        conversation = names[canonical(row["conversation_id"])]
        number = row["turn_number"]
        content = row["content"] + metadata.get("content_overflow", "")
        kept[conversation, number].append(Turn(conversation, number, row["role"], content))
        before = last.get(conversation)
        if before and not (before[0] < number and before[1] <= row["created_at"]):
            verdict.add("order", f"turn {number} of {conversation} was stored after turn {before[0]}")
        last[conversation] = (number, row["created_at"])
    expected = {(turn.conversation, turn.number): turn for turn in local.turns()}
    verdict.turns = len(expected)
    verdict.conversations = len({conversation for conversation, _ in expected})
    for key, turn in expected.items():
        there = kept.pop(key, [])
        if not there and key not in waiting:
            verdict.add("lost", f"turn {turn.number} of {turn.conversation} ({turn.role})")
        if len(there) > 1:
            verdict.add("duplicated", f"turn {turn.number} of {turn.conversation} is there {len(there)} times")
        for each in there:
            if each != turn:
                verdict.add("different", f"turn {turn.number} of {turn.conversation} ({turn.role}, {each.role})")
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
