"""What coding agents do with `fiedler mcp`, by the protocol's own SDK; the demo models answer."""

import asyncio
import contextlib
import http.client
import json
import pathlib
import re
import sys
import urllib.parse

import websockets
from mcp import ClientSession, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

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


async def use(session):
    """Everything that agents do, whatever carries it."""
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


async def over_streams():
    environment = home("streams")
    parameters = StdioServerParameters(command=FIEDLER, args=["mcp"], env=environment)
    async with stdio_client(parameters) as (reader, writer), ClientSession(reader, writer) as session:
        await use(session)
    return environment


async def kept(environment, count):
    process = await asyncio.create_subprocess_exec(
        FIEDLER, "history", "--json", env=environment, stdout=asyncio.subprocess.PIPE)
    history = json.loads((await process.communicate())[0])
    check("everything is in the history", len(history) == count, history)
    states = [state for conversation in history for state in conversation["states"]]
    check("what was stopped is kept so", "cancelled" in states, states)
    return history


@contextlib.asynccontextmanager
async def listening(environment):
    """The addresses of a server, of WebSocket and of streamable HTTP."""
    process = await asyncio.create_subprocess_exec(
        FIEDLER, "mcp", "--listen", "127.0.0.1:0", env=environment, stderr=asyncio.subprocess.PIPE)
    lines = []
    while b"listening on" not in (line := await process.stderr.readline()):
        check("it listens", line)
        lines.append(line)
    yield line.decode().split()[-1], lines[-1].decode().split()[-1]
    process.terminate()
    check("it ends when told to", await process.wait() == 0)


async def over_websocket():
    async with listening(home("socket")) as (url, _):
        await ask_websocket(url)


async def ask_websocket(url):
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


async def over_http():
    environment = home("http")
    async with listening(environment) as (_, url):
        async with streamable_http_client(url) as (reader, writer), ClientSession(reader, writer) as session:
            await use(session)
        await misuse(url)
    return environment


async def misuse(url):
    """What no well-meant client does; whatever was sent before is kept, and the next one is served."""
    place = urllib.parse.urlsplit(url)
    session = {}

    def post(body, method="POST", path=None, **headers):
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=20)
        common = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        text = body if isinstance(body, (bytes, str)) else json.dumps(body)
        connection.request(method, path or place.path, text, common | session | headers)
        return connection, connection.getresponse()

    def status(*arguments, **headers):
        connection, response = post(*arguments, **headers)
        response.read()
        connection.close()
        return response.status

    def request(number, method, parameters=None):
        return {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters or {}}

    hello = request(0, "initialize", {"protocolVersion": "2025-03-26", "capabilities": {},
                                      "clientInfo": {"name": "test", "version": "1"}})
    _, response = post(hello)
    check("an old revision is spoken", json.load(response)["result"]["protocolVersion"] == "2025-03-26")
    session["Mcp-Session-Id"] = response.headers["Mcp-Session-Id"]
    check("a web page is refused", status(hello, Origin="https://evil.example") == 403)
    check("a wrong session is refused", status(request(1, "ping"), **{"Mcp-Session-Id": "0" * 32}) == 404)
    check("a wrong revision is refused", status(request(1, "ping"), **{"MCP-Protocol-Version": "9"}) == 400)
    check("a huge body is refused", status("", **{"Content-Length": str(1 << 40)}) == 413)
    check("deep nesting is refused", status("[" * 1_000_000) == 400)
    check("what is no JSON is refused", status("{") == 400)
    _, response = post(request(1, "no/such"))
    check("an unknown method is refused", json.load(response)["error"]["code"] == -32601)

    def running():
        connection, response = post(request(3, "tools/call", {"name": "fiedler_status", "arguments": {}}))
        event = response.read().decode().split("data: ")[-1]
        connection.close()
        return json.loads(event)["result"]["structuredContent"]["running"]

    async def until(count):
        while running() != count:
            await asyncio.sleep(0.05)

    slow = {"name": "fiedler_send", "arguments": {"prompt": "Go on", "models": ["demo/rate-20x5000"]}}
    connection, response = post(request(2, "tools/call", slow))
    await until(1)
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}}
    check("taken back twice is taken back", [status(cancel), status(cancel)] == [202, 202])
    await until(0)
    check("what was taken back has no answer", response.read() == b"")
    connection.close()

    quick = {"name": "fiedler_send", "arguments": {"prompt": "Left alone", "models": [QUICK]}}
    connection, _ = post(request(4, "tools/call", quick))
    await until(1)
    connection.close()
    await until(0)
    check("the session's end is told", status("", "DELETE") == 204)
    check("then there is none", status(request(5, "ping")) == 404)


async def main():
    await kept(await over_streams(), 2)
    await over_websocket()
    # Those of the client that means no good are kept, too.
    history = await kept(await over_http(), 4)
    check("who left in the middle finds the answer in the history",
          ["success"] in [conversation["states"] for conversation in history if conversation["title"] == "Left alone"])
    print(f"{passed} of {passed + failed} passed")


asyncio.run(asyncio.wait_for(main(), 240))
sys.exit(1 if failed else 0)
