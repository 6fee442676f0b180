"""Checks, one by one, that a client written for the log servers in use can use `fiedler godot serve` unchanged.

Usage: interop.py FIEDLER FOLDER. Started by `run`.
"""

import asyncio
import contextlib
import datetime
import json
import pathlib
import signal
import sys
import uuid

from client import Client, Refused
from comparison import PostgreSQLRows, SQLiteRows, canonical
from programs import LogServer, PostgreSQL, Problem, Sandbox, free_port
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

BARE_TOOLS = [
    "logger_log", "logger_query", "logger_clear", "logger_set_level", "conversation_begin",
    "conversation_store_message", "conversation_store_messages_bulk",
]
TRACE = "0b5f6d1e-6f0e-4c7b-9d0a-3c3f0d9b7a11"


class Checks:
    def __init__(self) -> None:
        self.passed = self.failed = 0
        self.where = ""

    def check(self, promise: str, kept: object, otherwise: object = "") -> None:
        if kept:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {self.where}: {promise}: {str(otherwise)[:600]}", flush=True)

    @contextlib.asynccontextmanager
    async def part(self, name: str):
        """A part that breaks down fails, and the next one goes on."""
        self.where, before = name, (self.passed, self.failed)
        try:
            yield
        except Exception as error:  # whatever it is: it is reported
            self.check("goes through", False, repr(error))
        mark = "ok    " if self.failed == before[1] else "FAILED"
        print(f"{mark} {name}: {self.passed - before[0]} of {self.passed + self.failed - sum(before)}", flush=True)


def now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat()


async def handshake(checks: Checks, url: str) -> None:
    client = await Client.open(url + "/any/path")
    hello = client.hello
    checks.check("speaks the protocol's version", hello.get("protocolVersion") == "2024-11-05", hello)
    checks.check("offers tools", "tools" in hello.get("capabilities", {}), hello)
    checks.check("names itself", hello.get("serverInfo", {}).get("name"), hello)
    tools = {tool["name"]: tool for tool in (await client.request("tools/list"))["tools"]}
    for name in BARE_TOOLS + ["godot_" + name for name in BARE_TOOLS]:
        checks.check(f"offers {name}", tools.get(name, {}).get("inputSchema", {}).get("type") == "object", sorted(tools))
    waiter = await client.connection.ping()
    checks.check("answers a ping", await asyncio.wait_for(waiter, 10) >= 0)
    refused = await client.refusal("no_such_tool")
    checks.check("an unknown tool is -32601", refused and refused.code == -32601, refused)
    try:
        await client.request("no/such/method")
        checks.check("an unknown method is refused", False)
    except Refused as refused:
        checks.check("an unknown method is -32601", refused.code == -32601, refused)
    for rubbish in ["{", "[]", "7", '"x"', "null", '{"jsonrpc":"2.0"}']:
        await client.connection.send(rubbish)
    checks.check("lives on after malformed messages", await client.rows("logger_query", component="nobody") == [])
    text = json.dumps(client.make("tools/list"))
    await client.connection.send([text[:7], text[7:30], text[30:]])
    checks.check("takes a message in fragments", (await client.receive())["id"] == client.last_id)
    await client.close()
    # Compression is offered by default; it must work declined, taken or not offered.
    async with connect(url, compression=None) as plain:
        await plain.send(json.dumps({"jsonrpc": "2.0", "id": "a text", "method": "tools/list"}))
        checks.check("an id may be a text", json.loads(await plain.recv())["id"] == "a text")


async def logs(checks: Checks, url: str, prefix: str) -> None:
    client = await Client.open(url)
    component = f"interop-{prefix or 'bare'}-{uuid.uuid4()}"
    begin = now()
    log, query = prefix + "logger_log", prefix + "logger_query"
    records = {
        level: {"level": level, "trace_id": TRACE, "data": {"n": [1, 2.5, None, True], "ü": "水"}}
        for level in ("ERROR", "WARN", "INFO", "DEBUG", "TRACE")
    }
    records |= {
        "lower case": {"level": "warn"},
        "eight digits": {"level": "INFO", "trace_id": "b5afd3b0"},
        "empty trace": {"level": "INFO", "trace_id": ""},
        "no trace": {"level": "INFO", "trace_id": None, "data": None},
        "unknown level": {"level": "LOUD"},
        "null character": {"level": "INFO", "data": {"a\0b": "c\0d"}},
        "surrogate": {"level": "INFO", "data": {"half": "\ud83d"}},
        "not a number": {"level": "INFO", "data": {"nan": float("nan"), "much": float("inf"), "1e999": 1}},
        "large": {"level": "INFO", "data": {"text": "lorem " * 200_000}},
    }
    for message, rest in records.items():
        answer = await client.call(log, component=component, message=message, **rest)
        checks.check(f"{message} is acknowledged", answer.get("status") == "ok", answer)
    # The largest answer that such a client takes is 1 MiB.
    await client.close()
    client = Client(await connect(url, max_size=None))
    found = await client.rows(query, component=component)
    checks.check("every acknowledged record is there, newest first",
                 [each["message"] for each in found] == list(records)[::-1], [each["message"] for each in found])
    entry = next(each for each in found if each["message"] == "WARN")
    checks.check("a record has all its fields", set(entry) >= {
        "id", "trace_id", "component", "level", "message", "data", "created_at", "age"}, entry)
    checks.check("a record is as it was sent", (
        entry["component"], entry["level"], entry["trace_id"], json.loads(entry["data"])) ==
        (component, "WARN", TRACE, records["WARN"]["data"]), entry)
    checks.check("its age is a number of seconds", 0 <= entry["age"] < 60, entry)
    checks.check("its time is ISO 8601", begin <= datetime.datetime.fromisoformat(entry["created_at"]).astimezone(
        datetime.timezone.utc).isoformat() <= now(), entry)
    by_message = {each["message"]: each for each in found}
    checks.check("a lower-case level is that level", by_message["lower case"]["level"] == "WARN")
    kept = json.dumps(by_message["eight digits"])
    checks.check("an odd trace id is kept visibly", "b5afd3b0" in kept and by_message["eight digits"]["trace_id"] is None, kept)
    checks.check("an empty trace id is none", by_message["empty trace"]["trace_id"] is None)

    async def messages(**filters: object) -> list[str]:
        return [each["message"] for each in await client.rows(query, component=component, **filters)]

    checks.check("by trace", await messages(trace_id=TRACE) == ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"])
    checks.check("by level and graver", sorted(await messages(level="WARN")) == ["ERROR", "WARN", "lower case"])
    checks.check("by time", await messages(start_time=begin, end_time=now(), limit=2) == list(records)[:-3:-1])
    checks.check("nothing before", await messages(end_time=begin) == [])
    checks.check("by a word", await messages(search="digits") == ["eight digits"])
    checks.check("a limit out of range is brought into it", len(await messages(limit=0)) == 1)

    answer = await client.call(prefix + "logger_set_level", component=component, level="warn")
    checks.check("a level is set", answer == {"status": "ok", "component": component, "level": "WARN"}, answer)
    await client.call(log, component=component, level="DEBUG", message="left out")
    await client.call(log, component=component, level="ERROR", message="let in")
    checks.check("the level holds", (await messages())[0] == "let in")
    checks.check("a wrong level is refused", await client.refusal(
        prefix + "logger_set_level", component=component, level="LOUD"))

    answer = await client.call(prefix + "logger_clear", component=component)
    checks.check("clearing without a time leaves what is fresh", len(await messages()) == len(records) + 1, answer)
    answer = await client.call(prefix + "logger_clear", component=component, before_time=now())
    checks.check("what is cleared is counted", answer == {"status": "ok", "deleted_count": len(records) + 1}, answer)
    checks.check("what is cleared is gone", await messages() == [])
    await client.close()


async def conversations(checks: Checks, url: str, prefix: str) -> dict[str, list[tuple[int, str, str]]]:
    """Returns what it has stored: turn number, role and content by conversation."""
    client = Client(await connect(url, max_size=None))
    begin, store = prefix + "conversation_begin", prefix + "conversation_store_message"
    session = f"session {prefix}"
    first = await client.call(begin, session_id=session, metadata={"model": "none", "n": 1})
    checks.check("begin answers with id, session and time", set(first) >= {"conversation_id", "session_id", "created_at"}
                 and first["session_id"] == session and uuid.UUID(first["conversation_id"]), first)
    second = await client.call(begin)
    checks.check("each begin is a conversation of its own", second["conversation_id"] != first["conversation_id"], second)
    checks.check("a session may be missing", second["session_id"] is None, second)

    conversation = first["conversation_id"]
    stored = []
    large = " ".join(f"word{n}" for n in range(150_000))  # 1.5 MB, each word another
    for role, content, turn in [("user", "Why?", 1), ("assistant", "Därum 水.", 2), ("system", "", None), ("tool", large, 4)]:
        arguments = {"turn_number": turn} if turn else {}
        answer = await client.call(
            store, conversation_id=conversation, role=role, content=content, metadata={"model": "m"}, **arguments)
        number = len(stored) + 1
        stored.append((number, role, content))
        checks.check(f"a {role}'s message is stored", set(answer) >= {
            "message_id", "conversation_id", "turn_number", "created_at"}, answer)
        checks.check("with its number and conversation", (answer.get("conversation_id"), answer["turn_number"]) ==
                     (conversation, number), answer)
    answer = await client.call(store, conversation_id=conversation, role="user", content="Why?", turn_number=1)
    checks.check("a repeat is no error", answer["turn_number"] == 1, answer)
    refused = await client.refusal(store, conversation_id=conversation, role="user", content="Who?", turn_number=1)
    checks.check("a taken number is a clear conflict", refused and "turn" in refused.message, refused)
    refused = await client.refusal(store, conversation_id=str(uuid.uuid4()), role="user", content="?")
    checks.check("an unknown conversation is not found", refused and "not found" in refused.message, refused)
    refused = await client.refusal(store, conversation_id=conversation, role="nobody", content="?")
    checks.check("a wrong role is refused, named", refused and "role" in refused.message, refused)
    refused = await client.refusal(store, conversation_id="12", role="user", content="?")
    checks.check("a wrong id is refused, named", refused and "conversation_id" in refused.message, refused)
    checks.check("a refusal has a code and no traceback",
                 refused and refused.error.get("data") == {"code": "invalid_argument"}, refused and refused.error)
    odd = (await client.call(begin, metadata="a text"))["conversation_id"]
    for number, (turn, there, metadata) in enumerate([(0, 0, "a text"), (-3, -3, ["a", "list"]), (31.5, 31, None)]):
        name = [f"{{{odd}}}", f"urn:uuid:{odd}", odd.upper()][number]
        answer = await client.call(
            store, conversation_id=name, role="user", content="odd", turn_number=turn, metadata=metadata)
        checks.check(f"turn number {turn} is taken", answer["turn_number"] == there, answer)
    nameless = {"jsonrpc": "2.0", "id": None, "method": "tools/call", "params": {
        "name": begin, "arguments": {"session_id": "nameless"}}}
    await client.connection.send(json.dumps(nameless))
    answer = json.loads(await client.connection.recv())
    checks.check("a call whose id is null is answered", answer["id"] is None and "result" in answer, answer)

    bulk = prefix + "conversation_store_messages_bulk"
    messages = [
        {"role": "user", "content": "in bulk", "metadata": {"k": 1}},
        {"role": "assistant", "content": [{"type": "text", "text": "a list"}]},
        {"type": "user", "sessionId": "s", "message": {"role": "user", "content": "inside a message"}},
    ]
    answer = await client.call(bulk, conversation_id=conversation, messages=messages)
    checks.check("a bulk goes into its conversation", answer == {
        "conversation_id": conversation, "messages_stored": 3, "status": "success"}, answer)
    stored += [(5, "user", "in bulk"), (6, "assistant", None), (7, "user", "inside a message")]
    answer = await client.call(bulk, session_id=session, metadata={"new": True}, messages=messages[:1] * 500)
    fresh = answer["conversation_id"]
    checks.check("a bulk makes its conversation", answer["messages_stored"] == 500 and fresh != conversation, answer)
    checks.check("an empty bulk is refused", await client.refusal(bulk, messages=[]))

    piped = [
        client.make("tools/call", {"name": store, "arguments": {
            "conversation_id": second["conversation_id"], "role": "user", "content": f"piped {n}", "turn_number": n}})
        for n in range(1, 201)
    ]
    for message in piped:
        await client.post(message)
    answers = [await client.receive() for _ in piped]
    checks.check("200 pipelined calls are answered in order",
                 [each["id"] for each in answers] == [each["id"] for each in piped])
    numbers = [client.content(client.result(each))["turn_number"] for each in answers]
    checks.check("each with its own answer", numbers == list(range(1, 201)), numbers)
    await client.close()
    return {
        conversation: stored, second["conversation_id"]: [(n, "user", f"piped {n}") for n in range(1, 201)],
        fresh: [(n, "user", "in bulk") for n in range(1, 501)],
    }


async def reading(checks: Checks, url: str, stored: dict[str, list[tuple[int, str, str]]]) -> None:
    client = Client(await connect(url, max_size=None))
    listed = {each["conversation_id"] for each in (await client.call("conversation_list", limit=1000))}
    checks.check("all are listed", listed >= set(stored), listed)
    for conversation, turns in stored.items():
        got = await client.call("conversation_get", conversation_id=conversation, limit=1000)
        there = [(each["turn_number"], each["role"]) for each in got["messages"]]
        checks.check("a conversation is read in order", there == [turn[:2] for turn in turns], there[:9])
    found = await client.call("godot_conversation_search", query="word5000", limit=5)
    turns = {(hit["conversation_id"], hit["turn_number"]) for hit in found}
    long = {(name, turn[0]) for name, turns in stored.items() for turn in turns if turn[1] == "tool"}
    checks.check("a word of a long text is found, in both conversations that have it", turns == long, found)
    await client.close()


async def bad_company(checks: Checks, url: str) -> None:
    try:
        await connect(url, origin="https://example.com")
        checks.check("a web page is refused", False)
    except InvalidStatus as status:
        checks.check("a web page is refused", status.response.status_code in (401, 403), status)
    client = await Client.open(url)
    other = await Client.open(url)
    try:
        await other.connection.send("x" * (17 << 20))
        await other.connection.recv()
        checks.check("a frame over 16 MiB closes the connection", False)
    except ConnectionClosed as closed:
        checks.check("a frame over 16 MiB closes the connection with 1009", closed.rcvd and closed.rcvd.code == 1009, closed)
    gone = await Client.open(url)
    for _ in range(100):
        await gone.post(gone.make("tools/list"))
    gone.connection.transport.abort()
    checks.check("the others are served all the same", await client.rows("logger_query", component="nobody") == [])
    await client.close()


def check_rows(checks: Checks, rows: SQLiteRows | PostgreSQLRows, stored: dict[str, list[tuple[int, str, str]]]) -> None:
    """What is on disk, as those who read the tables today see it."""
    there: dict[str, list[tuple[int, str, str]]] = {name: [] for name in stored}
    for row in rows.messages():
        # The conversations with odd turn numbers are not listed.
        turns = there.get(canonical(row["conversation_id"]), [])
        turns.append((row["turn_number"], row["role"], row["content"]))
    for conversation, turns in stored.items():
        same = len(there[conversation]) == len(turns) and all(
            found[:2] == turn[:2] and turn[2] in (None, found[2]) for found, turn in zip(there[conversation], turns))
        checks.check("every message is on disk once, in order", same, [each[:2] for each in there[conversation]][:9])
    if isinstance(rows, PostgreSQLRows):
        turns = "SELECT conversation_id, turn_number, role, content, model, metadata, created_at FROM conversation_turns"
        found = rows.rows(f"{turns} WHERE model = 'm'")
        checks.check("the flat view is there, with the model", len(found) >= 4, len(found))
        found = rows.rows(
            "SELECT m.role, m.content FROM messages m JOIN conversations c ON c.id = m.conversation_id"
            " WHERE c.session_id LIKE 'session%' AND c.metadata->>'model' = 'none' AND m.turn_number = 1")
        checks.check("today's queries work", [each["content"] for each in found] == ["Why?", "Why?"], found)
        found = rows.rows(
            "SELECT level, count(*) FROM logs WHERE created_at > now() - interval '1 day' GROUP BY level")
        checks.check("logs are queried by time", isinstance(found, list), found)


async def all_parts(checks: Checks, url: str, store: str, rows: SQLiteRows | PostgreSQLRows) -> None:
    stored: dict[str, list[tuple[int, str, str]]] = {}
    async with checks.part(f"{store}: handshake"):
        await handshake(checks, url)
    for prefix in ("", "godot_"):
        async with checks.part(f"{store}: {prefix}logger_…"):
            await logs(checks, url, prefix)
        async with checks.part(f"{store}: {prefix}conversation_…"):
            stored |= await conversations(checks, url, prefix)
    async with checks.part(f"{store}: reading back"):
        await reading(checks, url, stored)
    async with checks.part(f"{store}: bad company"):
        await bad_company(checks, url)
    async with checks.part(f"{store}: the tables"):
        check_rows(checks, rows, stored)


def run(checks: Checks, fiedler: str, folder: pathlib.Path, store: str) -> None:
    folder.mkdir()
    folder.chmod(0o711)
    sandbox = Sandbox(fiedler, folder / "home", "http://127.0.0.1:1/v1", "off")
    port = free_port()
    postgres = PostgreSQL(folder / "postgres") if store == "PostgreSQL" else None
    server = None
    try:
        server = LogServer(sandbox, port, postgres.url if postgres else str(folder / "godot.db"))
        server.wait_until_ready()
        rows = PostgreSQLRows(postgres) if postgres else SQLiteRows(folder / "godot.db")
        asyncio.run(all_parts(checks, f"ws://127.0.0.1:{port}", store, rows))
        status = server.process.end(20)
        checks.check("the server ends when asked", status == 0, f"{status}: {server.process.last_words()}")
    finally:
        for program in (server, postgres):
            if program:
                program.process.kill()


def main() -> int:
    fiedler, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.chmod(0o711)  # PostgreSQL's user has to get to its own folder
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    checks = Checks()
    try:
        for store in ("SQLite", "PostgreSQL"):
            run(checks, fiedler, folder / store, store)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
