"""The TUI in a pseudo-terminal, driven by one key after another: how long until the screen is as it stays."""

import fcntl
import os
import pathlib
import pty
import select
import signal
import struct
import termios
import time

from processes import BenchmarkFailure, percentile
from report import Finding

FIRST_FRAME_TEXT = b"prompt"
CLEAR_LINE, HISTORY_KEY, ENTER, ESCAPE, PAGE_DOWN = b"\x15", b"\x13", b"\r", b"\x1b", b"\x1b[6~"
PAGE_UP, DOWN, TAB = b"\x1b[5~", b"\x1b[B", b"\t"
WHEEL_UP, WHEEL_DOWN = b"\x1b[<64;60;20M", b"\x1b[<65;60;20M"
WIDTH, HEIGHT = 120, 40


class Terminal:
    """A program in a pseudo-terminal of 120x40. As a context: it ends with that."""

    def __init__(self, command: list[str], environment: dict[str, str]):
        self.begin = time.monotonic()
        self.bytes = 0  # that were read
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execve(command[0], command, environment)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, seconds: float) -> bytes:
        """What it writes next; nothing if it writes nothing for so long."""
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        try:
            part = os.read(self.master, 1 << 16)
        except OSError:
            raise BenchmarkFailure("the TUI ended by itself") from None
        self.bytes += len(part)
        return part

    def first_frame(self, text: bytes = FIRST_FRAME_TEXT, seconds: float = 15) -> float:
        """Milliseconds from its start to the first frame."""
        seen = b""
        while text not in seen:
            if not (part := self.read(seconds)):
                raise BenchmarkFailure(f"no frame within {seconds:g} s")
            seen += part
        return (time.monotonic() - self.begin) * 1000

    def settle(self, quiet: float = 0.15) -> float:
        """Waits until it has written nothing for so many seconds; returns when it wrote last, as `time.monotonic`."""
        last = time.monotonic()
        limit = last + 20
        while self.read(quiet):
            last = time.monotonic()
            if last > limit:
                raise BenchmarkFailure(f"the TUI was not quiet for {quiet} s within 20 s")
        return last

    def key(self, keys: bytes, quiet: float = 0.15) -> float:
        """Milliseconds until the screen is as it stays, with everything that the key brought up."""
        begin = time.monotonic()
        os.write(self.master, keys)
        return (self.settle(quiet) - begin) * 1000

    def written_in(self, seconds: float) -> int:
        """Bytes that it writes in so many seconds."""
        before, end = self.bytes, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)
        return self.bytes - before

    def written_for(self, keys: bytes) -> int:
        """Bytes that it writes for a key, until it is quiet."""
        before = self.bytes
        self.key(keys)
        return self.bytes - before

    def memory_kb(self) -> int:
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
        raise BenchmarkFailure("no VmHWM")

    def close(self) -> None:
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + 5
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            if select.select([self.master], [], [], 0.01)[0]:
                try:
                    os.read(self.master, 1 << 16)
                except OSError:
                    time.sleep(0.01)
        os.close(self.master)


def delays(what: str, times: list[float], limit: float) -> Finding:
    p50, p95, most = percentile(times, 50), percentile(times, 95), max(times)
    return Finding(
        what=what,
        ours=f"p50 {p50:.1f}, p95 {p95:.1f}, max {most:.1f} ms ({len(times):,} keys)",
        target=f"p95 < {limit:g} ms",
        met=p95 < limit,
        figures={"milliseconds": times},
    )
