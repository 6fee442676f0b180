"""Hostile clients of the log server, on plain sockets. Started by `hostile`."""

import argparse
import base64
import contextlib
import json
import multiprocessing
import os
import pathlib
import signal
import socket
import struct
import sys
import threading
import time

from programs import LogServer, Problem, Process, Sandbox, free_port

MOST_MEMORY = 512  # MiB, as .docs/faults.md has it
FLOOD_SECONDS, MOST_GROWTH = 10, 64
TOKEN = "the-right-token-of-this-run"
KEY = base64.b64encode(b"0123456789abcdef").decode()


def frame(payload: bytes, opcode: int = 1, fin: bool = True, masked: bool = True, length: int | None = None) -> bytes:
    size = len(payload) if length is None else length
    mask = 0x80 if masked else 0
    head = bytes([(0x80 if fin else 0) | opcode])
    if size < 126:
        head += bytes([mask | size])
    elif size < 65536:
        head += bytes([mask | 126]) + struct.pack(">H", size)
    else:
        head += bytes([mask | 127]) + struct.pack(">Q", size)
    return head + (b"\0\0\0\0" if masked else b"") + payload


def call(tool: str, **arguments: object) -> bytes:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    return frame(json.dumps(message).encode())


def log(message: str, **more: object) -> bytes:
    return call("logger_log", component="hostile", level="INFO", message=message, **more)


def handshake(token: str | None = None) -> bytes:
    given = f"Authorization: Bearer {token}\r\n" if token else ""
    return (
        f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\n"
        f"{given}Sec-WebSocket-Version: 13\r\n\r\n").encode()


class Attack:
    """One server; what is done to it, and what it does then."""

    def __init__(self, server: LogServer) -> None:
        self.server, self.pid = server, server.process.process.pid
        self.most = 0
        self.problems: list[str] = []

    def status(self, name: str) -> int:
        """In MiB."""
        lines = pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(name)).split()[1]) // 1024

    def say(self, what: str, outcome: str) -> None:
        print(f"{what:52} {outcome:44} {self.status('VmRSS'):5} MiB, at most {self.status('VmHWM')}", flush=True)

    def connect(self, upgraded: bool = True, token: str | None = None) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
        if upgraded:
            client.sendall(handshake(token))
            client.recv(4096)
        return client

    @staticmethod
    def outcome(client: socket.socket, seconds: float = 10) -> str:
        client.settimeout(seconds)
        try:
            data = client.recv(4096)
            while data[:2] == b"\x89\0":  # a ping
                data = data[2:] or client.recv(4096)
        except TimeoutError:
            return f"nothing for {seconds:g} s"
        except OSError as error:
            return type(error).__name__
        finally:
            client.close()
        if data[:1] == b"\x88":
            return f"closed with {struct.unpack('>H', data[2:4])[0]}"
        return "answered" if data[:1] == b"\x81" else "ended"

    def expect(self, what: str, bytes_: bytes, wanted: str) -> None:
        client = self.connect()
        client.sendall(bytes_)
        found = self.outcome(client)
        if found != wanted:
            self.problems.append(f"{what}: {found}, not {wanted}")
        self.say(what, found)

    def frames(self) -> None:
        for what, bytes_, wanted in [
            ("an unmasked frame", frame(b"{}", masked=False), "closed with 1002"),
            ("a text that is not UTF-8", frame(b"\xff\xfe"), "closed with 1007"),
            ("a close frame of one byte", frame(b"x", opcode=8), "closed with 1002"),
            ("a close frame with code 1005", frame(struct.pack(">H", 1005), opcode=8), "closed with 1002"),
            ("a frame of 2^63 bytes announced", frame(b"", length=2**63 - 1), "closed with 1009"),
            ("300 MB announced", frame(b"x" * 100, length=300 << 20), "closed with 1009"),
            ("100,000 brackets", frame(b"[" * 100_000), "answered"),
            ("a number of a million digits", frame(b'{"id":' + b"9" * 1_000_000 + b"}"), "answered"),
        ]:
            self.expect(what, bytes_, wanted)

    def large(self) -> None:
        """Each record has 15 MiB; as many small numbers they take the most room."""
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": "logger_log", "arguments": {"component": "hostile", "level": "INFO", "message": "x", "data": [0]}}}
        numbers = "[" + "1," * (7 << 20) + "1]"
        record = frame(json.dumps(message).replace("[0]", numbers).encode())
        clients = [self.connect() for _ in range(16)]
        threads = [threading.Thread(target=client.sendall, args=(record,)) for client in clients]
        for client in clients:
            client.settimeout(120)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        outcomes = [self.outcome(client, 120) for client in clients]
        self.say("16 records of 15 MiB at once", ", ".join(f"{outcomes.count(each)} {each}" for each in sorted(set(outcomes))))

    def unread(self) -> None:
        """Ask for far more than they read."""
        question = frame(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode())
        clients, sent = [], 0
        for _ in range(200):
            client = self.connect()
            client.settimeout(0.2)
            with contextlib.suppress(OSError):  # no more is taken
                client.sendall(question * 5000)
                sent += 1
            clients.append(client)
        self.say("200 clients, 5,000 tools/list each, nothing read", f"{sent} could send them all")
        for client in clients:
            client.close()

    def slow_frames(self) -> None:
        clients = []
        for _ in range(200):
            client = self.connect()
            client.settimeout(0.5)
            with contextlib.suppress(OSError):
                client.sendall(frame(b"x" * (4 << 20), length=15 << 20))
            clients.append(client)
        self.say("200 clients, 4 of 15 MiB of a frame each", "")
        for client in clients:
            client.close()

    def handshakes(self) -> None:
        clients = []
        with contextlib.suppress(OSError):
            for _ in range(500):
                clients.append(self.connect(upgraded=False))
                clients[-1].sendall(b"GET / HTTP/1.1\r\nX: ")
        self.say(f"{len(clients)} handshakes that do not end", "")
        for client in clients:
            client.close()


def crowd(sandbox: Sandbox, store: pathlib.Path) -> list[str]:
    """More clients than a server of its own may have files open, while one of them has it work."""
    limited = ["prlimit", "--nofile=256:256", sandbox.binary]

    class Limited(LogServer):
        def start(self) -> None:
            self.process = Process(
                [*limited, "godot", "serve", "--port", str(self.port), "--store", self.store],
                self.sandbox.folder / "crowd.log", env=self.sandbox.environment, cwd=self.sandbox.folder / "work")

    server = Limited(sandbox, free_port(), str(store))
    clients = []
    try:
        server.wait_until_ready()
        attack = Attack(server)
        # Without a pause, so that the server always has work.
        good = [Good(attack, pause=0) for _ in range(4)]
        with contextlib.suppress(OSError):  # nobody takes them any more
            for _ in range(400):
                clients.append(attack.connect(upgraded=False))
        time.sleep(4)
        words = [each.report() for each in good]
        if not server.process.runs:
            return [f"400 clients and 256 files ended the server with {server.process.process.returncode}"]
        attack.say(f"{len(clients)} clients of a server with 256 files", "goes on")
        print("\n".join(words))
        return [f"a good client in a crowd: {each.failure}" for each in good if each.failure]
    finally:
        for client in clients:
            client.close()
        server.process.kill()


def guess(port: int, is_over, counts) -> None:
    """One process that tries wrong tokens, a connection each, as fast as it goes: near ones, short ones, long ones."""
    refused = other = number = 0
    while not is_over.is_set():
        number += 1
        wrong = [TOKEN[:-1] + "x", "x" + TOKEN[1:], TOKEN + "x", TOKEN[:-1], "", "x" * 4000][number % 6]
        with socket.socket() as client:
            # No port is kept back for a connection that is over.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                client.connect(("127.0.0.1", port))
                client.sendall(handshake(wrong or None))
                answer = client.recv(4096)
            except OSError:
                other += 1
                continue
        if answer.startswith(b"HTTP/1.1 401"):
            refused += 1
        elif answer.startswith(b"HTTP/1.1 101"):
            counts.put(("let in", wrong, 0))
        else:
            other += 1
    counts.put(("ended", refused, other))


def tokens(sandbox: Sandbox, store: pathlib.Path) -> list[str]:
    """Wrong tokens, as many a second as loopback and two guessing processes give."""
    sandbox.environment["FIEDLER_GODOT_TOKEN"] = TOKEN
    server = LogServer(sandbox, free_port(), str(store))
    del sandbox.environment["FIEDLER_GODOT_TOKEN"]
    is_over, counts = multiprocessing.Event(), multiprocessing.Queue()
    guessers = []
    try:
        server.wait_until_ready()
        attack = Attack(server)
        alone = Good(attack, token=TOKEN)
        time.sleep(FLOOD_SECONDS / 2)
        print(alone.report("alone"))
        good, before = Good(attack, token=TOKEN), attack.status("VmRSS")
        guessers = [multiprocessing.Process(target=guess, args=(server.port, is_over, counts)) for _ in range(2)]
        for guesser in guessers:
            guesser.start()
        time.sleep(FLOOD_SECONDS)
        is_over.set()
        problems, refused, other, ended = [], 0, 0, 0
        while ended < len(guessers):
            kind, one, two = counts.get(timeout=30)
            if kind == "let in":
                problems.append(f"{one!r} was taken for the token")
            else:
                refused, other, ended = refused + one, other + two, ended + 1
        words = good.report()
        attack.say(f"{refused / FLOOD_SECONDS:,.0f} wrong tokens a second for {FLOOD_SECONDS} s",
                   f"{refused} refused, {other} not served")
        print(words)
        if good.failure:
            problems.append(f"the good client beside wrong tokens: {good.failure}")
        if (grown := attack.status("VmHWM") - before) > MOST_GROWTH:
            problems.append(f"wrong tokens took {grown} MiB of memory")
        return problems
    finally:
        is_over.set()
        for guesser in guessers:
            guesser.join()
        server.process.kill()


class Good:
    """Logs a record every 20 ms, or without a pause, and waits for its answer."""

    def __init__(self, attack: Attack, pause: float = 0.02, token: str | None = None) -> None:
        self.pause = pause
        self.client = attack.connect(token=token)
        self.client.settimeout(60)
        self.times: list[float] = []
        self.is_over = threading.Event()
        self.failure = ""
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        try:
            while not self.is_over.wait(self.pause):
                begin = time.monotonic()
                self.client.sendall(log(str(len(self.times))))
                # A ping may come between.
                while b"Log entry" not in (answer := self.client.recv(65536)):
                    if not answer:
                        raise ConnectionResetError("the server has closed the connection")
                self.times.append(time.monotonic() - begin)
        except OSError as error:
            self.failure = repr(error)

    def report(self, where: str = "beside them") -> str:
        self.is_over.set()
        self.thread.join()
        times = sorted(self.times)
        at = [times[int(len(times) * share)] * 1000 for share in (0.5, 0.99)] if times else [0, 0]
        return (f"the good client {where}: {len(times)} records, p50 {at[0]:.1f} ms, p99 {at[1]:.1f} ms,"
                f" at most {max(times, default=0) * 1000:.0f} ms {self.failure}")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("fiedler", nargs="?", default=os.environ["FIEDLER"])
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    options = parser.parse_args()
    fiedler = str(pathlib.Path(options.fiedler).resolve())
    if not os.access(fiedler, os.X_OK):
        print(f"{fiedler} is not there: swift build -c release --product fiedler", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    sandbox = Sandbox(fiedler, options.folder / "home", "http://127.0.0.1:1/v1", "off")
    server = LogServer(sandbox, free_port(), str(options.folder / "godot.db"))
    good = None
    try:
        server.wait_until_ready()
        attack = Attack(server)
        alone = Good(attack)
        time.sleep(3)
        print(alone.report("alone"))
        good = Good(attack)
        attack.say("at the start", "")
        for part in (attack.frames, attack.handshakes, attack.slow_frames, attack.unread, attack.large):
            part()
        words = good.report()
        time.sleep(12)
        attack.say("12 s later", "")
        print(words)
        if attack.status("VmHWM") > MOST_MEMORY:
            attack.problems.append(f"{attack.status('VmHWM')} MiB of memory, over {MOST_MEMORY}")
        if good.failure:
            attack.problems.append(f"the good client: {good.failure}")
        attack.problems += crowd(sandbox, options.folder / "crowd.db")
        attack.problems += tokens(sandbox, options.folder / "tokens.db")
    except (Problem, OSError) as problem:
        print(f"the run ended early: {problem!r}", file=sys.stderr)
        return 2
    finally:
        if good:
            good.is_over.set()
        server.process.kill()
    for problem in attack.problems:
        print(f"FAILED {problem}")
    return 1 if attack.problems else 0


if __name__ == "__main__":
    sys.exit(main())
