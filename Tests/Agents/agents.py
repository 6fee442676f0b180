"""What coding agents do with `fiedler mcp`, by the protocol's own SDK; the demo models answer."""

import asyncio
import json
import pathlib
import re
import sys

import websockets
from mcp import ClientSession, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

FIEDLER, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
QUICK = "demo/rate-1000x40"
passed = failed = 0


def check(what, holds, seen=""):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    if not holds:
        print(f"not so: {what} {str(seen)[:500]}", file=sys.stderr)


def home(name):
    path = FOLDER / name
    path.mkdir()
    return {"HOME": str(path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def structured(result):
    return getattr(result, "structured_content", None) or getattr(result, "structuredContent", None)


async def over_streams():
    environment = home("streams")
    parameters = StdioServerParameters(command=FIEDLER, args=["mcp"], env=environment)
    async with stdio_client(parameters) as (reader, writer), ClientSession(reader, writer) as session:
        await session.initialize()
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        check("eleven tools are offered", len(tools) == 11 and "fiedler_send" in tools, tools.keys())

        steps = []

        async def progress(done, total, message):
            steps.append((done, total, message))

        sent = await session.call_tool(
            "fiedler_send", {"prompt": "Who are you?", "models": [QUICK, "demo/rate-500x40"]},
            progress_callback=progress)
        answer = structured(sent)
        check("both models succeeded", answer["status"] == "success", answer)
        check("the message counts them", answer["message"] == "2/2 models succeeded", answer["message"])
        check("the correlation id is 8 hex digits", re.fullmatch("[0-9a-f]{8}", answer["correlation_id"]), answer)
        check("progress grows to its end", steps and [s[0] for s in steps] == sorted(s[0] for s in steps)
              and steps[-1][0] == 2, steps)
        check("text goes along for clients without structure", json.loads(sent.content[0].text) == answer)

        folder = pathlib.Path(answer["output_dir"])
        name = r"\d{8}_\d{6}_" + answer["correlation_id"]
        check("the folder is called as ever", re.fullmatch(name, folder.name), folder)
        summary = json.loads(pathlib.Path(answer["summary_file"]).read_text())
        check("the summary has its members", {"correlation_id", "timestamp", "prompt", "files", "models", "results"}
              <= summary.keys(), summary.keys())
        check("the prompt is not in it", summary["prompt"] == "<redacted - 12 chars>", summary["prompt"])
        for result in answer["results"]:
            check("each answer has its file", pathlib.Path(result["output_file"]).read_text() == result["text"])

        more = structured(await session.call_tool(
            "fiedler_send", {"prompt": "And now?", "conversation_id": answer["conversation_id"]}))
        check("a conversation goes on", more["conversation_id"] == answer["conversation_id"]
              and len(more["results"]) == 2, more)
        found = structured(await session.call_tool("fiedler_history_search", {"query": "now"}))
        check("it is found", found["conversations"][0]["id"] == answer["conversation_id"], found)
        read = structured(await session.call_tool(
            "fiedler_history_get", {"conversation_id": answer["conversation_id"]}))
        check("it can be read", len(read["exchanges"]) == 2, read.keys())
        models = structured(await session.call_tool("fiedler_list_models", {}))
        check("models are listed", models["models"] and models["chosen"], models)

        wrong = await session.call_tool("fiedler_send", {"promt": "x"})
        words = wrong.content[0].text
        check("a wrong argument is named", "promt" in words and "prompt" in words, wrong)
        nobody = await session.call_tool("fiedler_send", {"prompt": "x", "models": ["nobody-has-this"]})
        check("an unknown model is named", "nobody-has-this" in nobody.content[0].text, nobody)
        try:
            await session.call_tool("fiedler_nothing", {})
            check("an unknown tool is refused", False)
        except MCPError as error:
            check("an unknown tool is refused", "fiedler_nothing" in str(error), error)

        slow = {"prompt": "Go on", "models": ["demo/rate-20x5000"]}
        long = asyncio.create_task(session.call_tool("fiedler_send", slow))
        while structured(await session.call_tool("fiedler_status", {}))["running"] == 0:
            await asyncio.sleep(0.05)
        long.cancel()
        try:
            await long
        except asyncio.CancelledError:
            pass
        while structured(await session.call_tool("fiedler_status", {}))["running"] != 0:
            await asyncio.sleep(0.05)
        check("a call taken back is stopped, and the next is answered", True)
    return environment


async def kept(environment):
    process = await asyncio.create_subprocess_exec(
        FIEDLER, "history", "--json", env=environment, stdout=asyncio.subprocess.PIPE)
    history = json.loads((await process.communicate())[0])
    check("everything is in the history", len(history) == 2, history)
    states = [state for conversation in history for state in conversation["states"]]
    check("what was stopped is kept so", "cancelled" in states, states)


async def over_websocket():
    process = await asyncio.create_subprocess_exec(
        FIEDLER, "mcp", "--listen", "127.0.0.1:0", env=home("socket"), stderr=asyncio.subprocess.PIPE)
    while b"listening on" not in (line := await process.stderr.readline()):
        check("it listens", line)
    url = line.decode().split()[-1]

    async def ask(socket, number, method, parameters):
        await socket.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(await socket.recv())
            if message.get("id") == number:
                return message

    async with websockets.connect(url) as socket:
        hello = await ask(socket, 1, "initialize", {"protocolVersion": "2024-11-05", "capabilities": {},
                                                    "clientInfo": {"name": "test", "version": "1"}})
        check("an old revision is spoken", hello["result"]["protocolVersion"] == "2024-11-05", hello)
        sent = await ask(socket, 2, "tools/call",
                         {"name": "fiedler_send", "arguments": {"prompt": "Who?", "models": [QUICK]}})
        check("a send over WebSocket", sent["result"]["structuredContent"]["status"] == "success", sent)
        await socket.send("{")
        check("what is no JSON is refused", "error" in json.loads(await socket.recv()))
    try:
        async with websockets.connect(url, origin="https://evil.example"):
            check("a web page is refused", False)
    except websockets.InvalidStatus as refusal:
        check("a web page is refused", refusal.response.status_code == 403, refusal)
    process.terminate()
    check("it ends when told to", await process.wait() == 0)


async def main():
    await kept(await over_streams())
    await over_websocket()
    print(f"{passed} of {passed + failed} passed")


asyncio.run(asyncio.wait_for(main(), 240))
sys.exit(1 if failed else 0)
