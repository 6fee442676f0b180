"""Displays without a screen, and the terminals that are tried on them."""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable

HERE = pathlib.Path(__file__).parent
FONT = "DejaVu Sans Mono"


class Missed(Exception):
    """What was waited for has not come."""


# Set when the run is to end: whoever waits for something then ends.
ENDING = threading.Event()


def until(what: str, holds: Callable[[], object], seconds: float = 15) -> object:
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if ENDING.wait(0.04):
            sys.exit(143)
        if time.monotonic() > deadline:
            raise Missed(what)
    return found


class Display:
    """An X server that draws into memory, and its keyboard and mouse."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        reading, writing = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1200x800x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writing)
        with open(reading) as number:
            name = number.readline().strip()
        if not name:
            raise Missed("an X server")
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "DISPLAY": f":{name}",
            "XDG_RUNTIME_DIR": str(runtime), "LIBGL_ALWAYS_SOFTWARE": "1", "WINIT_X11_SCALE_FACTOR": "1",
            "NO_AT_BRIDGE": "1",
        }

    def do(self, *words: str) -> str:
        return subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True, timeout=30,
                              check=False).stdout.strip()

    def keys(self, *names: str) -> None:
        self.do("key", "--delay", "30", *names)

    def type(self, text: str) -> None:
        self.do("type", "--delay", "6", text)

    def picture(self, file: pathlib.Path) -> None:
        subprocess.run(["import", "-window", "root", "-strip", str(file)], env=self.environment, timeout=30,
                       stderr=subprocess.DEVNULL, check=False)

    def windows(self) -> list[str]:
        return self.do("search", "--onlyvisible", "--class", ".").split()

    def end(self) -> None:
        self.server.terminate()
        self.server.wait()


@dataclasses.dataclass
class Terminal:
    """One way to a shell: a terminal, and what stands between it and the shell."""

    name: str
    packages: list[str]
    binaries: list[str]
    version: list[str]
    command: list[str]
    # What stands between, before the shell; run in the terminal.
    between: list[str] = dataclasses.field(default_factory=list)
    copies: str = "ctrl+shift+c"
    pastes: str = "ctrl+shift+v"
    is_wayland: bool = False
    # The line to it delays what is typed and cuts it.
    is_bad_line: bool = False
    # The program has it report the mouse there.
    has_mouse: bool = True
    # What it cannot do, by the name of the check, and why: no fault of the program then.
    limits: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        return [package for package, binary in zip(self.packages, self.binaries) if not shutil.which(binary)]

    def told_version(self) -> str:
        if not self.version:
            return ""
        run = subprocess.run(self.version, capture_output=True, text=True, check=False)
        found = re.search(r"\d+(\.\d+)*[a-z]?", run.stdout + run.stderr)
        return found[0] if found else "?"


def xterm(*options: str) -> list[str]:
    return ["xterm", "-fa", FONT, "-fs", "10", "-geometry", "100x30+0+0", *options, "-e"]


XTERM = {"packages": ["xterm"], "binaries": ["xterm"], "version": ["xterm", "-version"], "copies": "",
         "pastes": "shift+Insert"}
# As its users set it up who miss the clipboard and the Alt key.
SET_UP = [word for setting in ("*disallowedWindowOps: 20,21,SetXprop", "*selectToClipboard: true",
                               "*metaSendsEscape: true", "*omitTranslation: fullscreen")
          for word in ("-xrm", setting)]
KEEPS_ESC = "not reported: it would keep a lone Esc until the next key meanwhile"
NO_SHIFT_ENTER = "sends ⇧⏎ as ⏎"


def inside_xterm(name: str, package: str, version: list[str], between: list[str], limits: dict[str, str],
                 has_mouse: bool = True) -> Terminal:
    return Terminal(name, ["xterm", package], ["xterm", package], version, xterm(*SET_UP), between, "", "shift+Insert",
                    has_mouse=has_mouse, limits=limits)


def terminals(folder: pathlib.Path) -> list[Terminal]:
    foot = folder / "foot.ini"
    foot.write_text(f"font={FONT}:size=9\npad=0x0\n")
    alacritty = folder / "alacritty.yml"
    alacritty.write_text(f"font: {{normal: {{family: {FONT}}}, size: 9}}\n"
                         "window: {dimensions: {columns: 100, lines: 30}}\n")
    tmux = folder / "tmux.conf"
    tmux.write_text("set -s extended-keys on\nset -as terminal-features ',xterm*:extkeys'\nset -s escape-time 20\n"
                    "set -g focus-events on\nset -g set-titles on\n")
    kitty = ["-o", f"font_family={FONT}", "-o", "font_size=9", "-o", "remember_window_size=no",
             "-o", "initial_window_width=100c", "-o", "initial_window_height=30c", "-o", "update_check_interval=0"]
    return [
        Terminal("xterm", **XTERM, command=xterm(), limits={
            "copy": "takes OSC 52 only with allowWindowOps: true",
            "Alt⏎": "is its own full screen, without omitTranslation: fullscreen"}),
        Terminal("xterm, set up", **XTERM, command=xterm(*SET_UP)),
        Terminal("kitty", ["kitty"], ["kitty"], ["kitty", "--version"], ["kitty", "--config", "NONE", *kitty]),
        Terminal("alacritty", ["alacritty"], ["alacritty"], ["alacritty", "--version"],
                 ["alacritty", "--config-file", str(alacritty), "-e"], limits={"⇧⏎": NO_SHIFT_ENTER}),
        Terminal("foot", ["foot", "weston"], ["foot", "weston"], ["foot", "--version"],
                 ["foot", "--config", str(foot), "--"], is_wayland=True),
        inside_xterm("tmux in xterm, set up", "tmux", ["tmux", "-V"],
                     ["tmux", "-L", f"tried-set-up-{os.getpid()}", "-f", str(tmux), "new-session"], {}),
        inside_xterm("tmux in xterm", "tmux", ["tmux", "-V"],
                     ["tmux", "-L", f"tried-{os.getpid()}", "-f", "/dev/null", "new-session"],
                     {"⇧⏎": NO_SHIFT_ENTER, "focus": "focus-events is off", "title": "set-titles is off"}),
        inside_xterm("screen in xterm", "screen", ["screen", "--version"], ["screen", "-c", "/dev/null"],
                     {"⇧⏎": NO_SHIFT_ENTER, "focus": "passes none on", "title": "passes none on",
                      "mouse": KEEPS_ESC, "wheel": KEEPS_ESC}, has_mouse=False),
        inside_xterm("mosh in xterm", "mosh", ["mosh", "--version"], ["mosh-client"],
                     {"⇧⏎": NO_SHIFT_ENTER, "title": "knows no way to give the last one back"}),
        Terminal("a bad line in xterm", ["xterm"], ["xterm"], [], xterm(*SET_UP), [], "", "shift+Insert",
                 is_bad_line=True),
    ]
