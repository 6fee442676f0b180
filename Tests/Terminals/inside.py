"""What runs inside a terminal that is tried: a relay that records both ways, and questions to the terminal.

    inside.py shell FOLDER COMMAND...   relays to COMMAND; records what it writes (output) and what comes (events)
    inside.py link FOLDER COMMAND...    the same over a bad line: late, and key sequences cut anywhere
    inside.py ask FILE                  asks the terminal for its modes and widths, writes the answers as JSON
"""

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import random
import re
import select
import signal
import struct
import sys
import termios
import time
import tty

# DEC's private modes that a program on the whole screen may leave behind.
MODES = {1049: "alternate screen", 25: "cursor", 1000: "mouse", 1002: "mouse drags", 1006: "mouse, SGR",
         1004: "focus", 2004: "bracketed paste", 2026: "synchronized update", 1036: "Meta sends ESC", 1039: "Alt sends ESC"}
CLUSTERS = ["漢", "é", "⚠️", "👩‍👩‍👧", "🇩🇪", "🫠", "👍🏽", "ก็"]


def relay(folder: pathlib.Path, command: list[str], is_bad_line: bool) -> int:
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    before = termios.tcgetattr(0)
    tty.setraw(0)
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)

    def resize(*_: object) -> None:
        size = fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
        rows, columns, width, height = struct.unpack("HHHH", size)
        (folder / "size.part").write_text(" ".join(map(str, (columns, rows, width, height))))
        (folder / "size.part").rename(folder / "size")

    signal.signal(signal.SIGWINCH, resize)
    resize()
    (folder / "pid").write_text(str(os.getpid()))
    output = (folder / "output").open("ab", buffering=0)
    events = (folder / "events").open("a", buffering=1)
    chance = random.Random(7)
    late: list[tuple[float, bytes]] = []  # when, what

    def note(way: str, data: bytes) -> None:
        events.write(json.dumps([time.monotonic(), way, data.decode("latin-1")]) + "\n")

    def deliver(data: bytes) -> None:
        note("<", data)
        os.write(terminal, data)

    try:
        while True:
            wait = max(0, late[0][0] - time.monotonic()) if late else None
            ready = select.select([0, terminal, wake], [], [], wait)[0]
            if wake in ready:
                os.read(wake, 100)
            if terminal in ready:
                data = os.read(terminal, 65536)
                if not data:
                    break
                output.write(data)
                note(">", data)
                view = memoryview(data)
                while view:
                    view = view[os.write(1, view):]
            if 0 in ready:
                data = os.read(0, 65536)
                if not data:
                    break
                if not is_bad_line:
                    deliver(data)
                    continue
                at = max(time.monotonic() + 0.05, late[-1][0] if late else 0)
                while data:
                    # A key's sequence in pieces, text in one.
                    size = chance.randint(1, 3) if 0x1B in data[:8] or chance.random() < 0.1 else len(data)
                    late.append((at, data[:size]))
                    # Behind a lone ESC no longer than escape_ms is over ssh: after that it is the Escape key.
                    at += chance.uniform(0.005, 0.05 if data[:size] == b"\x1b" else 0.15)
                    data = data[size:]
            while late and late[0][0] <= time.monotonic():
                deliver(late.pop(0)[1])
    except OSError:  # EIO: one of the two sides is gone
        pass
    finally:
        with contextlib.suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(0, termios.TCSANOW, before)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
    return 0


def answers(questions: bytes, seconds: float = 3) -> bytes:
    """What the terminal answers, up to its attributes (DA1), which every one knows and which are asked for last."""
    os.write(1, questions + b"\x1b[c")
    got, deadline = b"", time.monotonic() + seconds
    while not re.search(rb"\x1b\[\?[0-9;]*c", got) and time.monotonic() < deadline:
        if select.select([0], [], [], 0.1)[0]:
            got += os.read(0, 4096)
    return got


def ask(file: pathlib.Path) -> None:
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        modes = answers(b"".join(b"\x1b[?%d$p" % mode for mode in MODES))
        said = {"attributes": re.findall(rb"\x1b\[\?([0-9;]*)c", modes)[-1:], "modes": {}}
        for mode, value in re.findall(rb"\x1b\[\?(\d+);(\d)\$y", modes):
            if value in b"13" or value in b"24":
                said["modes"][MODES.get(int(mode), mode.decode())] = "on" if value in b"13" else "off"
        keyboard = answers(b"\x1b[?u")
        said["kitty keyboard"] = [int(n) for n in re.findall(rb"\x1b\[\?(\d+)u", keyboard)]
        other = answers(b"\x1b[?4m")
        said["modifyOtherKeys"] = [n.decode() for n in re.findall(rb"\x1b\[>4;?(\d*)m", other)]
        style = answers(b"\x1bP$q q\x1b\\")
        said["cursor style"] = [s.decode() for s in re.findall(rb"\x1bP1\$r(\d*) q", style)]
        name = answers(b"\x1b[>0q")
        said["name"] = [n.decode() for n in re.findall(rb"\x1bP>\|([^\x1b]*)", name)]
        title = answers(b"\x1b[21t")
        said["title"] = [t.decode() for t in re.findall(rb"\x1b\]l([^\x1b]*)", title)]
        background = answers(b"\x1b]11;?\x1b\\")
        said["background"] = [b.decode() for b in re.findall(rb"\x1b\]11;([^\x07\x1b]*)", background)]
        said["widths"] = {}
        for cluster in CLUSTERS:
            place = answers(b"\r" + cluster.encode() + b"\x1b[6n\r\x1b[K")
            column = re.findall(rb"\x1b\[\d+;(\d+)R", place)
            said["widths"][cluster] = int(column[0]) - 1 if column else None
    finally:
        termios.tcsetattr(0, termios.TCSANOW, before)
    said["attributes"] = [a.decode() for a in said["attributes"]]
    said["environment"] = {name: os.environ.get(name, "") for name in
                           ("TERM", "COLORTERM", "COLORFGBG", "TERM_PROGRAM", "TMUX", "STY")}
    part = file.with_suffix(".part")
    part.write_text(json.dumps(said, ensure_ascii=False))
    part.rename(file)


if __name__ == "__main__":
    what, place, *command = sys.argv[1:]
    if what == "ask":
        ask(pathlib.Path(place))
    else:
        sys.exit(relay(pathlib.Path(place), command, what == "link"))
