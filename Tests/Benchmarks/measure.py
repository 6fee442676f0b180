"""Runs the benchmarks and prints their table. Started by `run`, which builds the tools."""

import argparse
import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterable

import agents
import batches
import curve
import godot
import history
import isolation
import large
import replay
import screens
import streams
import written
from processes import BenchmarkFailure
from report import Finding, busy, machine, table
from sandbox import Sandbox, Server

BENCHMARKS = ["send", "fanout", "start", "load", "godot", "isolation", "slowdisk", "history", "replay", "compare"]
BENCHMARKS += ["bytes", "editor", "agents", "batches", "curve"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Tests/Benchmarks/run", description=__doc__)
    binary_help = "the binary (default: $FIEDLER, else .build/release/fiedler)"
    parser.add_argument("fiedler", nargs="?", default=os.environ.get("FIEDLER"), help=binary_help)
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    parser.add_argument("--json", metavar="FILE", help="write every figure to FILE")
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="pairs of runs of each comparison (default 7)")
    parser.add_argument(
        "--seconds", type=float, default=20, metavar="S", help="how long the TUI is watched (default 20)"
    )
    parser.add_argument(
        "--minutes", type=float, default=10, metavar="M", help="how long the curve is (default 10)"
    )
    parser.add_argument(
        "--turns", type=int, default=1_000_000, metavar="N", help="turns of the long history (default 1,000,000)"
    )
    parser.add_argument("--only", default=",".join(BENCHMARKS), metavar="LIST", help=f"some of {','.join(BENCHMARKS)}")
    parser.add_argument("--tools", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if unknown := set(chosen.only.split(",")) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    if not 1 <= chosen.runs <= 1000 or not 2 <= chosen.seconds <= 20:
        parser.error("--runs must be 1 or more, --seconds 2 to 20")  # 20 s of keys: no character is typed twice
    if not os.access(chosen.fiedler, os.X_OK):
        parser.error(f"{chosen.fiedler} is not there: swift build -c release --product fiedler")
    return chosen


def measure(name: str, binary: str, chosen: argparse.Namespace, server: Server, sandbox: Sandbox) -> Iterable[Finding]:
    match name:
        case "send":
            return streams.one_stream(binary, server, sandbox, chosen.runs)
        case "fanout":
            return streams.fan_out(binary, server, sandbox, chosen.runs)
        case "start":
            return screens.first_frame(binary, chosen.tools, sandbox, chosen.runs)
        case "godot":
            return godot.log_server(binary, sandbox)
        case "isolation":
            return isolation.time_to_first_token(binary, server, sandbox, chosen.runs)
        case "slowdisk":
            return isolation.slow_disk(binary, chosen.tools, server, sandbox)
        case "history":
            return history.million_turns(binary, sandbox, chosen.turns, chosen.runs)
        case "replay":
            return [*replay.exactness(binary, sandbox), replay.seeking(binary, sandbox)]
        case "compare":
            return replay.comparison(binary, sandbox)
        case "bytes":
            return written.frames(binary, server, sandbox)
        case "agents":
            return agents.findings(binary, server, sandbox, chosen.runs)
        case "batches":
            return batches.findings(binary, server, sandbox, chosen.runs)
        case "curve":
            return curve.ten_minutes(binary, server, sandbox, chosen.minutes)
        case "editor":
            return large.texts(binary, chosen.tools, sandbox, chosen.seconds)
        case _:
            return screens.under_load(binary, chosen.tools, server, sandbox, chosen.seconds)


def main() -> int:
    chosen = arguments()
    binary = os.path.abspath(chosen.fiedler)
    findings: list[Finding] = []
    failures: list[str] = []
    warning = busy()
    with tempfile.TemporaryDirectory(prefix="fiedler-benchmarks.") as folder:
        server = Server(chosen.tools)
        try:
            for name in chosen.only.split(","):
                print(f"{name} ...", file=sys.stderr, flush=True)
                sandbox = Sandbox(pathlib.Path(folder) / name)
                try:
                    for finding in measure(name, binary, chosen, server, sandbox):
                        findings.append(finding)  # those before a failure too
                except BenchmarkFailure as failure:
                    failures.append(f"{name}: {failure}")
        finally:
            server.close()
    print(f"{machine(pathlib.Path(binary))}; medians of {chosen.runs} runs.\n")
    print(table(findings))
    for line in [f"FAILED {failure}" for failure in failures] + ([warning] if warning else []):
        print(line, file=sys.stderr)
    if chosen.json:
        content = {
            "machine": machine(pathlib.Path(binary)),
            "findings": [vars(finding) for finding in findings],
            "failures": failures,
        }
        pathlib.Path(chosen.json).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    if failures:
        return 2
    return 1 if chosen.check and any(finding.met is False for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
