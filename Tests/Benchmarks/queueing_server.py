"""A log server as the Python ones in use are built: it answers calls one after another, a log record when it lies in a
queue, and a worker stores what is queued in batches. Needs the package `websockets`.

    queueing_server.py PORT

The queue is a process of its own, asked once a record, as a Redis would be. Batches of up to 100 records, or of what came
within 100 ms, are stored in memory; one that passes 1 MiB is lost whole. Conversations are kept, too. The tool
`benchmark_counts` tells how many records and messages are stored, how many are lost, and what CPU seconds both
processes took.
"""

import asyncio
import json
import multiprocessing
import os
import socket
import sys
import time
import uuid

import websockets

BATCH, WAIT, MOST_BYTES = 100, 0.1, 1 << 20
QUERIED = ("trace_id", "component", "level", "limit")
TOOLS = {
    "godot_logger_log": ("component", "level", "message", "trace_id", "data"),
    "godot_logger_query": QUERIED,
    "godot_conversation_begin": ("session_id", "metadata"),
    "godot_conversation_store_message": ("conversation_id", "role", "content", "turn_number", "metadata"),
    "benchmark_counts": (),
}


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


class Server:
    def __init__(self) -> None:
        self.queue: asyncio.Queue[str] = asyncio.Queue()
        self.rows: list[dict] = []
        self.lost = 0
        self.received = 0
        self.conversations: dict[str, dict[int, str]] = {}

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
                self.rows += [json.loads(record) for record in batch]

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
        self.conversations[identifier] = {}
        return {"conversation_id": identifier, "session_id": arguments.get("session_id"), "created_at": "2025-01-31"}

    def store(self, arguments: dict) -> dict:
        turns = self.conversations[arguments["conversation_id"]]
        number = arguments["turn_number"]
        if number in turns:
            raise ValueError("duplicate key value violates unique constraint \"messages_conversation_id_turn_number_key\"")
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
        if unknown := set(arguments) - set(TOOLS[name]):
            raise TypeError(f"got an unexpected keyword argument '{unknown.pop()}'")
        match name:
            case "godot_logger_log":
                return await self.log(arguments)
            case "godot_logger_query":
                return self.query(arguments)
            case "godot_conversation_begin":
                return self.begin(arguments)
            case "godot_conversation_store_message":
                return self.store(arguments)
            case _:
                return self.counts()

    async def result(self, method: str, params: dict) -> dict:
        if method == "initialize":
            info = {"name": "queueing", "version": "1"}
            return {"protocolVersion": "2024-11-05", "capabilities": {"tools": {}}, "serverInfo": info}
        if method == "tools/list":
            schemas = {name: {"type": "object", "properties": {p: {} for p in names}} for name, names in TOOLS.items()}
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


async def main(port: int, queue: int) -> None:
    server = Server()
    await server.connect(queue)
    async with websockets.serve(server.serve, "127.0.0.1", port, max_size=200 << 20):
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # ends with who started it


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as listener:
        multiprocessing.Process(target=keep_queue, args=(listener,), daemon=True).start()
        asyncio.run(main(int(sys.argv[1]), listener.getsockname()[1]))
