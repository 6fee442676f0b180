"""What log servers have stored, read straight from their databases, without any of fiedler's own code."""

import contextlib
import json
import pathlib
import sqlite3
import uuid

from programs import PostgreSQL


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
        return self.rows("SELECT * FROM messages ORDER BY rowid")

    def logged_turns(self) -> list[dict]:
        """In the order in which they were stored."""
        sql = "SELECT trace_id, level, data FROM logs WHERE component = 'fiedler-conversations' ORDER BY rowid"
        return self.rows(sql)

    def repeated_logs(self) -> list[str]:
        return [str(row["id"]) for row in self.rows("SELECT id FROM logs GROUP BY id HAVING count(*) > 1")]

    def integrity(self) -> str | None:
        return check_sqlite(self.path)


class PostgreSQLRows:
    """The log server's PostgreSQL."""

    ORDER = "pg_xact_commit_timestamp(xmin), xmin::text::bigint, cmin::text::bigint, m.created_at, turn_number"

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server

    def rows(self, sql: str) -> list[dict]:
        return [json.loads(line) for line in self.server.lines(f"SELECT row_to_json(r)::text FROM ({sql}) r")]

    def conversations(self) -> list[dict]:
        return self.rows("SELECT id, session_id FROM conversations")

    def messages(self) -> list[dict]:
        """In the order in which their transactions were committed, and of one transaction by their commands and
        times."""
        return self.rows(
            "SELECT m.*, extract(epoch FROM m.created_at) * 1000000 AS stored_at"
            f" FROM messages AS m ORDER BY {self.ORDER}"
        )

    def logged_turns(self) -> list[dict]:
        return self.rows(
            "SELECT trace_id, level, data FROM logs WHERE component = 'fiedler-conversations' ORDER BY created_at, id"
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


def record(data: object) -> dict:
    """JSON that a driver may have read already, or text within text."""
    while isinstance(data, (str, bytes)):
        data = json.loads(data)
    return data or {}
