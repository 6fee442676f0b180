"""A client of a log server as they are in use: MCP's handshake, then tool calls, on one WebSocket connection."""

import asyncio
import json

from websockets.asyncio.client import ClientConnection, connect

CALL_TIMEOUT = 30  # seconds


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, error: dict) -> None:
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        self.code, self.message, self.error = error.get("code"), error.get("message", ""), error


class Client:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.last_id = 0

    @classmethod
    async def open(cls, url: str) -> "Client":
        client = cls(await connect(url))
        client.hello = await client.request(
            "initialize",
            {
                "protocolVersion": "2024-11-05", "capabilities": {},
                "clientInfo": {"name": "interoperation", "version": "1"},
            },
        )
        await client.post({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return client

    async def post(self, message: dict) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self) -> dict:
        """The next message that answers something: a notification may be answered too, with `id: null`."""
        while True:
            message = json.loads(await asyncio.wait_for(self.connection.recv(), CALL_TIMEOUT))
            if message.get("id") is not None:
                return message

    def make(self, method: str, params: dict | None = None) -> dict:
        self.last_id += 1
        message = {"jsonrpc": "2.0", "id": self.last_id, "method": method}
        return message | ({} if params is None else {"params": params})

    async def request(self, method: str, params: dict | None = None) -> dict:
        message = self.make(method, params)
        await self.post(message)
        answer = await self.receive()
        assert answer["id"] == message["id"], f"{answer['id']} answers {message['id']}"
        return self.result(answer)

    @staticmethod
    def result(answer: dict) -> dict:
        assert answer.get("jsonrpc") == "2.0", answer
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    @staticmethod
    def content(result: dict) -> object:
        """What a tool's result holds: JSON as text."""
        assert not result.get("isError"), result
        [content] = result["content"]
        assert content["type"] == "text", content
        return json.loads(content["text"])

    async def call(self, tool: str, **arguments: object) -> object:
        return self.content(await self.request("tools/call", {"name": tool, "arguments": arguments}))

    async def rows(self, tool: str, **arguments: object) -> list[dict]:
        """A query's rows, which stand in a tool's answer within the tool's answer."""
        return self.content(await self.call(tool, **arguments))

    async def refusal(self, tool: str, **arguments: object) -> Refused | None:
        """The error that a call ends in; `None` if it does not."""
        try:
            await self.call(tool, **arguments)
        except Refused as refused:
            return refused
        return None

    async def close(self) -> None:
        await self.connection.close()
