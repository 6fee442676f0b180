"""A Python client of a log server, as loggers of this kind are written today. Needs the package `websockets`.

    godot_client.py each URL COUNT         a connection a record, each with the whole MCP handshake
    godot_client.py pipelined URL COUNT    one connection, up to 256 records under way, every reply read

Prints the seconds it took, from before the first connection to the last acknowledgement.
"""

import asyncio
import json
import sys
import time
import uuid

import websockets

TOOL = "logger_log"
WINDOW = 256


def request(number: int, method: str, params: dict) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def record(number: int) -> dict:
    return {
        "component": "benchmark",
        "level": "INFO",
        "message": f"Record {number}: the request to the provider has ended as it should",
        "trace_id": str(uuid.uuid4()),
        "data": {"number": number, "provider": "benchmark", "status": "success", "duration_ms": 1234},
    }


def check(reply: str) -> dict:
    message = json.loads(reply)
    if "error" in message or message["result"].get("isError"):
        sys.exit(f"the server refuses: {reply[:300]}")
    return message


async def shake_hands(connection) -> None:
    client = {"name": "benchmark", "version": "1"}
    parameters = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": client}
    await connection.send(request(0, "initialize", parameters))
    check(await connection.recv())
    await connection.send(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))


async def each(url: str, count: int) -> None:
    for number in range(count):
        async with websockets.connect(url) as connection:
            await shake_hands(connection)
            await connection.send(request(1, "tools/call", {"name": TOOL, "arguments": record(number)}))
            check(await connection.recv())


async def pipelined(url: str, count: int) -> None:
    async with websockets.connect(url) as connection:
        await shake_hands(connection)
        room = asyncio.Semaphore(WINDOW)

        async def read() -> None:
            for _ in range(count):
                check(await connection.recv())
                room.release()

        reader = asyncio.create_task(read())
        for number in range(count):
            await room.acquire()
            await connection.send(request(number + 1, "tools/call", {"name": TOOL, "arguments": record(number)}))
        await reader


def main() -> None:
    mode, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    begin = time.monotonic()
    asyncio.run({"each": each, "pipelined": pipelined}[mode](url, count))
    print(time.monotonic() - begin)


if __name__ == "__main__":
    main()
