"""A log server as the Python ones in use are built: it answers calls one after another, a log record when it lies in a
queue, and a worker stores what is queued in batches. Needs the package `websockets`.

    queueing_server.py PORT [--dialect a|b|c] [--store FILE]

The queue is a process of its own, asked once a record, as a Redis would be. Batches of up to 100 records, or of what
came within 100 ms, are stored in memory; one that passes 1 MiB is lost whole. Conversations are kept, too, unless it
speaks the first dialect, which has log records alone. What is stored is also put into the SQLite database FILE, in the
tables of those servers, and read from it at the start. The tool `benchmark_counts` tells how many records and messages are
stored, how many are lost, and what CPU seconds both processes took.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import sqlite3
import sys
import time
import uuid

import websockets

BATCH, WAIT, MOST_BYTES = 100, 0.1, 1 << 20
QUERIED = ("trace_id", "component", "level", "limit")
TOOLS = {
    "logger_log": ("component", "level", "message", "trace_id", "data"),
    "logger_query": QUERIED,
    "conversation_begin": ("session_id", "metadata"),
    "conversation_store_message": ("conversation_id", "role", "content", "turn_number", "metadata"),
}
COUNTS = "benchmark_counts"
TABLES = """
    CREATE TABLE IF NOT EXISTS logs (
        id TEXT PRIMARY KEY, trace_id TEXT, component TEXT, level TEXT, message TEXT, data TEXT, created_at INTEGER);
    CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, session_id TEXT, metadata TEXT, created_at INTEGER);
    CREATE TABLE IF NOT EXISTS messages (
        id TEXT PRIMARY KEY, conversation_id TEXT, turn_number INTEGER, role TEXT, content TEXT, metadata TEXT,
        created_at INTEGER, UNIQUE (conversation_id, turn_number));
"""


def keep_queue(listener: socket.socket) -> None:
    """The queue's process: a line in, a line out."""
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lines: list[bytes] = []
    rest = b""
    while got := connection.recv(1 << 16):
        *whole, rest = (rest + got).split(b"\n")
        lines += whole
        del lines[:-1000]
        connection.sendall(b"+1\n" * len(whole))


def tools(dialect: str) -> dict[str, tuple[str, ...]]:
    """The tools of a dialect, each with its arguments."""
    names = list(TOOLS)[:1] if dialect == "a" else list(TOOLS)
    return {("godot_" if dialect == "c" else "") + name: TOOLS[name] for name in names} | {COUNTS: ()}


class Store:
    """A database beside the memory, for those who want to look at it with their own eyes."""

    def __init__(self, path: str) -> None:
        self.database = sqlite3.connect(path)
        self.database.executescript(TABLES)

    def rows(self) -> list[dict]:
        names = ("trace_id", "component", "level", "message", "data")
        return [dict(zip(names, row)) for row in self.database.execute(f"SELECT {', '.join(names)} FROM logs ORDER BY rowid")]

    def conversations(self) -> dict[str, dict[int, str]]:
        found: dict[str, dict[int, str]] = {name: {} for (name,) in self.database.execute("SELECT id FROM conversations")}
        for name, number, content in self.database.execute("SELECT conversation_id, turn_number, content FROM messages"):
            found[name][number] = content
        return found

    def add(self, table: str, *rows: dict) -> None:
        now = time.time_ns() // 1000
        with self.database:
            for row in rows:
                row = {"id": str(uuid.uuid4()), "created_at": now} | row
                self.database.execute(
                    f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


class Server:
    def __init__(self, dialect: str, store: Store | None) -> None:
        self.tools, self.store_rows = tools(dialect), store
        self.queue: asyncio.Queue[str] = asyncio.Queue()
        self.rows: list[dict] = store.rows() if store else []
        self.lost = 0
        self.received = len(self.rows)
        self.conversations: dict[str, dict[int, str]] = store.conversations() if store else {}

    async def connect(self, port: int) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self.lock = asyncio.Lock()
        self.worker = asyncio.create_task(self.work())

    async def work(self) -> None:
        while True:
            batch, deadline = [await self.queue.get()], time.monotonic() + WAIT
            while len(batch) < BATCH and (left := deadline - time.monotonic()) > 0:
                try:
                    batch.append(self.queue.get_nowait())
                except asyncio.QueueEmpty:
                    await asyncio.sleep(min(left, 0.01))
            if sum(len(record) for record in batch) > MOST_BYTES:
                self.lost += len(batch)
            else:
                rows = [json.loads(record) for record in batch]
                if self.store_rows:
                    self.store_rows.add("logs", *rows)
                self.rows += rows

    async def log(self, arguments: dict) -> dict:
        record = json.dumps(arguments | {"data": json.dumps(arguments.get("data") or {})})
        async with self.lock:
            self.writer.write(record.encode() + b"\n")
            await self.reader.readline()
        self.queue.put_nowait(record)
        self.received += 1
        return {"status": "ok", "message": "Log entry queued."}

    def query(self, arguments: dict) -> dict:
        limit = min(max(int(arguments.get("limit") or 100), 1), 1000)
        wanted = {name: arguments[name] for name in ("trace_id", "component", "level") if arguments.get(name)}
        found, now = [], time.time()
        for number in range(len(self.rows) - 1, -1, -1):
            row = self.rows[number]
            if all(row.get(name) == value for name, value in wanted.items()):
                stored = {"id": str(uuid.UUID(int=number)), "created_at": "2025-01-31T08:00:00.123456+00:00"}
                found.append(row | stored | {"age": now - number})
                if len(found) == limit:
                    break
        return {"content": [{"type": "text", "text": json.dumps(found)}]}

    def begin(self, arguments: dict) -> dict:
        identifier = str(uuid.uuid4())
        if self.store_rows:
            told = {"session_id": arguments.get("session_id"), "metadata": json.dumps(arguments.get("metadata"))}
            self.store_rows.add("conversations", {"id": identifier} | told)
        self.conversations[identifier] = {}
        return {"conversation_id": identifier, "session_id": arguments.get("session_id"), "created_at": "2025-01-31"}

    def store(self, arguments: dict) -> dict:
        turns = self.conversations[arguments["conversation_id"]]
        number = arguments["turn_number"]
        if number in turns:
            raise ValueError("duplicate key value violates unique constraint \"messages_conversation_id_turn_number_key\"")
        if self.store_rows:
            self.store_rows.add("messages", arguments | {"metadata": json.dumps(arguments.get("metadata"))})
        turns[number] = arguments["content"]
        return {
            "message_id": str(uuid.uuid4()), "conversation_id": arguments["conversation_id"],
            "turn_number": number, "created_at": "2025-01-31T08:00:00.123456+00:00",
        }

    def counts(self) -> dict:
        times = os.times()
        return {
            "logs": len(self.rows), "lost": self.lost, "queued": self.received - self.lost - len(self.rows),
            "messages": sum(len(turns) for turns in self.conversations.values()), "cpu": times.user + times.system,
        }

    async def call(self, name: str, arguments: dict) -> dict:
        if unknown := set(arguments) - set(self.tools[name]):
            raise TypeError(f"got an unexpected keyword argument '{unknown.pop()}'")
        match name.removeprefix("godot_"):
            case "logger_log":
                return await self.log(arguments)
            case "logger_query":
                return self.query(arguments)
            case "conversation_begin":
                return self.begin(arguments)
            case "conversation_store_message":
                return self.store(arguments)
            case _:
                return self.counts()

    async def result(self, method: str, params: dict) -> dict:
        if method == "initialize":
            info = {"name": "queueing", "version": "1"}
            return {"protocolVersion": "2024-11-05", "capabilities": {"tools": {}}, "serverInfo": info}
        if method == "tools/list":
            schemas = {name: {"type": "object", "properties": {p: {} for p in names}} for name, names in self.tools.items()}
            return {"tools": [{"name": n, "description": n, "inputSchema": s} for n, s in schemas.items()]}
        answer = await self.call(params["name"], params.get("arguments") or {})
        return {"content": [{"type": "text", "text": json.dumps(answer)}]}

    async def serve(self, connection) -> None:
        async for text in connection:
            message = json.loads(text)
            if message.get("id") is None:
                continue
            reply = {"jsonrpc": "2.0", "id": message["id"]}
            try:
                reply["result"] = await self.result(message["method"], message.get("params") or {})
            except Exception as error:  # noqa: BLE001 as the servers in use have it
                reply["error"] = {"code": -32603, "message": str(error)}
            await connection.send(json.dumps(reply))


async def main(options: argparse.Namespace, queue: int) -> None:
    server = Server(options.dialect, Store(options.store) if options.store else None)
    await server.connect(queue)
    largest = 1 << 20 if options.dialect == "b" else 200 << 20
    async with websockets.serve(server.serve, "127.0.0.1", options.port, max_size=largest):
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # ends with who started it


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--dialect", choices=["a", "b", "c"], default="c")
    parser.add_argument("--store")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        multiprocessing.Process(target=keep_queue, args=(listener,), daemon=True).start()
        asyncio.run(main(parser.parse_args(), listener.getsockname()[1]))
