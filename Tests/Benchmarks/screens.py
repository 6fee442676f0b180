"""The TUI in a pseudo-terminal: how soon it draws, and what it costs while 16 models stream."""

import bisect
import json
import pathlib
import shutil
import statistics

import processes
from processes import BenchmarkFailure, Comparison, percentile
from report import Finding
from sandbox import Sandbox, Server

# Text that the first frame shows. minimal_ncurses draws the same word.
FIRST_FRAME_TEXT = "prompt"
# Demo models that stream about a thousand tokens a second until they are stopped. Names differ, so speeds do, by 1.5 %.
DEMO_RATE = 1000
DEMO_MODELS = [f"demo/rate-{DEMO_RATE + i}" for i in range(16)]
# 200 events a second: slow enough that a marked one is still on a small pane when the next frame is drawn.
MARKED_MODEL = "marked-8000-at-200"
FIRST_KEY, FIRST_MARK = 0x1401, 0x1541


def terminal(tools: pathlib.Path, program: list[str], environment: dict[str, str], *options: str) -> dict:
    # What an earlier run has typed and not sent would be there again.
    shutil.rmtree(pathlib.Path(environment["XDG_STATE_HOME"]) / "fiedler" / "drafts", ignore_errors=True)
    command = [str(tools / "terminal"), "--needle", FIRST_FRAME_TEXT, *options, "--", *program]
    found = json.loads(processes.output(command, environment))
    if found["first_frame_ns"] < 0:
        raise BenchmarkFailure(f"{program[0]}: no frame with the text \"{FIRST_FRAME_TEXT}\" within 15 s")
    return found


def first_frame(binary: str, tools: pathlib.Path, sandbox: Sandbox, runs: int) -> list[Finding]:
    # As many entries as a user who tries everything has; reading them must not delay the frame.
    names = [f"some-model-{i}" for i in range(40)]
    sandbox.write_models("http://127.0.0.1:9/v1", names, names[:3])
    minimal = [str(tools / "minimal_ncurses")]
    pairs = [
        (terminal(tools, [binary], sandbox.environment), terminal(tools, minimal, sandbox.environment))
        for _ in range(2 * runs + 1)
    ][1:]

    def both(key: str) -> Comparison:
        return Comparison([pair[0][key] for pair in pairs], [pair[1][key] for pair in pairs])

    time, cpu, memory = both("first_frame_ns"), both("first_frame_cpu_ns"), both("first_frame_rss_kb")
    return [
        Finding(
            what="start to first frame, against C + ncurses",
            ours=f"{statistics.median(time.ours) / 1e6:.1f} ms",
            theirs=f"{statistics.median(time.theirs) / 1e6:.1f} ms",
            ratio=f"{time.ratio:.1f} ({time.spread()})",
            target="≤ 2.5x",
            met=time.ratio <= 2.5,
            figures={"fiedler_ns": time.ours, "reference_ns": time.theirs, "ratio": time.ratio},
        ),
        Finding(
            what="CPU and memory until then",
            ours=f"{statistics.median(cpu.ours) / 1e6:.1f} ms, {statistics.median(memory.ours) / 1000:.1f} MB",
            theirs=f"{statistics.median(cpu.theirs) / 1e6:.1f} ms, {statistics.median(memory.theirs) / 1000:.1f} MB",
        ),
    ]


class Watched:
    """One run under load, and what can be read from its times."""

    def __init__(self, found: dict):
        if found["ended_itself"] or "load" not in found:
            raise BenchmarkFailure(f"the TUI ended by itself: {found['exit_status']}, signal {found['signal']}")
        self.found, self.load = found, found["load"]
        self.frames: list[list[int]] = found["frames"]  # [begin, end, bytes], in order
        self.starts = [frame[0] for frame in self.frames]
        self.seen = {code: (time, frame) for code, time, frame in found["seen"]}
        self.seconds = (self.load["end_ns"] - self.load["begin_ns"]) / 1e9
        self.cpu = self.load["cpu_ns"] / 1e9 / self.seconds
        self.shown = [f for f in self.frames if self.load["begin_ns"] <= f[1] < self.load["end_ns"]]
        last_second = [f for f in self.shown if f[1] > self.load["end_ns"] - 1_000_000_000]
        if self.frames and len(last_second) < 5:
            raise BenchmarkFailure("the models stopped streaming before the measurement ended")

    def delays(self, sent: list[tuple[int, int]]) -> tuple[list[float], list[int], int]:
        """For characters and when they were sent: milliseconds until each was on the screen, the whole frames that were
        drawn meanwhile without it, and how many never came."""
        times, behind, missing = [], [], 0
        for code, time in sent:
            if code not in self.seen:
                missing += 1
                continue
            shown, frame = self.seen[code]
            times.append((shown - time) / 1e6)
            behind.append(max(0, frame - bisect.bisect_right(self.starts, time)))
        return times, behind, missing

    def most_frames_in_a_second(self) -> int:
        ends = [frame[1] for frame in self.shown]
        return max((bisect.bisect_left(ends, end + 1_000_000_000) - i for i, end in enumerate(ends)), default=0)


def delay_finding(what: str, watched: Watched, sent: list[tuple[int, int]], limit: float | None) -> list[Finding]:
    times, behind, missing = watched.delays(sent)
    if not times:
        raise BenchmarkFailure(f"{what}: nothing that was sent came to the screen")
    lost = f", {missing} of {len(sent)} never" if missing else ""
    p50, p99, most = percentile(times, 50), percentile(times, 99), max(times)
    return [
        Finding(
            what=what,
            ours=f"p50 {p50:.1f}, p99 {p99:.1f}, max {most:.1f} ms{lost}",
            target=f"p99 ≤ {limit:g} ms" if limit else "",
            met=(p99 <= limit and missing == 0) if limit else None,
            figures={"milliseconds": times, "p50": p50, "p99": p99, "max": most, "missing": missing},
        ),
        Finding(
            what="the same, in frames drawn meanwhile without it",
            ours=f"at most {max(behind)}",
            target="≤ 1",
            met=max(behind) <= 1 and missing == 0,
            figures={"frames": behind},
        ),
    ]


def check_received(sandbox: Sandbox, models: list[str], seconds: float) -> dict[str, int]:
    """The load was what it is said to be: every model sent its tokens, each a byte at least, and they were kept."""
    received = sandbox.kept_bytes()
    least = DEMO_RATE * seconds * 0.9
    if short := [model for model in models if received.get(model, 0) < least]:
        raise BenchmarkFailure(f"{len(short)} of {len(models)} models did not stream all the time: {received}")
    return received


def under_load(
    binary: str, tools: pathlib.Path, server: Server, sandbox: Sandbox, seconds: float
) -> list[Finding]:
    options = ["--prompt", "Stream until you are stopped", "--seconds", str(seconds)]
    sandbox.write_models(server.url, [MARKED_MODEL], DEMO_MODELS)
    watched = Watched(terminal(tools, [binary], sandbox.environment, *options))
    received = check_received(sandbox, DEMO_MODELS, seconds)
    keys = [(code, time) for code, time in watched.found["keys"]]
    rate, most = len(watched.shown) / watched.seconds, watched.most_frames_in_a_second()
    idle, load, harness = watched.found["idle"], watched.load, watched.found["harness_cpu_ns"] / 1e9
    what = f"TUI, {len(DEMO_MODELS)} models x {DEMO_RATE:,} tokens/s: "
    findings = [
        Finding(
            what=what + "CPU",
            ours=f"{watched.cpu * 100:.0f} % of a core",
            target="≤ 50 %",
            met=watched.cpu <= 0.5,
            figures={"cores": watched.cpu, "harness_cpu_seconds": harness, "received_bytes": received},
        ),
        Finding(
            what=what + "frames",
            ours=f"{rate:.1f}/s, at most {most} in a second; {load['bytes'] / watched.seconds / 1000:.0f} kB/s",
            target="≤ 60/s",
            met=rate <= 60,
            figures={"frames_per_second": rate, "most_in_a_second": most, "bytes": load["bytes"]},
        ),
        *delay_finding(what + "key to screen", watched, keys, 8),
        Finding(
            what=what + "memory",
            ours=f"{load['hwm_kb'] / 1000:.0f} MB at most; "
            f"{load['rss_begin_kb'] / 1000:.0f} → {load['rss_end_kb'] / 1000:.0f} MB in {watched.seconds:.0f} s, "
            # The rest are pages of its files, of which the system maps more or fewer as they lie in its cache.
            f"{load['own_end_kb'] / 1000:.0f} of them its own",
            target="< 48 MB",
            met=load["hwm_kb"] < 48_000,
            figures={key: load[key] for key in ("hwm_kb", "own_end_kb", "rss_begin_kb", "rss_end_kb")},
        ),
        Finding(
            what="TUI, nothing happens: CPU and frames",
            ours=f"{idle['cpu_ns'] / idle['ns'] * 100:.1f} % of a core, "
            f"{idle['frames']} frames in {idle['ns'] / 1e9:.0f} s",
            figures=idle,
        ),
    ]
    # One of the 16 comes over HTTP now: its server says when each marked event left.
    sandbox.write_models(server.url, [MARKED_MODEL], [MARKED_MODEL] + DEMO_MODELS[1:])
    before = len(server.marks)
    mixed = Watched(terminal(tools, [binary], sandbox.environment, *options))
    sent = [mark for mark in server.marks[before:] if mixed.load["begin_ns"] <= mark[1] < mixed.load["end_ns"]]
    return findings + delay_finding("the same with one model over HTTP: its event to screen", mixed, sent, None)
