"""What coding agents do with `fiedler mcp`, by the protocol's own SDK; the demo models answer."""

import asyncio
import http.client
import json
import pathlib
import sys
import urllib.parse

import websockets
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from steps import QUICK, check, home, kept, listening, summary, use

FIEDLER, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])


async def over_streams():
    environment = home(FOLDER, "streams")
    parameters = StdioServerParameters(command=FIEDLER, args=["mcp"], env=environment)
    async with stdio_client(parameters) as (reader, writer), ClientSession(reader, writer) as session:
        await use(session)
    return environment


async def over_websocket():
    async with listening(FIEDLER, home(FOLDER, "socket")) as (url, _):
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
    environment = home(FOLDER, "http")
    async with listening(FIEDLER, environment) as (_, url):
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
    await kept(FIEDLER, await over_streams(), 2)
    await over_websocket()
    # Those of the client that means no good are kept, too.
    history = await kept(FIEDLER, await over_http(), 4)
    check("who left in the middle finds the answer in the history",
          ["success"] in [conversation["states"] for conversation in history if conversation["title"] == "Left alone"])


asyncio.run(asyncio.wait_for(main(), 240))
sys.exit(summary())
