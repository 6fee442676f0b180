"""What is tried in each terminal, step by step."""

import re
from collections.abc import Callable

from machines import Missed, until
from session import AT_SHELL, LINES, Session

CHECKS = ["start", "⇧⏎", "Alt⏎", "Alt", "keys", "paste", "panes", "mouse", "wheel", "Esc", "F1 F2", "focus", "resize",
          "copy", "title", "suspend", "leaving"]


class Trial(Session):
    """One terminal from its start to its end: `results` says what held, `facts` what the terminal said and did."""

    def check(self, name: str, step: Callable[[], None]) -> None:
        try:
            step()
            self.results.setdefault(name, "yes")
        except Missed as missed:
            self.results[name] = f"no: {missed}"
            self.picture("missed-" + re.sub(r"\W+", "", name))

    def play(self) -> None:
        self.start()
        self.border = 2 if self.terminal.command[0] == "xterm" else 0
        width, height = (int(n) for n in re.findall(
            r"(?:WIDTH|HEIGHT)=(\d+)", self.display.do("getwindowgeometry", "--shell", self.window)))
        self.cell = (width - 2 * self.border) // self.size[0], (height - 2 * self.border) // self.size[1]
        self.before = self.ask("before")
        self.facts |= {name: self.before[name] for name in
                       ("name", "environment", "background", "kitty keyboard", "modifyOtherKeys", "widths")}
        self.keys_before = self.typed_keys("keys-before")
        self.select_lines()
        self.name = self.display.do("getwindowname", self.window)
        self.line("f")
        try:
            self.wait("the first screen", "Ask them all")
        except Missed:
            self.results["start"] = "no"
            self.picture("missed-start")
            return
        self.results["start"] = "yes"
        self.picture("start")
        for name, step in [
            ("⇧⏎", self.shift_enter), ("Alt⏎", self.alt_enter), ("Alt", self.alt), ("keys", self.editing),
            ("panes", self.send), ("mouse", self.mouse), ("paste", self.paste), ("wheel", self.wheel),
            ("copy", self.copy), ("F1 F2", self.functions), ("Esc", self.escape), ("focus", self.focus),
            ("resize", self.resize), ("suspend", self.suspend), ("leaving", self.leave), ("title", self.title),
        ]:
            if self.terminal.has_mouse or name not in ("mouse", "wheel"):
                self.check(name, step)
        if self.results["copy"] == "yes":
            self.check("copy", self.copied)

    def select_lines(self) -> None:
        """Three lines onto the clipboard, with the mouse, as one would."""
        self.line("clear; cat lines")
        until("three lines", lambda: self.mirror.text().startswith(LINES[0]))
        self.display.do("mousemove", "--window", self.window, *self.pixels(-0.4, 0), "mousedown", "1")
        for row, column in [(0, 5), (1, 5), (2, 3), (2, len(LINES[2]) - 0.55)]:
            self.display.do("mousemove", "--window", self.window, *self.pixels(column, row))
        self.display.do("mouseup", "1")
        if self.terminal.copies:
            self.display.keys(self.terminal.copies)

    def shift_enter(self) -> None:
        self.display.type("one")
        self.wait("typed text", "│ one")
        since = len(self.events())
        self.display.keys("shift+Return")
        self.display.type("two")
        text = self.wait("text behind it", "│ two|onetwo")
        self.facts["⇧⏎ sends"] = repr(self.came(since).split("two")[0])
        if not re.search(r"│ one .*\n.*│ two", text):
            self.wait("its answers", r"first \d.*first \d")
            self.stop()
            self.to_prompt()
            raise Missed("sent the prompt")

    def alt_enter(self) -> None:
        self.display.keys("alt+Return")
        self.display.type("three")
        text = self.wait("text behind it", r"three")
        if not re.search(r"│ two .*\n.*│ three", text):
            self.display.keys("BackSpace", "BackSpace", "BackSpace", "BackSpace", "BackSpace", "ctrl+j")
            self.display.type("three")
            raise Missed("no new line")

    def alt(self) -> None:
        self.display.keys("alt+b")
        self.display.type("x")
        text = self.wait("a letter where Alt+B leads to", r"xthree|threex|three.x|three..x")
        self.facts["text after Alt+B, x"] = re.search(r"│ (\S*three\S*)", text)[1]
        self.display.keys("BackSpace")
        if "xthree" not in text:
            self.display.keys("BackSpace")
            raise Missed("Alt+B is none")

    def editing(self) -> None:
        self.display.keys("Home")
        self.display.type("(")
        self.display.keys("End")
        self.display.type(")")
        self.display.keys("Left")
        self.display.type("!")
        self.wait("(three!)", r"\(three!\)")

    def send(self) -> None:
        self.display.keys("Return")
        self.wait("answers", r"first \d.*first \d")
        text = self.mirror.text()
        if not re.search(r"╭ . noise.*╮╭ . rate-40.*╮", text):
            raise Missed("two panes side by side")
        sent = [exchange["prompt"] for exchange in self.exchanges()]
        wanted = "two\n(three!)" if self.results.get("⇧⏎") != "yes" else "one\ntwo\n(three!)"
        self.stop()
        if wanted not in sent:
            raise Missed(f"the prompt as it was typed; sent: {sent}")

    def stop(self) -> None:
        self.display.keys("Tab")
        self.gone("a pane in focus", "⏎ send")
        self.display.keys("shift+c")
        self.gone("an end of the answers", "streaming")

    def wheel(self) -> None:
        column, row = self.place("noise")
        before = self.mirror.text()
        self.click(column, row + 4, "4", 3)
        until("a scrolled pane", lambda: self.mirror.text() != before)
        up = self.mirror.text()
        self.display.keys("End")
        until("its end", lambda: self.mirror.text() != up)
        end = self.mirror.text()
        self.display.keys("Prior")
        until("a page up", lambda: self.mirror.text() != end)

    def copy(self) -> None:
        self.display.keys("y")
        self.wait("a word on what was copied", r"Copied|Sent [\d,]+ char|clipboard")
        self.facts["copied"] = next((line.strip() for line in self.mirror.text().split("\n")
                                     if re.search(r"Copied|Sent [\d,]+ char|clipboard", line)), "")

    def mouse(self) -> None:
        self.click(*(part + 1 for part in self.place("─ prompt")))
        self.wait("the prompt in focus", "⏎ send")
        self.display.type("abcdef")
        self.wait("typed text", "abcdef")
        column, row = self.place("abcdef")
        self.click(column + 3, row)
        self.display.type("X")
        self.wait("a letter where the mouse clicked", "abcXdef")
        self.display.keys("ctrl+e", "ctrl+u")
        self.gone("an empty prompt", "abcX")

    def paste(self) -> None:
        self.to_prompt()
        since = len(self.exchanges())
        self.display.keys(self.terminal.pastes)
        self.wait("what was pasted", r"│ first line.*\n.*  second, indented.*\n│ third")
        self.facts["bracketed paste"] = "yes" if "\x1b[200~" in self.came(0) else "no"
        if len(self.exchanges()) != since:
            raise Missed("the paste was sent")
        self.display.keys("Return")
        # Whether the selection has the character that the mouse stopped in, terminals see differently.
        until("one prompt of three lines", lambda: any(
            exchange["prompt"] in ("\n".join(LINES), "\n".join(LINES)[:-1]) for exchange in self.exchanges()))
        until("enough of the answers", lambda: len(re.findall(r"[a-z]{3,}", self.mirror.text())) > 140)
        self.picture("streams")
        self.stop()

    def to_prompt(self) -> None:
        if "⏎ send" not in self.mirror.text():
            self.display.keys("Escape")
            self.wait("the prompt in focus", "⏎ send")

    def functions(self) -> None:
        self.to_prompt()
        self.display.keys("F1")
        self.wait("the help", "Everywhere")
        self.display.keys("Escape")
        self.gone("the help closed", "Everywhere")
        self.display.keys("F2")
        self.wait("the Godot log", "Godot log")
        self.picture("log")
        self.to_prompt()

    def escape(self) -> None:
        self.display.keys("F1")
        self.wait("the help", "Everywhere")
        since = len(self.events())
        self.display.keys("Escape")
        try:
            self.gone("the help closed", "Everywhere", 3)
        except Missed:
            self.display.keys("Escape")
            self.gone("the help closed", "Everywhere")
            raise
        events = self.events()[since:]
        pressed = next(at for at, way, data in events if way == "<" and data.startswith("\x1b"))
        drawn = next(at for at, way, data in events if way == ">" and at > pressed)
        self.facts["Esc to frame, ms"] = round((drawn - pressed) * 1000)

    def focus(self) -> None:
        since = len(self.events())
        # To no window: the one under the mouse would have the keys, so the mouse leaves it too.
        self.display.do("mousemove", "1190", "790", "windowfocus", "1")
        try:
            until("focus out", lambda: "\x1b[O" in self.came(since), 3)
        finally:
            self.display.do("windowfocus", self.window, "mousemove", "--window", self.window, "300", "200")
            if self.terminal.is_wayland:
                self.click(*self.place("─ prompt"))
        until("focus in", lambda: "\x1b[I" in self.came(since), 3)

    def resize(self) -> None:
        before = (self.folder / "size").read_text()
        if self.terminal.is_wayland:  # there the window is the whole output
            self.display.keys("ctrl+minus", "ctrl+minus")
        else:
            self.display.do("windowsize", self.window, "1100", "500")
        until("another size", lambda: (self.folder / "size").read_text() != before)
        self.size = [int(n) for n in (self.folder / "size").read_text().split()]
        self.mirror.resize(*self.size[:2])
        self.display.keys("ctrl+l")
        columns = self.size[0]
        until("panes as wide as the window",
              lambda: any(len(line) == columns and line.startswith("╰") for line in self.mirror.text().split("\n")))
        self.picture("resized")

    def suspend(self) -> None:
        self.facts["name while it runs"] = self.display.do("getwindowname", self.window)
        self.display.keys("ctrl+z")
        self.wait("a shell", AT_SHELL)
        self.picture("suspended")
        self.compare(self.ask("suspended"))
        self.line("fg")
        self.wait("the program again", "⏎ send")
        self.display.type("again")
        self.wait("typed text", "│ again")

    def leave(self) -> None:
        self.picture("leaving")
        self.facts["name after suspending"] = self.display.do("getwindowname", self.window)
        self.display.keys("ctrl+c")
        self.gone("an empty prompt", "│ again")
        self.display.keys("ctrl+c", "ctrl+c")
        self.wait("a shell", AT_SHELL)
        self.asked = self.ask("after")
        self.compare(self.asked)
        typed = self.typed_keys("keys")
        if typed != self.keys_before:
            raise Missed(f"keys as before: ⇧⏎ sent {self.keys_before!r}, sends {typed!r}")
        self.line("clear; f doctor; ls")
        self.wait("the diagnosis", "terminal.log")
        self.facts["doctor"] = re.findall(r"· (\w+: .*)", self.mirror.text())
        self.picture("left")

    def typed_keys(self, name: str) -> str:
        """What Shift+Enter is to other programs."""
        file = self.folder / name
        self.line(f"cat >{name}")
        self.display.keys("a", "shift+Return", "ctrl+d", "ctrl+d")
        until("typed keys", lambda: file.exists() and file.read_text() and self.wait("a shell", AT_SHELL))
        return file.read_text()

    def compare(self, now: dict) -> None:
        for name in ("modes", "kitty keyboard", "modifyOtherKeys", "cursor style"):
            if now[name] != self.before[name]:
                raise Missed(f"{name} as before: was {self.before[name]}, is {now[name]}")

    def title(self) -> None:
        if self.terminal.is_wayland:  # the window's name is in the compositor, which shows none
            told = self.before["title"], self.asked["title"]
            self.facts["name while it runs"] = ", ".join(re.findall(
                "\x1b]2;([^\x07]*)", "".join(data for _, way, data in self.events() if way == ">")))
        else:
            told = self.name, self.display.do("getwindowname", self.window)
        if told[0] != told[1]:
            raise Missed(f"the window's name as before: was {told[0]!r}, is {told[1]!r}")
        if self.facts["name while it runs"] in ("", told[0]):
            raise Missed("the window's name said nothing of it")

    def copied(self) -> None:
        """What the clipboard has, by pasting it in the shell."""
        file = self.folder / "clipboard.txt"
        self.line("clear; cat >clipboard.txt")
        until("cat", file.exists)  # not the shell any more, which has bracketed pastes
        self.display.keys(self.terminal.pastes)
        texts = [reply["text"] for exchange in self.exchanges() for reply in exchange["replies"]]

        def arrived() -> bool:
            self.display.keys("Return", "ctrl+d")
            got = file.read_text(errors="replace").strip() if file.exists() else ""
            self.facts["clipboard"] = got[:60]
            return any(got and got == text.strip() for text in texts)

        until("the answer on the clipboard", arrived, 4)
