"""Clients that store turns through several log servers on one PostgreSQL. Started by `servers`."""

import argparse
import asyncio
import base64
import json
import os
import pathlib
import random
import struct
import sys
import threading
import time
import uuid
from collections import Counter

from programs import LogServer, PostgreSQL, Problem, Process, Sandbox, arguments, free_port

KEY = base64.b64encode(b"0123456789abcdef").decode()
TICK = os.sysconf("SC_CLK_TCK")
TURNS = 200  # of a conversation; then the client begins another one
WORDS = "why does the tide turn twice a day and what has the moon to do with it, asked the lighthouse keeper".split()


def frame(payload: bytes) -> bytes:
    size = len(payload)
    head = bytes([0x80 | size]) if size < 126 else (
        b"\xfe" + struct.pack(">H", size) if size < 65536 else b"\xff" + struct.pack(">Q", size))
    return b"\x81" + head + b"\0\0\0\0" + payload


class Client:
    """Sends batches of turns one after another; a batch whose answer does not come is sent again as it was."""

    def __init__(self, number: int, port: int, batch: int) -> None:
        self.chance = random.Random(number)
        self.port, self.batch = port, batch
        self.conversations: list[list] = []  # id, turns that were acknowledged
        self.waits: list[float] = []
        self.repeats = 0
        self.longest = 0.0

    def next_batch(self) -> tuple[bytes, int]:
        calls = []
        if not self.conversations or self.conversations[-1][1] >= TURNS:
            self.conversations.append([str(uuid.UUID(int=self.chance.getrandbits(128), version=4)), 0])
            calls.append(("conversation_begin", {"conversation_id": self.conversations[-1][0]}))
        conversation, done = self.conversations[-1]
        for turn in range(done + 1, min(done + self.batch, TURNS) + 1):
            calls.append(("conversation_store_message", {
                "conversation_id": conversation, "role": "user" if turn % 2 else "assistant", "turn_number": turn,
                "content": self.text(conversation, turn),
                "metadata": {"model": "forest/oak", "input_tokens": 9, "output_tokens": 99, "timing_ms": 999}}))
        messages = [{"jsonrpc": "2.0", "id": number, "method": "tools/call",
                     "params": {"name": name, "arguments": given}} for number, (name, given) in enumerate(calls)]
        return frame(json.dumps(messages).encode()), min(self.batch, TURNS - done)

    @staticmethod
    def text(conversation: str, turn: int) -> str:
        """About 500 characters that are this turn's alone."""
        return f"{conversation} {turn} " + " ".join(WORDS[(turn * 7 + n * 3) % len(WORDS)] for n in range(90))

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        writer.write((f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        if b" 101 " not in await reader.readuntil(b"\r\n\r\n"):
            raise ConnectionError("no upgrade")
        return reader, writer

    @staticmethod
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[dict]:
        while True:
            head, size = await reader.readexactly(2)
            if size == 126:
                size = struct.unpack(">H", await reader.readexactly(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", await reader.readexactly(8))[0]
            payload = await reader.readexactly(size)
            match head & 15:
                case 1:
                    return json.loads(payload)
                case 8:
                    raise ConnectionError("closed")
                case 9:
                    writer.write(b"\x8a" + bytes([0x80 | size]) + b"\0\0\0\0" + payload)

    async def run(self, is_over: asyncio.Event) -> None:
        connection = None
        while not is_over.is_set():
            data, count = self.next_batch()
            begin = time.monotonic()
            tries = 0
            while True:
                tries += 1
                try:
                    connection = connection or await asyncio.wait_for(self.connect(), 5)
                    connection[1].write(data)
                    answers = await asyncio.wait_for(self.answer(*connection), 30)
                    failed = next((each["error"] for each in answers if "error" in each), None)
                    if failed is None:
                        break
                    # `storage_away` is an outage that goes by; anything else would be a finding.
                    if failed.get("data", {}).get("code") != "storage_away":
                        raise Problem(f"a turn was refused: {failed}")
                except (OSError, EOFError, TimeoutError):  # the server has gone, or HAProxy has none
                    if connection:
                        connection[1].close()
                    connection = None
                await asyncio.sleep(0.05)
            wait = time.monotonic() - begin
            self.repeats += tries - 1
            self.waits.append(wait)
            self.conversations[-1][1] += count
        if connection:
            connection[1].close()


def processor_seconds(pids: list[int]) -> float:
    """Of these and of their children, those that have ended included."""
    total = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICK


def children(pid: int) -> list[int]:
    return list(map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


class Run:
    def __init__(self, options: argparse.Namespace, count: int) -> None:
        self.options, self.count = options, count
        self.folder = options.folder / f"with{count}"
        self.folder.mkdir(mode=0o711)
        self.postgres = PostgreSQL(self.folder / "postgres")
        door, ports = free_port(), [free_port() for _ in range(count)]
        sandbox = Sandbox(options.fiedler, self.folder / "home", "http://127.0.0.1:9/v1", f"ws://127.0.0.1:{door}")
        self.servers = []
        try:
            for port in ports:
                self.servers.append(KeepingServer(sandbox, port, self.postgres.url))
            for server in self.servers:
                server.wait_until_ready()
            lines = [f"  server s{port} 127.0.0.1:{port} check" for port in ports]
            (self.folder / "haproxy.cfg").write_text("\n".join([
                "defaults", "  mode tcp", "  timeout connect 3s", "  timeout client 10m", "  timeout server 10m",
                "listen godot", f"  bind 127.0.0.1:{door}", "  balance leastconn", "  option httpchk GET /healthz",
                "  option redispatch", "  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions",
                *lines]) + "\n")
            self.balancer = Process(
                ["/usr/sbin/haproxy", "-db", "-f", str(self.folder / "haproxy.cfg")], self.folder / "haproxy.log")
        except Problem:
            self.end()
            raise
        self.clients = [Client(count * 1000 + n, door, options.batch) for n in range(options.clients)]
        self.waits_of_database: Counter[str] = Counter()
        self.kills = self.partitions = 0
        self.spent = 0.0  # by servers that were killed
        self.is_over = threading.Event()

    def kill_one(self, number: int) -> None:
        """A partition of old records first, which whoever starts now drops."""
        day = f"2020-01-{1 + number % 27:02}"
        self.postgres.lines(
            f"CREATE TABLE IF NOT EXISTS logs_old{number} (LIKE logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS);"
            f"INSERT INTO logs_old{number} (component, level, message, created_at)"
            f" SELECT 'old', 'INFO', 'x', '{day}T12:00:00Z' FROM generate_series(1, 20000);"
            f"ALTER TABLE logs ATTACH PARTITION logs_old{number} FOR VALUES FROM ('{day}') TO ('{day}T23:59:59Z')")
        self.partitions += 1
        server = self.servers[number % self.count]
        self.spent += processor_seconds([server.process.process.pid])
        self.kills += server.process.kill()
        server.start()

    def disturb(self) -> None:
        """Besides, what PostgreSQL's sessions wait for is asked each quarter of a second."""
        begin, number = time.monotonic(), 0
        while not self.is_over.wait(0.25):
            for line in self.postgres.lines(
                    "SELECT coalesce(wait_event_type || ' ' || wait_event, 'runs') FROM pg_stat_activity"
                    " WHERE state = 'active' AND pid <> pg_backend_pid()"):
                self.waits_of_database[line] += 1
            if not self.options.calm and time.monotonic() - begin > 10 * (number + 1):
                self.kill_one(number)
                number += 1

    async def load(self) -> None:
        over = asyncio.Event()
        tasks = [asyncio.create_task(client.run(over)) for client in self.clients]
        await asyncio.sleep(self.options.seconds)
        over.set()
        await asyncio.gather(*tasks)

    def run(self) -> bool:
        disturber = threading.Thread(target=self.disturb)
        wal = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
        before, begin = int(self.postgres.lines(wal)[0]), time.monotonic()
        postmaster = self.postgres.process.process.pid
        database_before = processor_seconds([postmaster, *children(postmaster)])
        own = time.process_time()
        disturber.start()
        try:
            asyncio.run(self.load())
        finally:
            self.is_over.set()
            disturber.join()
        seconds = time.monotonic() - begin
        database = processor_seconds([postmaster, *children(postmaster)]) - database_before
        servers = self.spent + processor_seconds([server.process.process.pid for server in self.servers])
        own = time.process_time() - own
        log = int(self.postgres.lines(wal)[0]) - before
        turns = sum(turns for client in self.clients for _, turns in client.conversations)
        waits = sorted(wait for client in self.clients for wait in client.waits)
        wrong = self.compare()
        old = int(self.postgres.lines("SELECT count(*) FROM logs WHERE created_at < '2021-01-01'")[0])
        print(f"| {self.count} | {turns:,} | {turns / seconds:,.0f} | {waits[len(waits) // 2] * 1e3:.0f} ms"
              f" | {waits[len(waits) * 99 // 100] * 1e3:.0f} ms | {waits[-1]:.1f} s | {self.kills}"
              f" | {sum(client.repeats for client in self.clients)} | {wrong['lost']} | {wrong['doubled']}"
              f" | {servers / turns * 1e6:.0f} µs | {database / turns * 1e6:.0f} µs | {log / turns:,.0f} B |",
              flush=True)
        print(f"  clients {own / turns * 1e6:.0f} µs a turn; {self.partitions} old partitions made, {old} of their"
              " records left; sessions: "
              + ", ".join(f"{what} {number}" for what, number in self.waits_of_database.most_common(6)),
              file=sys.stderr, flush=True)
        for kind, count in wrong.items():
            if count:
                print(f"  {kind}: {count}", flush=True)
        return not +wrong

    def compare(self) -> Counter[str]:
        """Every turn that was acknowledged stands there once, with its text."""
        wrong: Counter[str] = Counter({"lost": 0, "doubled": 0})
        told = {conversation: turns for client in self.clients for conversation, turns in client.conversations}
        stored: Counter[str] = Counter()
        numbers: dict[str, set[int]] = {}
        for line in self.postgres.lines("SELECT conversation_id, turn_number, content FROM messages"):
            conversation, number, content = line.split("|", 2)
            stored[conversation] += 1
            numbers.setdefault(conversation, set()).add(int(number))
            wrong["another text"] += content != Client.text(conversation, int(number))
        for conversation, turns in told.items():
            missing = set(range(1, turns + 1)) - numbers.get(conversation, set())
            wrong["lost"] += len(missing)
            wrong["doubled"] += stored[conversation] - len(numbers.get(conversation, set()))
        wrong["nobody's"] = sum(1 for conversation in stored if conversation not in told)
        return wrong

    def end(self) -> None:
        for server in self.servers:
            server.process.kill()
        if hasattr(self, "balancer"):
            self.balancer.kill()
        self.postgres.process.kill()


class KeepingServer(LogServer):
    """Drops days of log records that are older than a year."""

    def start(self) -> None:
        self.starts += 1
        self.process = self.sandbox.start(
            "godot", "serve", "--port", str(self.port), "--store", self.store, "--keep-days", "365", log="server.log")


def main() -> int:
    parser = argparse.ArgumentParser(prog="Tests/Faults/servers")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--servers", default="1,2,4")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--calm", action="store_true")
    options = arguments(parser)
    is_well = True
    print("| servers | turns | a second | p50 | p99 | longest | killed | batches sent again | lost | doubled"
          " | servers' time a turn | PostgreSQL's | WAL a turn |\n" + "|---" * 13 + "|", flush=True)
    for count in map(int, options.servers.split(",")):
        try:
            run = Run(options, count)
            try:
                is_well &= run.run()
            finally:
                run.end()
        except Problem as problem:
            print(problem, file=sys.stderr)
            return 2
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
