"""A batch of rows and demo models that is killed again and again. Called by `batch`, which says how."""

import argparse
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

# Answers of 40 tokens in a quarter of a second: three models at three paces.
MODELS = ["demo/rate-200x40", "demo/rate-400x40", "demo/rate-150x30"]
# 20 tokens within 20 ms behind the 50 ms that every demo model waits first.
QUICK_SECONDS = 0.07


class Home:
    """Folders of its own, and the program in them."""

    def __init__(self, fiedler: str, folder: pathlib.Path) -> None:
        self.fiedler, self.folder = fiedler, folder
        folder.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(folder)} | {
            f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE")
        }

    def rows(self, count: int) -> str:
        path = self.folder / "rows.jsonl"
        path.write_text("".join(json.dumps({"prompt": f"Question {number}"}) + "\n" for number in range(count)))
        return str(path)

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [self.fiedler, "batch", "--quiet", *arguments], env=self.environment, cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        output, errors = process.communicate()
        if process.returncode != 0:
            sys.exit(f"fiedler batch {' '.join(arguments)}: exit status {process.returncode}\n{errors}")
        return output

    def query(self, sql: str) -> list[tuple]:
        with sqlite3.connect(f"file:{self.folder}/data/fiedler/fiedler.db?mode=ro", uri=True, timeout=10) as database:
            return database.execute(sql).fetchall()


def answered(home: Home) -> int:
    return home.query("SELECT count(*) FROM replies WHERE state = 'success'")[0][0]


def kills(home: Home, rows: int, count: int, chance: random.Random) -> list[str]:
    """What is wrong afterwards."""
    models = [word for model in MODELS for word in ("-m", model)]
    process = home.start(home.rows(rows), *models, "--jobs", "24")
    identity = None
    for number in range(count):
        # After a random part of what is left.
        until, before = 0, None
        while True:
            try:
                done = answered(home)
            except sqlite3.OperationalError:  # the tables are being made
                done = 0
            if before is None:
                before = done
                until = done + chance.randint(1, max(1, (rows * len(MODELS) - done) // 3))
            if done >= until:
                break
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        identity = identity or home.run("--list").split()[0]
        print(f"kill {number + 1} at {answered(home)} of {rows * len(MODELS)} answers", flush=True)
        process = home.start("--resume", identity)
    _, errors = process.communicate()
    wrong = [] if process.returncode == 0 else [f"the last run ended with {process.returncode}: {errors}"]
    cells = rows * len(MODELS)
    attempts = home.query("SELECT count(*) FROM replies")[0][0]
    successes = home.query("SELECT prompt_id, model FROM replies WHERE state = 'success'")
    again = home.query(
        "SELECT count(*) FROM replies AS late JOIN replies AS early USING (prompt_id, model)"
        " WHERE early.state = 'success' AND late.attempt > early.attempt"
    )[0][0]
    cut = home.query("SELECT count(*) FROM replies WHERE state = 'interrupted'")[0][0]
    conversations = home.query("SELECT count(*) FROM conversations")[0][0]
    print(f"{len(successes)} answers, {attempts} attempts, {cut} cut off by {count} kills, {again} asked again")
    if len(successes) != cells or len(set(successes)) != cells:
        wrong.append(f"{len(set(successes))} of {cells} cells have an answer, {len(successes)} answers there are")
    if conversations != rows:
        wrong.append(f"{conversations} conversations for {rows} rows")
    if again:
        wrong.append(f"{again} attempts at cells that had their answer")
    if attempts != cells + cut:
        wrong.append(f"{attempts} attempts are not {cells} answers and {cut} that were cut off")
    return wrong


def overhead(home: Home, rows: int) -> None:
    """What a cell takes beyond the model, with 64 at once: the time of the whole by its cells."""
    cells = rows * 4
    models = [word for suffix in range(4) for word in ("-m", f"demo/rate-{1000 + suffix}x20")]
    path = home.rows(rows)
    begin = time.monotonic()
    home.run(path, *models, "--jobs", "64")
    elapsed = time.monotonic() - begin
    beyond = (elapsed - cells / 64 * QUICK_SECONDS) / cells * 1000
    print(f"{cells} cells, 64 at once: {elapsed:.2f} s, {beyond:.2f} ms a cell beyond its model")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("fiedler", nargs="?", default=os.environ.get("FIEDLER"))
    given = parser.parse_args()
    if not given.fiedler or not os.access(given.fiedler, os.X_OK):
        print(f"{given.fiedler} is no program", file=sys.stderr)
        sys.exit(2)
    print(f"seed {given.seed}")
    fiedler = str(pathlib.Path(given.fiedler).absolute())
    with tempfile.TemporaryDirectory(prefix="fiedler-batch.") as folder:
        wrong = kills(Home(fiedler, pathlib.Path(folder) / "kills"), given.rows, given.kills, random.Random(given.seed))
        overhead(Home(fiedler, pathlib.Path(folder) / "overhead"), given.rows)
    for words in wrong:
        print(f"WRONG: {words}")
    sys.exit(1 if wrong else 0)


main()
