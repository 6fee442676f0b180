"""Just enough of WebSocket and MCP on a plain socket to hold a thousand connections cheaply."""

import base64
import json
import os
import socket
import struct

from processes import BenchmarkFailure


class Connection:
    """One MCP session. Requests are short, and so are the replies."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.number = 0
        key = base64.b64encode(os.urandom(16)).decode()
        head = ["GET / HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade"]
        head += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", "", ""]
        self.socket.sendall("\r\n".join(head).encode())
        while b"\r\n\r\n" not in self.buffer:
            self.receive()
        answer, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        if b" 101 " not in answer.split(b"\r\n")[0] + b" ":
            raise BenchmarkFailure(f"the log server refuses a connection: {answer[:200]!r}")
        client = {"name": "benchmark", "version": "1"}
        parameters = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": client}
        self.request("initialize", parameters)
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def receive(self) -> None:
        got = self.socket.recv(65536)
        if not got:
            raise BenchmarkFailure("the log server has closed a connection")
        self.buffer += got

    def send(self, message: dict) -> None:
        payload = json.dumps(message).encode()
        # A mask of zeros is a mask.
        length = struct.pack("!BBH", 0x81, 0xFE, len(payload)) if len(payload) > 125 else bytes(
            [0x81, 0x80 | len(payload)]
        )
        self.socket.sendall(length + b"\0\0\0\0" + payload)

    def read(self) -> dict:
        """The next text message; pings need no answer in so short a time."""
        while True:
            while len(self.buffer) < 2 or len(self.buffer) < self.frame()[1]:
                self.receive()
            begin, end = self.frame()
            kind, payload, self.buffer = self.buffer[0] & 15, self.buffer[begin:end], self.buffer[end:]
            if kind == 1:
                return json.loads(payload)
            if kind == 8:
                raise BenchmarkFailure(f"the log server has closed a connection: {payload!r}")

    def frame(self) -> tuple[int, int]:
        """Where the payload of the first frame begins and ends; beyond the buffer if not even its head is there."""
        length = self.buffer[1] & 127
        if length < 126:
            return 2, 2 + length
        if len(self.buffer) < 10:
            return 10, 10
        if length == 126:
            return 4, 4 + struct.unpack("!H", self.buffer[2:4])[0]
        return 10, 10 + struct.unpack("!Q", self.buffer[2:10])[0]

    def request(self, method: str, parameters: dict) -> dict:
        self.number += 1
        self.send({"jsonrpc": "2.0", "id": self.number, "method": method, "params": parameters})
        reply = self.read()
        if reply.get("id") != self.number or "error" in reply:
            raise BenchmarkFailure(f"{method}: {str(reply)[:300]}")
        return reply["result"]

    def close(self) -> None:
        self.socket.close()
