"""`fiedler send` against `curl -N`: the same bytes from the same server."""

import json
import os
import pathlib
import statistics

import processes
from processes import BenchmarkFailure, Comparison, Cost
from report import Finding
from sandbox import Sandbox, Server

ONE_STREAM = 20_000
FAN_OUT, FAN_OUT_CHUNKS = 8, 2_000
PROMPT = "Go"


def curl(server: Server, model: str) -> list[str]:
    body = {
        "model": model,
        "messages": [{"role": "user", "content": PROMPT}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    url = f"{server.url}/chat/completions"
    return ["curl", "-sSN", "--fail", "-H", "Content-Type: application/json", "-d", json.dumps(body), url]


def send(binary: str, models: list[str], *options: str) -> list[str]:
    return [binary, "send", *options, *(word for model in models for word in ("-m", model)), PROMPT]


def streamed_text(server: Server, model: str, environment: dict[str, str]) -> str:
    lines = processes.output(curl(server, model), environment).splitlines()
    events = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    return "".join(e["choices"][0]["delta"].get("content", "") for e in events if e["choices"])


def check_text(binary: str, server: Server, models: list[str], environment: dict[str, str]) -> None:
    """Fast but wrong does not count: every model's text must be what curl received."""
    printed = processes.output(send(binary, models, "--json"), environment)
    try:
        results = {result["model"]: result for result in json.loads(printed)["results"]}
    except (ValueError, KeyError, TypeError) as error:
        raise BenchmarkFailure(f"send --json printed no results ({error!r}): {printed[:300]}") from error
    for model in models:
        result = results.get(model) or {}
        if result.get("status") != "success" or result.get("text") != streamed_text(server, model, environment):
            raise BenchmarkFailure(f"{model}: status {result.get('status')}, and not the text that was sent")


def compare(
    ours: list[list[str]], theirs: list[list[str]], environment: dict[str, str], runs: int
) -> tuple[list[Cost], list[Cost]]:
    """Ours, theirs, ours, theirs, ...; a first pair warms the caches and is not counted."""
    pairs = [(processes.run(ours, environment), processes.run(theirs, environment)) for _ in range(runs + 1)]
    return [pair[0] for pair in pairs[1:]], [pair[1] for pair in pairs[1:]]


def milliseconds(values: list[float]) -> str:
    return f"{statistics.median(values) * 1000:.1f} ms"


def finding(what: str, compared: Comparison, limit: float | None) -> Finding:
    return Finding(
        what=what,
        ours=milliseconds(compared.ours),
        theirs=milliseconds(compared.theirs),
        ratio=f"{compared.ratio:.1f} ({compared.spread()})",
        target=f"≤ {limit:g}x" if limit else "",
        met=compared.ratio <= limit if limit else None,
        figures={"fiedler_seconds": compared.ours, "reference_seconds": compared.theirs, "ratio": compared.ratio},
    )


def cpu(costs: tuple[list[Cost], list[Cost]]) -> Comparison:
    return Comparison([cost.cpu for cost in costs[0]], [cost.cpu for cost in costs[1]])


def wall(costs: tuple[list[Cost], list[Cost]]) -> Comparison:
    return Comparison([cost.wall for cost in costs[0]], [cost.wall for cost in costs[1]])


def one_stream(binary: str, server: Server, sandbox: Sandbox, runs: int) -> list[Finding]:
    model = f"chunks-{ONE_STREAM}"
    sandbox.write_models(server.url, [model, "chunks-1"], [model])
    environment = sandbox.environment
    check_text(binary, server, [model], environment)
    costs = compare([send(binary, [model])], [curl(server, model)], environment, runs)
    single = compare([send(binary, ["chunks-1"])], [curl(server, "chunks-1")], environment, runs)
    version = compare([[binary, "--version"]], [["curl", "--version"]], environment, runs)
    per_chunk = Comparison(
        [(a.cpu - b.cpu) / ONE_STREAM for a, b in zip(costs[0], single[0])],
        [(a.cpu - b.cpu) / ONE_STREAM for a, b in zip(costs[1], single[1])],
    )
    each = Finding(
        what="the same, CPU a chunk without start and end",
        ours=f"{statistics.median(per_chunk.ours) * 1e6:.2f} µs",
        theirs=f"{statistics.median(per_chunk.theirs) * 1e6:.2f} µs",
        figures={"fiedler_seconds": per_chunk.ours, "reference_seconds": per_chunk.theirs},
    )
    return [
        finding(f"`send`, 1 stream of {ONE_STREAM:,} chunks: CPU, against `curl -N`", cpu(costs), 4),
        finding("the same, wall", wall(costs), None),
        each,
        finding("`send`, 1 chunk: CPU (the fixed cost)", cpu(single), None),
        finding("`--version`: CPU", cpu(version), None),
        *floors(binary, server, model, environment, runs),
    ]


def floors(binary: str, server: Server, model: str, environment: dict[str, str], runs: int) -> list[Finding]:
    """What the same HTTP client takes that only counts what it reads, where that program (`Reading`) lies beside."""
    reading = pathlib.Path(binary).with_name("Reading")
    if not os.access(reading, os.X_OK):
        return []

    def cost(model: str) -> Comparison:
        return cpu(compare([[str(reading), server.url, model]], [curl(server, model)], environment, runs))

    what = "the HTTP client alone, its answer counted and thrown away, "
    return [
        finding(f"{what}{ONE_STREAM:,} chunks: CPU, against `curl -N`", cost(model), None),
        finding(f"{what}1 chunk: CPU", cost("chunks-1"), None),
    ]


def fan_out(binary: str, server: Server, sandbox: Sandbox, runs: int) -> list[Finding]:
    models = [f"chunks-{FAN_OUT_CHUNKS}-{i}" for i in range(1, FAN_OUT + 1)]
    sandbox.write_models(server.url, models, models)
    check_text(binary, server, models, sandbox.environment)
    costs = compare(
        [send(binary, models)], [curl(server, model) for model in models], sandbox.environment, runs
    )
    what = f"`send`, {FAN_OUT} models x {FAN_OUT_CHUNKS:,} chunks: "
    return [
        finding(what + f"wall, against {FAN_OUT} `curl -N` at once", wall(costs), 3),
        finding(what + f"CPU, against the {FAN_OUT} together", cpu(costs), 4),
    ]
