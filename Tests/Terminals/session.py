"""A shell in a terminal: it is started, typed into, read and ended."""

import contextlib
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess

from machines import HERE, Display, Missed, Terminal, until

LINES = ["first line of three", "  second, indented", "third."]
AT_SHELL = r"READY\$\s*$"


class Mirror:
    """What the program has drawn, as text: its bytes, drawn once more by a tmux that nobody looks at."""

    def __init__(self, output: pathlib.Path, name: str) -> None:
        self.socket = name
        self.tmux("new-session", "-d", "-x", "100", "-y", "30", "sh", "-c",
                  f"stty raw -echo; exec tail -c +1 -F {shlex.quote(str(output))} 2>/dev/null")

    def tmux(self, *words: str) -> str:
        run = subprocess.run(["tmux", "-L", self.socket, "-f", "/dev/null", *words], capture_output=True, text=True,
                             check=False, env=os.environ | {"LC_ALL": "C.UTF-8"})
        return run.stdout

    def text(self) -> str:
        return self.tmux("capture-pane", "-p")

    def resize(self, columns: int, rows: int) -> None:
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def end(self) -> None:
        self.tmux("kill-server")


class Session:
    """A recorded shell in one terminal, with its keyboard, mouse and screen."""

    def __init__(self, terminal: Terminal, fiedler: str, folder: pathlib.Path, pictures: pathlib.Path | None) -> None:
        self.terminal, self.fiedler, self.folder, self.pictures = terminal, fiedler, folder, pictures
        folder.mkdir()
        self.results: dict[str, str] = {}
        self.facts: dict[str, object] = {}
        self.display = Display(folder)
        self.programs: list[subprocess.Popen[bytes]] = []

    @property
    def name_and_version(self) -> str:
        return f"{self.terminal.name} {self.terminal.told_version()}".rstrip()

    def shell(self) -> list[str]:
        """A shell with job control, recorded; nothing of the user's own settings reaches it, nor a clipboard but the
        terminal's."""
        config = self.folder / "config" / "fiedler"
        config.mkdir(parents=True)
        (config / "models.yaml").write_text("defaults: {models: [demo/noise, demo/rate-40]}\n")
        (self.folder / "lines").write_text("\n".join(LINES) + "\n")
        (self.folder / "bashrc").write_text(f"""
unset DISPLAY WAYLAND_DISPLAY
cd {shlex.quote(str(self.folder))}
export HOME=$PWD XDG_CONFIG_HOME=$PWD/config XDG_DATA_HOME=$PWD/data XDG_STATE_HOME=$PWD/state
PS1='READY$ ' PROMPT_COMMAND= IGNOREEOF=99
f() {{ {shlex.quote(self.fiedler)} "$@"; }}
ask() {{ python3 -B {shlex.quote(str(HERE / "inside.py"))} ask "$PWD/$1"; }}
""")
        how = "link" if self.terminal.is_bad_line else "shell"
        return ["python3", "-B", str(HERE / "inside.py"), how, str(self.folder),
                "bash", "--noprofile", "--rcfile", str(self.folder / "bashrc"), "-i"]

    def start(self) -> None:
        environment = self.display.environment
        between = self.terminal.between
        inner = self.shell()
        if between == ["mosh-client"]:
            said = subprocess.run(["mosh-server", "new", "-i", "127.0.0.1", "-p", "60100:60900", "--", *inner],
                                  env=environment | {"TERM": "xterm-256color"}, capture_output=True, text=True,
                                  check=False)
            port, key = re.search(r"MOSH CONNECT (\d+) (\S+)", said.stdout).groups()
            environment = environment | {"MOSH_KEY": key}
            inner = ["127.0.0.1", port]
        elif between[:1] == ["tmux"]:
            inner = [shlex.join(inner)]
        if self.terminal.is_wayland:
            self.programs.append(subprocess.Popen(
                ["weston", "--backend=x11-backend.so", "--use-pixman", "--no-config", "--shell=kiosk-shell.so", "-i0",
                 "--width=1000", "--height=600", "--socket=tried"], env=environment,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            until("the compositor", (self.folder / "runtime" / "tried").exists)
            environment = environment | {"WAYLAND_DISPLAY": "tried"}
        if self.terminal.is_bad_line:
            environment = environment | {"SSH_CONNECTION": "127.0.0.1 50000 127.0.0.1 22"}
        log = (self.folder / "terminal.log").open("wb")
        self.programs.append(subprocess.Popen([*self.terminal.command, *between, *inner], env=environment, stdout=log,
                                              stderr=log, cwd=self.folder))
        self.window = until("a window", self.display.windows, 30)[-1]
        self.display.do("windowfocus", self.window, "mousemove", "--window", self.window, "300", "200")
        if self.terminal.is_wayland:
            self.display.do("click", "1")
        self.mirror = Mirror(self.folder / "output", f"tried-{os.getpid()}-{self.folder.name}")
        self.wait("a shell", AT_SHELL)
        self.size = [int(n) for n in (self.folder / "size").read_text().split()]
        self.mirror.resize(*self.size[:2])

    def end(self) -> None:
        # Multiplexers and mosh's server outlive the terminal, but not the shell.
        if (self.folder / "pid").exists():
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                os.kill(int((self.folder / "pid").read_text()), signal.SIGHUP)
        for program in reversed(self.programs):
            program.terminate()
            try:
                program.wait(5)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()
        if hasattr(self, "mirror"):
            self.mirror.end()
        self.display.end()

    # What is on the screen, and what came

    def wait(self, what: str, pattern: str, seconds: float = 15) -> str:
        return until(what, lambda: text if re.search(pattern, text := self.mirror.text()) else "", seconds)

    def gone(self, what: str, pattern: str, seconds: float = 15) -> None:
        until(what, lambda: not re.search(pattern, self.mirror.text()), seconds)

    def events(self) -> list[list]:
        """What went through the relay so far: when, which way (`<` to the program), what."""
        whole = (self.folder / "events").read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def came(self, since: int) -> str:
        return "".join(data for _, way, data in self.events()[since:] if way == "<")

    def place(self, text: str) -> tuple[int, int]:
        """Where a text stands, in cells."""
        for row, line in enumerate(self.mirror.text().split("\n")):
            if text in line:
                return line.index(text), row
        raise Missed(f"{text!r} on the screen")

    def pixels(self, column: float, row: float) -> tuple[str, str]:
        columns, rows, width, height = self.size
        if not width:  # not told to what stands between: xterm's own
            width, height = columns * self.cell[0], rows * self.cell[1]
        x, y = (column + 0.5) * width / columns, (row + 0.5) * height / rows
        return str(int(x) + self.border), str(int(y) + self.border)

    def click(self, column: float, row: float, button: str = "1", times: int = 1) -> None:
        self.display.do("mousemove", "--window", self.window, *self.pixels(column, row))
        for _ in range(times):
            self.display.do("click", button)

    def line(self, text: str) -> None:
        """A line for the shell."""
        self.display.type(text)
        self.display.keys("Return")

    def ask(self, name: str) -> dict:
        file = self.folder / f"{name}.json"
        self.line(f"ask {file.name}")
        until(f"answers of the terminal ({name})", file.exists, 40)
        return json.loads(file.read_text())

    def picture(self, name: str) -> None:
        if self.pictures:
            self.display.picture(self.pictures / f"{self.folder.name}-{name}.png")

    def tell(self, *words: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        environment |= {f"XDG_{name.upper()}_HOME": str(self.folder / name) for name in ("config", "data", "state")}
        return subprocess.run([self.fiedler, *words], env=environment, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False).stdout

    def exchanges(self) -> list[dict]:
        listed = json.loads(self.tell("history", "--json") or "[]")
        shown = [json.loads(self.tell("show", each["id"], "--json")) for each in listed]
        return [exchange for each in shown for exchange in each["exchanges"]]
