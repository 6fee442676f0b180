"""What agents do with the tools of `fiedler mcp`, whatever carries it and in either generation of the SDK."""

import asyncio
import contextlib
import json
import pathlib
import re

try:
    from mcp import MCPError
except ImportError:  # so it is called before 2.0
    from mcp import McpError as MCPError

QUICK = "demo/rate-1000x40"
passed = failed = 0


def check(what, holds, seen=""):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    if not holds:
        print(f"not so: {what} {str(seen)[:500]}", file=sys.stderr)


def home(folder, name):
    path = folder / name
    path.mkdir()
    return {"HOME": str(path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def structured(result):
    return getattr(result, "structured_content", None) or getattr(result, "structuredContent", None)


async def end_task(session, call):
    """The SDK tells the server that a call whose task ends is taken back."""
    call.cancel()


async def use(session, take_back=end_task):
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
    await take_back(session, long)
    while structured(await session.call_tool("fiedler_status", {}))["running"] != 0:
        await asyncio.sleep(0.05)
    check("a call taken back is stopped, and the next is answered", True)
    long.cancel()  # nothing more comes of it
    try:
        await long
    except asyncio.CancelledError:
        pass


def summary():
    """Prints how it went; the exit status."""
    print(f"{passed} of {passed + failed} passed")
    return 1 if failed else 0


async def kept(fiedler, environment, count):
    process = await asyncio.create_subprocess_exec(
        fiedler, "history", "--json", env=environment, stdout=asyncio.subprocess.PIPE)
    history = json.loads((await process.communicate())[0])
    check("everything is in the history", len(history) == count, history)
    states = [state for conversation in history for state in conversation["states"]]
    check("what was stopped is kept so", "cancelled" in states, states)
    return history


@contextlib.asynccontextmanager
async def listening(fiedler, environment):
    """The addresses of a server, of WebSocket and of streamable HTTP."""
    process = await asyncio.create_subprocess_exec(
        fiedler, "mcp", "--listen", "127.0.0.1:0", env=environment, stderr=asyncio.subprocess.PIPE)
    lines = []
    while b"listening on" not in (line := await process.stderr.readline()):
        check("it listens", line)
        lines.append(line)
    yield line.decode().split()[-1], lines[-1].decode().split()[-1]
    process.terminate()
    check("it ends when told to", await process.wait() == 0)
