"""An asciicast (version 2) as an SVG that plays by itself, without a script in it.

    fiedler replay ID --cast - | cast.py > FILE.svg

Each half of a row is drawn once for each text it ever had, and shown while it has it. What a terminal is sent by
Fiedler's own recorder is understood: text, the cursor's place, erasing, and colours of 24 bits. Pauses longer than two
seconds are cut, the last screen stays for three.
"""

import html
import json
import re
import sys
import unicodedata

WIDTH, HEIGHT = 8.4, 18  # of a cell, in pixels
LONGEST_PAUSE, LAST = 2.0, 3.0  # seconds
FRAMES_A_SECOND = 5
PARTS = 2  # of a row, each drawn by itself: two panes that stream seldom change at the same moment

Cell = tuple[str, str]  # a sign, and its style as the parameters of SGR


def columns(sign: str) -> int:
    if unicodedata.combining(sign) or sign in "\u200d\ufe0e\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


class Screen:
    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows: list[list[Cell]] = [[(" ", "0")] * width for _ in range(height)]
        self.row = self.column = 0
        self.style = "0"

    def take(self, text: str) -> None:
        for part in re.finditer(r"\x1b\[([?\d;]*)([A-Za-z])|\x1b[^\[]|[\r\n]|[^\x1b\r\n]+", text):
            if part[2]:
                self.control(part[1], part[2])
            elif part[0] == "\r":
                self.column = 0
            elif part[0] == "\n":
                self.row = min(self.row + 1, self.height - 1)
            elif part[0][0] != "\x1b":
                self.put(part[0])

    def control(self, parameters: str, name: str) -> None:
        numbers = [int(number) for number in re.findall(r"\d+", parameters)]
        first = numbers[0] if numbers else 1
        if name == "m":
            self.style = parameters or "0"
        elif name == "H":
            self.row, self.column = first - 1, (numbers[1] if len(numbers) > 1 else 1) - 1
        elif name == "J":
            self.rows = [[(" ", self.style)] * self.width for _ in range(self.height)]
        elif name == "K":
            self.rows[self.row][self.column :] = [(" ", self.style)] * (self.width - self.column)
        elif name == "X":
            for column in range(self.column, min(self.column + first, self.width)):
                self.rows[self.row][column] = (" ", self.style)
        elif name == "G":
            self.column = first - 1
        elif name == "C":
            self.column += first
        elif name not in "hl":
            raise SystemExit(f"cast.py: the control sequence CSI {parameters} {name} is not known here")

    def put(self, text: str) -> None:
        row = self.rows[self.row]
        for sign in text:
            room = columns(sign)
            if room == 0:
                before = max(0, self.column - 1)
                row[before] = (row[before][0] + sign, row[before][1])
                continue
            for column in range(self.column, min(self.column + room, self.width)):
                row[column] = (sign if column == self.column else "", self.style)
            self.column += room


def colours(style: str) -> tuple[str | None, str | None, set[int]]:
    """Foreground, background and attributes of SGR's parameters."""
    numbers = [int(number or 0) for number in style.split(";")]
    foreground = background = None
    attributes: set[int] = set()
    while numbers:
        number = numbers.pop(0)
        if number in (38, 48) and numbers[:1] == [2]:
            colour = "#%02x%02x%02x" % tuple(numbers[1:4])
            del numbers[:4]
            if number == 38:
                foreground = colour
            else:
                background = colour
        elif number == 0:
            foreground = background = None
            attributes = set()
        else:
            attributes.add(number)
    if 7 in attributes:
        foreground, background = background, foreground
    return foreground, background, attributes


def runs(row: list[Cell]) -> list[tuple[int, str, str]]:
    """Column, text and style of what stands together in one style."""
    found: list[tuple[int, str, str]] = []
    for column, (sign, style) in enumerate(row):
        if found and found[-1][2] == style:
            found[-1] = (found[-1][0], found[-1][1] + sign, style)
        else:
            found.append((column, sign, style))
    return found


classes: dict[str, str] = {}


def fill(colour: str) -> str:
    """The attribute that gives a colour, by a name of its own."""
    return f'class="{classes.setdefault(colour, chr(97 + len(classes) % 26) + (str(len(classes) // 26) if len(classes) > 25 else ""))}"'


def drawn(row: list[Cell], number: int, first: int, ground: str) -> str:
    """A part of a row that begins at a column."""
    texts, grounds = [], []
    top = number * HEIGHT
    ends = [column for column, _, _ in runs(row)][1:] + [len(row)]
    for (column, text, style), end in zip(runs(row), ends):
        column, end = column + first, end + first
        foreground, background, attributes = colours(style)
        if background and background != ground:
            grounds.append(
                f'<rect x="{column * WIDTH:.4g}" y="{top}" width="{(end - column) * WIDTH:.4g}" height="{HEIGHT}" {fill(background)}/>'
            )
        stripped = text.strip(" ")
        if not stripped:
            continue
        start = column + len(text) - len(text.lstrip(" "))
        cells = sum(columns(sign) for sign in stripped)
        weight = ' font-weight="bold"' if 1 in attributes else ""
        slant = ' font-style="italic"' if 3 in attributes else ""
        # One length for all, whatever font the viewer has.
        texts.append(
            f'<tspan x="{start * WIDTH:.4g}" textLength="{cells * WIDTH:.4g}"{weight}{slant} {fill(foreground or "#dddddd")}>'
            f"{html.escape(stripped, quote=False)}</tspan>"
        )
    text = f'<text y="{top + 13}">{"".join(texts)}</text>' if texts else ""
    return "".join(grounds) + text


def main() -> None:
    header, *events = [json.loads(line) for line in sys.stdin]
    screen = Screen(header["width"], header["height"])
    # The rows as they were at each moment that is shown.
    frames: list[tuple[float, list[list[Cell]]]] = []
    now = last = 0.0
    for time, kind, text in events:
        if kind != "o":
            continue
        now += min(time - last, LONGEST_PAUSE)
        last = time
        screen.take(text)
        rows = [list(row) for row in screen.rows]
        if len(frames) > 1 and now - frames[-2][0] < 1 / FRAMES_A_SECOND:
            frames[-1] = (frames[-1][0], rows)
        else:
            frames.append((now, rows))
    total = frames[-1][0] + LAST
    ground = next((colours(style)[1] for _, style in screen.rows[0] if colours(style)[1]), None) or "#14161b"
    parts: list[str] = []
    width = -(-screen.width // PARTS)
    for number, first in ((row, part * width) for row in range(screen.height) for part in range(PARTS)):
        shown: dict[str, list[tuple[float, float]]] = {}
        for (start, rows), end in zip(frames, [time for time, _ in frames[1:]] + [total]):
            spans = shown.setdefault(drawn(rows[number][first : first + width], number, first, ground), [])
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        for picture, spans in shown.items():
            if not picture:
                continue
            if spans == [(0.0, total)]:
                parts.append(picture)
                continue
            values, times = ["hidden"], [0.0]
            for start, end in spans:
                if start == 0:
                    values, times = [], []
                values += ["visible", "hidden"]
                times += [start / total, end / total]
            if times[-1] >= 1:
                values.pop()
                times.pop()
            keys = ";".join(f"{time:.5g}" for time in times)
            parts.append(
                f'<g visibility="hidden"><animate attributeName="visibility" calcMode="discrete" dur="{total:.3f}s" '
                f'repeatCount="indefinite" values="{";".join(values)}" keyTimes="{keys}"/>{picture}</g>'
            )
    width, height = screen.width * WIDTH, screen.height * HEIGHT
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.4g} {height}" width="{width:.4g}" height="{height}" '
        f'font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="14" xml:space="preserve">'
        f'<title>{html.escape(header.get("title", ""), quote=False)}</title>'
        f'<style>{"".join(f".{name}{{fill:{colour}}}" for colour, name in classes.items())}</style>'
        f'<rect width="100%" height="100%" rx="6" fill="{ground}"/>'
    )
    print("\n".join(parts))
    print("</svg>")


if __name__ == "__main__":
    main()
