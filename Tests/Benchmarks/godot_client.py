"""A Python client of a log server, as loggers of this kind are written today. Needs the package `websockets`.

    godot_client.py each URL COUNT              a connection a record, each with the whole MCP handshake
    godot_client.py pipelined URL COUNT WINDOW  one connection, up to WINDOW records under way, every reply read
    godot_client.py confirmed URL COUNT WINDOW  the same, and every record is seen in the server's store

`confirmed` promises what fiedler does to a server that only queues: a record counts when a query has shown it, and no
more than UNCONFIRMED are without proof, so that one answer of 1,000 rows can show them all. Queries have a connection
of their own.

Prints the seconds it took, from before the first connection to the last acknowledgement, and those of CPU.
"""

import asyncio
import json
import sys
import time
import uuid

import websockets

TOOLS = ["godot_logger_log", "logger_log"]
UNCONFIRMED = 900
LOOK_AFTER, LOOK_SECONDS = 600, 0.12  # a look is due after so many acknowledgements, or so long


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


async def confirmed(url: str, count: int, window: int) -> None:
    async with websockets.connect(url) as connection, websockets.connect(url, max_size=None) as reader:
        tool = await shake_hands(connection)
        await shake_hands(reader)
        room, unproven = asyncio.Semaphore(window), asyncio.Semaphore(UNCONFIRMED)
        waiting: set[str] = set()
        acknowledged = 0

        async def read() -> None:
            nonlocal acknowledged
            for _ in range(count):
                waiting.add(ids[check(await connection.recv())["id"] - 1])
                acknowledged += 1
                room.release()

        async def look() -> None:
            seen = last = 0
            due = time.monotonic() + LOOK_SECONDS
            while seen < count:
                if not waiting or (acknowledged - last < LOOK_AFTER and time.monotonic() < due):
                    await asyncio.sleep(0.002)
                    continue
                last, due = acknowledged, time.monotonic() + LOOK_SECONDS
                arguments = {"limit": min(1000, len(waiting) + window)}
                call = {"name": tool.removesuffix("log") + "query", "arguments": arguments}
                await reader.send(request(1, "tools/call", call))
                text = check(await reader.recv())["result"]["content"][0]["text"]
                for row in json.loads(json.loads(text)["content"][0]["text"]):
                    if (name := json.loads(row["data"]).get("log_id")) in waiting:
                        waiting.remove(name)
                        seen += 1
                        unproven.release()

        ids: list[str] = []
        tasks = [asyncio.create_task(read()), asyncio.create_task(look())]
        for number in range(count):
            await unproven.acquire()
            await room.acquire()
            arguments = record(number)
            ids.append(str(uuid.uuid4()))
            arguments["data"]["log_id"] = ids[-1]
            await connection.send(request(number + 1, "tools/call", {"name": tool, "arguments": arguments}))
        await asyncio.gather(*tasks)


def main() -> None:
    mode, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    begin, cpu = time.monotonic(), time.process_time()
    ways = {"pipelined": pipelined, "confirmed": confirmed}
    asyncio.run(each(url, count) if mode == "each" else ways[mode](url, count, int(sys.argv[4])))
    print(time.monotonic() - begin, time.process_time() - cpu)


if __name__ == "__main__":
    main()
