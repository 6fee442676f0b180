"""Compares a history with a log server's database. Started by `compare`, which says how."""

import argparse
import pathlib
import sqlite3
import subprocess
import sys

from comparison import Local, Verdict, compare
from programs import PostgreSQL, Problem
from stored import PostgreSQLRows, SQLiteRows


class Elsewhere:
    """A PostgreSQL that is not this run's own."""

    def __init__(self, url: str) -> None:
        self.url = url

    def lines(self, sql: str) -> list[str]:
        command = [str(PostgreSQL.find() / "psql"), self.url, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql]
        result = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        if result.returncode != 0:
            raise Problem(result.stderr.strip())
        # A line end within JSON is escaped; others that Python knows are not.
        return [line for line in result.stdout.split("\n") if line]


class ElsewhereRows(PostgreSQLRows):
    """Read alone: no extension is made, and the times of commits need not be kept."""

    ORDER = "m.created_at, turn_number"

    def integrity(self) -> None:
        return None


def told(verdict: Verdict) -> None:
    words = "its conversation tools" if verdict.by == "messages" else "log records"
    print(f"{verdict.turns} turns of {verdict.conversations} conversations, by {words}; {verdict.repeats} repeats")
    for kind in ("lost", "duplicated", "different", "unexpected", "order", "local", "integrity"):
        print(f"  {kind:12} {verdict.counts[kind]}")
    for example in verdict.examples:
        print(f"    {example}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="Tests/Faults/compare")
    parser.add_argument("--history", type=pathlib.Path, required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--by", choices=["auto", "messages", "logs"], default="auto")
    parser.add_argument("--waits", action="store_true")
    options = parser.parse_args()
    remote = options.server.startswith(("postgres://", "postgresql://"))
    for file in [options.history, *([] if remote else [pathlib.Path(options.server)])]:
        if not file.is_file():
            print(f"{file} is not there", file=sys.stderr)
            return 2
    rows = ElsewhereRows(Elsewhere(options.server)) if remote else SQLiteRows(pathlib.Path(options.server))
    try:
        verdict = compare(Local(options.history), rows, [], is_settled=not options.waits, by=options.by)
    except (Problem, sqlite3.Error) as problem:
        print(problem, file=sys.stderr)
        return 2
    told(verdict)
    return 1 if verdict.counts else 0


if __name__ == "__main__":
    sys.exit(main())
