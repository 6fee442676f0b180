"""What a benchmark found, as a row of the Markdown table and as JSON."""

import os
import pathlib
import platform
from dataclasses import dataclass, field


@dataclass
class Finding:
    what: str
    ours: str
    theirs: str = ""
    ratio: str = ""  # with its spread, or empty where nothing is compared
    target: str = ""  # in words, or empty where the figure is only told
    met: bool | None = None
    figures: dict = field(default_factory=dict)  # everything behind the row, for the JSON file

    def row(self) -> str:
        verdict = {None: "", True: "yes", False: "**no**"}[self.met]
        return f"| {self.what} | {self.ours} | {self.theirs} | {self.ratio} | {self.target} | {verdict} |"


def table(findings: list[Finding]) -> str:
    head = "| What | fiedler | reference | ratio (min–max) | target | met |\n|---|---|---|---|---|---|"
    return "\n".join([head] + [finding.row() for finding in findings])


def machine(binary: pathlib.Path) -> str:
    """The machine and the binary the figures belong to, on one line."""
    names = [
        line.split(":", 1)[1].strip()
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith(("model name", "Model"))
    ]
    content = binary.read_bytes()
    runtime = "dynamically" if b"libswiftCore.so" in content else "statically"
    return (
        f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}; "
        f"binary {len(content) / 1e6:.0f} MB, Swift runtime linked {runtime}"
    )


def busy() -> str | None:
    """A warning if others use the machine now."""
    load = os.getloadavg()[0]
    if load < 0.7:
        return None
    return f"The machine is busy (load average {load:.1f}): trust the ratios, not the absolute figures."
