"""A user's way with two real models: send, watch them stream, quit, come back, find the conversation; then three
answers are merged, ranked by a council, judged and counted.

Usage: journey.py FIEDLER FOLDER. FOLDER holds server-ready and gets everything else. Started by `run`.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

# What the program shows and understands, in one place.
EMPTY_SCREEN = r"Ask them all"  # the empty prompt
ATTACH_COMMAND = "/attach {path}"
ATTACHED = r"{name} \("  # the prompt editor's frame names the file and its size
BOTH_STREAMING = r"2 streaming"
HISTORY_LISTED = r"newest first"  # the history's title; the first screen lists conversations, too
DONE = r"[─↯¢] done \d"  # once in each finished pane's header, not in previews
QUIT, HISTORY = "C-q", "C-s"

MODELS = {"smollm2": "local", "smollm2-b": "local2"}  # two names of the one model, as two providers
THIRD = {"smollm2-c": "local3"}  # asked only where three answers are judged
SOURCE_FILE = pathlib.Path(__file__).with_name("server.py")
SENT_PROMPT = "Say in one sentence what this file does."
JUDGED_PROMPT = "Why is the sky blue?"
TYPED_PROMPT = "Tell me a long story in which this program is used."
PATIENCE = 240  # seconds until a model must have answered; a busy machine reads 60 tokens a second


class Checks:
    def __init__(self) -> None:
        self.passed = self.failed = 0

    def check(self, promise: str, kept: bool, otherwise: object = "") -> bool:
        print(f"{'ok    ' if kept else 'FAILED'} {promise}", flush=True)
        if kept:
            self.passed += 1
        else:
            self.failed += 1
            if otherwise != "":
                print("       " + str(otherwise).replace("\n", "\n       "), flush=True)
        return kept


class Fiedler:
    def __init__(self, binary: str, folder: pathlib.Path) -> None:
        self.binary, self.folder = binary, folder
        url = json.loads((folder / "server-ready").read_text())["url"]
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "FIEDLER_CONFIG": str(folder / "models.yaml"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "LOCAL_API_KEY": "none-needed",
        }
        (folder / "config" / "fiedler").mkdir(parents=True)
        (folder / "config" / "fiedler" / "config.yaml").write_text('godot:\n  url: "off"\n')
        lines = ["providers:"]
        for name, provider in (MODELS | THIRD).items():
            lines += [
                f"  {provider}:",
                "    kind: openai",
                "    api_key_env: LOCAL_API_KEY",
                f"    base_url: {url}/v1",
                "    models:",
                f"      {name}:",
                "        max_tokens: 4096",
                "        max_completion_tokens: 48",
                f"        timeout: {PATIENCE}",
            ]
        lines += ["defaults:", f"  models: [{', '.join(MODELS)}]"]
        (folder / "models.yaml").write_text("\n".join(lines) + "\n")
        (folder / "work").mkdir()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.binary, *arguments], env=self.environment, cwd=self.folder / "work", stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )


class Terminal:
    """fiedler's screen in a tmux of its own, 100 columns by 30 rows."""

    def __init__(self, fiedler: Fiedler) -> None:
        self.fiedler = fiedler
        self.socket = str(fiedler.folder / "tmux")
        self.status = fiedler.folder / "exit-status"
        self.last_screen = ""

    def tmux(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["tmux", "-S", self.socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, env=self.fiedler.environment, capture_output=True, text=True, check=False)

    def open(self) -> None:
        self.status.unlink(missing_ok=True)
        script = '"$0"; echo $? > "$1"'
        self.tmux(
            "new-session", "-d", "-x", "100", "-y", "30", "-c", str(self.fiedler.folder / "work"),
            "sh", "-c", script, self.fiedler.binary, str(self.status),
        )

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)

    def press(self, key: str) -> None:
        self.tmux("send-keys", key)

    def screen(self) -> str:
        shown = self.tmux("capture-pane", "-p").stdout
        self.last_screen = shown or self.last_screen
        return shown

    def wait(self, pattern: str, seconds: float, times: int = 1) -> bool:
        """Until the screen shows the pattern so many times."""
        deadline = time.monotonic() + seconds
        while len(re.findall(pattern, self.screen())) < times:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def exit_status(self, seconds: float) -> str | None:
        deadline = time.monotonic() + seconds
        while not (self.status.exists() and self.status.read_text().strip()):
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)
        # Its server ends with its only session; a new one cannot start on the socket before.
        while self.tmux("has-session").returncode == 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.status.read_text().strip()


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{4,}", text))


def send_and_check(checks: Checks, fiedler: Fiedler) -> dict:
    """`fiedler send --json` with a file to both; returns what it printed."""
    models = [word for name in MODELS for word in ("-m", name)]
    result = fiedler.run("send", "--json", *models, "-f", str(SOURCE_FILE), SENT_PROMPT)
    checks.check("send: exit status 0", result.returncode == 0, f"{result.returncode}: {result.stderr[-600:]}")
    try:
        answer = json.loads(result.stdout)
    except ValueError:
        checks.check("send: prints one JSON object", False, result.stdout[-600:])
        return {}
    checks.check("send: overall success", answer.get("status") == "success", answer.get("status"))
    found = {each.get("model"): each for each in answer.get("results", [])}
    for name, provider in MODELS.items():
        each = found.get(name, {})
        tokens = each.get("tokens") or {}
        checks.check(f"send: {name} succeeded", each.get("status") == "success", each)
        checks.check(f"send: {name} is served by {provider}", each.get("provider") == provider, each.get("provider"))
        checks.check(f"send: {name} answered with text", bool((each.get("text") or "").strip()), each)
        # The file alone is more than 300 tokens, so it did reach the model.
        checks.check(f"send: {name} read the file", (tokens.get("prompt") or 0) > 300, tokens)
        checks.check(f"send: {name} wrote 1 to 48 tokens", 0 < (tokens.get("completion") or 0) <= 48, tokens)
        times = each.get("ttft"), each.get("duration")
        kept = all(isinstance(t, (int, float)) for t in times) and 0 < times[0] <= times[1]
        checks.check(f"send: {name} tells its times", kept, times)
    return answer


def watch_and_check(checks: Checks, terminal: Terminal) -> set[str]:
    """Two panes stream an answer about an attached file; returns the answers' words."""
    terminal.open()
    if not checks.check("screen: the prompt editor is there", terminal.wait(EMPTY_SCREEN, 10), terminal.last_screen):
        return set()
    without_answer = words(terminal.screen()) | words(TYPED_PROMPT)
    terminal.type(ATTACH_COMMAND.format(path=SOURCE_FILE))
    attached = ATTACHED.format(name=re.escape(SOURCE_FILE.name))
    terminal.press("Enter")
    if not terminal.wait(attached, 2):  # the first Enter may have accepted a completion
        terminal.press("Enter")
    checks.check("screen: the file is attached", terminal.wait(attached, 5), terminal.last_screen)
    without_answer |= words(terminal.screen())
    terminal.type(TYPED_PROMPT)
    checks.check("screen: what is typed is shown", terminal.wait(re.escape(TYPED_PROMPT), 5), terminal.last_screen)
    terminal.press("Enter")
    checks.check("screen: both models stream at once", terminal.wait(BOTH_STREAMING, PATIENCE), terminal.last_screen)
    checks.check("screen: both panes are done", terminal.wait(DONE, PATIENCE, times=2), terminal.last_screen)
    # What the title says of the answers is none of their words.
    panes = "\n".join(terminal.screen().splitlines()[1:])
    answer = words(panes) - without_answer - {"first", "done"}
    checks.check("screen: the answers' words are there", len(answer) >= 4, terminal.last_screen)
    terminal.press(QUIT)
    status = terminal.exit_status(10)
    checks.check("screen: quits with exit status 0", status == "0", f"{status}\n{terminal.last_screen}")
    return answer


def return_and_check(checks: Checks, terminal: Terminal, answer: set[str]) -> None:
    """A new start finds the conversation in the history and shows its answers again."""
    terminal.open()
    if not checks.check("history: starts again", terminal.wait(EMPTY_SCREEN, 10), terminal.last_screen):
        return
    terminal.press(HISTORY)
    found = terminal.wait(HISTORY_LISTED, 10) and terminal.wait(re.escape(TYPED_PROMPT[:20]), 10)
    checks.check("history: the conversation is listed by its title", found, terminal.last_screen)
    terminal.press("Enter")
    both = terminal.wait(DONE, 10, times=2)
    checks.check("history: it opens with both panes done", both, terminal.last_screen)
    shown = answer & words(terminal.screen())
    checks.check("history: the answers are there", len(shown) >= 0.8 * len(answer) > 0, terminal.last_screen)
    terminal.press(QUIT)
    status = terminal.exit_status(10)
    checks.check("history: quits with exit status 0", status == "0", f"{status}\n{terminal.last_screen}")


def list_and_check(checks: Checks, fiedler: Fiedler, sent: dict, answer: set[str]) -> None:
    """`history` lists both conversations, `show` prints them."""
    listed = fiedler.run("history")
    lines = listed.stdout.splitlines()
    checks.check("history lists what was sent", any(SENT_PROMPT[:20] in line for line in lines), listed.stdout[-600:])
    typed = next((line for line in lines if TYPED_PROMPT[:20] in line), "")
    checks.check("history lists what was typed", typed != "", listed.stdout[-600:])
    identifier = sent.get("conversation_id") or "none"
    shown = fiedler.run("show", identifier)
    for each in sent.get("results", []):
        there = words(each.get("text") or "") <= words(shown.stdout)
        promise = f"show prints the answer of {each.get('model')}"
        checks.check(promise, shown.returncode == 0 and there, shown.stdout[-600:])
    match = re.search(r"\b[0-9a-fA-F]{6,}(?:-[0-9a-fA-F-]+)?\b", typed)
    shown = fiedler.run("show", match.group() if match else "none")
    there = len(answer & words(shown.stdout)) >= 0.7 * len(answer) > 0
    checks.check("show prints the answers that were watched", shown.returncode == 0 and there, shown.stdout[-600:])


def judge_and_check(checks: Checks, fiedler: Fiedler) -> None:
    """Three answers are merged by one of the models and ranked by all of them; a verdict is counted."""
    names = [*MODELS, *THIRD]
    models = [word for name in names for word in ("-m", name)]
    result = fiedler.run("send", "--json", *models, "--synthesize", "smollm2:merge", JUDGED_PROMPT)
    checks.check("synthesis: exit status 0", result.returncode == 0, f"{result.returncode}: {result.stderr[-600:]}")
    try:
        answer = json.loads(result.stdout)
    except ValueError:
        checks.check("synthesis: prints one JSON object", False, result.stdout[-600:])
        return
    merged = answer.get("synthesis") or {}
    sources = {each.get("label"): str(each.get("model")).split("/")[-1] for each in merged.get("sources", [])}
    all_read = sorted(sources) == ["A", "B", "C"] and sorted(sources.values()) == sorted(names)
    checks.check("synthesis: each of the three answers was read under a letter", all_read, merged)
    checks.check("synthesis: the model wrote a text", bool((merged.get("text") or "").strip()), merged)
    identifier = answer.get("conversation_id") or "none"
    council = fiedler.run("synthesize", identifier, "-m", "smollm2", "-t", "council", "--json", "--turn", "1")
    checks.check("council: exit status 0", council.returncode == 0, f"{council.returncode}: {council.stderr[-600:]}")
    exported = fiedler.run("export", identifier, "--format", "json")
    try:
        exchanges = json.loads(exported.stdout)["exchanges"]
    except (ValueError, KeyError):
        checks.check("council: the conversation is exported", False, exported.stdout[-300:] + exported.stderr[-300:])
        return
    prompts = [len(exchange.get("replies", [])) for exchange in exchanges]
    promise = "council: three answers, a merge, three rankings and the chair's answer are kept"
    checks.check(promise, prompts == [3, 1, 3, 1], prompts)
    verdict = fiedler.run("verdict", identifier, "best", "smollm2-b", "--note", "shortest")
    checks.check("verdict: exit status 0", verdict.returncode == 0, verdict.stderr[-300:])
    counted = fiedler.run("stats", "verdict:best", "--json")
    row = next((row for row in json.loads(counted.stdout)["models"] if "smollm2-b" in json.dumps(row)), {})
    checks.check("statistics: the verdict counts for its model", '"verdicts_best": 1' in json.dumps(row), row)


def main() -> int:
    fiedler = Fiedler(sys.argv[1], pathlib.Path(sys.argv[2]))
    terminal, checks = Terminal(fiedler), Checks()
    sent = send_and_check(checks, fiedler)
    answer = watch_and_check(checks, terminal)
    terminal.tmux("kill-server")  # only if it did not quit
    return_and_check(checks, terminal, answer)
    list_and_check(checks, fiedler, sent, answer)
    judge_and_check(checks, fiedler)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
