"""A Python client of a log server, as loggers of this kind are written today. Needs the package `websockets`.

    godot_client.py each URL COUNT              a connection a record, each with the whole MCP handshake
    godot_client.py pipelined URL COUNT WINDOW  one connection, up to WINDOW records under way, every reply read

Prints the seconds it took, from before the first connection to the last acknowledgement, and those of CPU.
"""

import asyncio
import json
import sys
import time
import uuid

import websockets

TOOLS = ["godot_logger_log", "logger_log"]


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


async def shake_hands(connection) -> str:
    """Returns the name of the server's tool for log records."""
    client = {"name": "benchmark", "version": "1"}
    parameters = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": client}
    await connection.send(request(0, "initialize", parameters))
    check(await connection.recv())
    await connection.send(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
    await connection.send(request(0, "tools/list", {}))
    offered = [tool["name"] for tool in check(await connection.recv())["result"]["tools"]]
    return next(name for name in TOOLS if name in offered)


async def each(url: str, count: int) -> None:
    for number in range(count):
        async with websockets.connect(url) as connection:
            tool = await shake_hands(connection)
            await connection.send(request(1, "tools/call", {"name": tool, "arguments": record(number)}))
            check(await connection.recv())


async def pipelined(url: str, count: int, window: int) -> None:
    async with websockets.connect(url) as connection:
        tool = await shake_hands(connection)
        room = asyncio.Semaphore(window)

        async def read() -> None:
            for _ in range(count):
                check(await connection.recv())
                room.release()

        reader = asyncio.create_task(read())
        for number in range(count):
            await room.acquire()
            await connection.send(request(number + 1, "tools/call", {"name": tool, "arguments": record(number)}))
        await reader


def main() -> None:
    mode, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    begin, cpu = time.monotonic(), time.process_time()
    asyncio.run(each(url, count) if mode == "each" else pipelined(url, count, int(sys.argv[4])))
    print(time.monotonic() - begin, time.process_time() - cpu)


if __name__ == "__main__":
    main()
