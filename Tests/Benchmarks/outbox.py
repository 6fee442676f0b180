"""Fills Fiedler's outbox as its own client would have done, had the log server been away for long.

Tables, counts and triggers are the measured program's own; rows and payloads are those that
`Sources/GodotLog/Outbox/Outbox.swift` and `Records/TurnRecord.swift` describe.
"""

import contextlib
import json
import pathlib
import random
import shutil
import sqlite3
import time
import uuid
from collections.abc import Iterator

import processes
from sandbox import Sandbox

WORDS = "after answer back holds model never reset server slow stream that then token tries wait while".split()
MODEL = {"provider": "benchmark", "name": "some-model"}
SEVERITY_INFO = 2
Row = tuple[str, str, str | None, int | None, bytes, int | None, int]


class Outbox:
    """Databases with a full outbox, each made once and copied for every run."""

    def __init__(self, binary: str, sandbox: Sandbox):
        self.binary, self.sandbox = binary, sandbox
        self.random = random.Random(1)  # every run has the same texts and ids

    def template(self, name: str, rows: Iterator[Row]) -> pathlib.Path:
        """A database with these rows waiting, made by the program itself and filled here."""
        self.empty()
        path = self.sandbox.folder / f"{name}.db"
        with contextlib.closing(sqlite3.connect(self.sandbox.database)) as database:
            database.execute("PRAGMA synchronous = OFF")
            with database:
                database.executemany(
                    "INSERT INTO outbox_record"
                    " (log_id, kind, conversation_id, turn_number, payload, size, severity, created_at)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, length(?5), ?6, ?7)",
                    rows,
                )
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.move(self.sandbox.database, path)
        return path

    def empty(self) -> None:
        """Leaves a database with empty tables."""
        shutil.rmtree(self.sandbox.database.parent, ignore_errors=True)
        self.sandbox.write_settings("off")
        processes.output([self.binary, "godot", "status"], self.sandbox.environment)

    def restore(self, template: pathlib.Path) -> None:
        shutil.rmtree(self.sandbox.database.parent, ignore_errors=True)
        self.sandbox.database.parent.mkdir(mode=0o700, parents=True)
        shutil.copy(template, self.sandbox.database)

    def counter(self, name: str) -> int:
        with contextlib.closing(sqlite3.connect(self.sandbox.database)) as database:
            return database.execute("SELECT value FROM outbox_counter WHERE name = ?", (name,)).fetchone()[0]

    def identifier(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def log_id(self, milliseconds: int) -> str:
        """A UUID of version 7, as the client makes them."""
        return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | self.random.getrandbits(62)))

    def text(self, length: int) -> str:
        return " ".join(self.random.choices(WORDS, k=length // 6))[:length]

    def logs(self, count: int, filler: int = 0) -> Iterator[Row]:
        """Ordinary records of about 350 bytes, and `filler` bytes of text more."""
        for number in range(count):
            now = int(time.time() * 1000)
            log_id = self.log_id(now)
            data = {"duration_ms": 1234, "log_id": log_id, "logged_at_ms": now, "number": number, "status": "success"}
            record = {
                "component": "benchmark",
                "data": data | ({"text": self.text(filler)} if filler else {}),
                "level": "INFO",
                "message": f"Record {number}: the request to the provider has ended as it should",
                "trace_id": self.identifier(),
            }
            yield log_id, "log", None, None, encoded(record), SEVERITY_INFO, now

    def turns(self, conversations: int, turns: int) -> Iterator[Row]:
        """Conversations one after another; prompts of 120 characters, answers of 1,500."""
        for _ in range(conversations):
            conversation, trace = self.identifier(), self.identifier()
            for number in range(1, turns + 1):
                now, is_prompt = int(time.time() * 1000), number % 2 == 1
                log_id = self.log_id(now)
                turn = {
                    "version": 1,
                    "log_id": log_id,
                    "conversation_id": conversation,
                    "turn_number": number,
                    "role": "user" if is_prompt else "assistant",
                    "content": self.text(120 if is_prompt else 1500),
                    "model": None if is_prompt else MODEL,
                    "input_tokens": None if is_prompt else 30,
                    "output_tokens": None if is_prompt else 250,
                    "timing_ms": None if is_prompt else 4321,
                    "trace_id": trace,
                    "status": None if is_prompt else "success",
                    "error": None,
                    "ttft_ms": None if is_prompt else 321,
                    "prompt_turn": None if is_prompt else number - 1,
                    "models": [MODEL] if is_prompt else [],
                    "files": [],
                    "created_at_ms": now,
                }
                yield log_id, "turn", conversation, number, encoded(turn), None, now


def encoded(payload: dict) -> bytes:
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
