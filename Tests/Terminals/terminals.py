"""Plays a scenario with real keys in each terminal and prints what held. Started by `run`, which says how."""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import sys
import time

from machines import ENDING, Missed, Terminal, terminals
from scenario import CHECKS, Trial


def run(terminal: Terminal, options: argparse.Namespace, fiedler: str) -> Trial:
    trial = Trial(terminal, fiedler, options.folder / re.sub(r"\W+", "-", terminal.name), options.pictures)
    began = time.monotonic()
    try:
        trial.play()
    except Missed as missed:
        trial.results.setdefault("start", f"no: {missed}")
        trial.picture("missed")
    finally:
        trial.end()
    trial.facts["seconds"] = round(time.monotonic() - began)
    return trial


def table(trials: list[Trial]) -> bool:
    """Prints what held; whether all did that the terminals can do."""
    wide = max(len(trial.name_and_version) for trial in trials)
    print(" " * wide, *CHECKS, sep="  ")
    notes, is_good = [], True
    for trial in trials:
        cells = []
        for name in CHECKS:
            result = trial.results.get(name, "no: not tried")
            limit = trial.terminal.limits.get(name)
            if not result.startswith("no"):
                cells.append("✓")
            elif limit:
                cells.append("–")
                notes.append(f"{trial.terminal.name}, {name}: {limit}")
            else:
                cells.append("✗")
                notes.append(f"{trial.terminal.name}, {name}: WRONG, {result[4:]}")
                is_good = False
        print(trial.name_and_version.ljust(wide), *(c.center(len(n)) for n, c in zip(CHECKS, cells)), sep="  ")
    print("\n✓ it does, – the terminal cannot, ✗ it should\n")
    print(*notes, sep="\n")
    return is_good


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--pictures", type=pathlib.Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--facts", action="store_true")
    parser.add_argument("fiedler", nargs="?", default=os.environ["FIEDLER"])
    options = parser.parse_args()
    if not os.access(options.fiedler, os.X_OK):
        print(f"{options.fiedler} is no program: build it, or name another", file=sys.stderr)
        return 2
    if options.pictures and not shutil.which("import"):
        print("pictures need import (Debian: imagemagick)", file=sys.stderr)
        return 2
    fiedler = str(pathlib.Path(options.fiedler).resolve())
    signal.signal(signal.SIGTERM, lambda *_: ENDING.set())
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    wanted = [each for each in terminals(options.folder)
              if not options.only or any(name in each.name for name in options.only)]
    there = [each for each in wanted if not each.missing]
    # Most of a trial is waiting for a terminal.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        trials = list(pool.map(lambda each: run(each, options, fiedler), there))
    for each in wanted:
        if each.missing:
            print(f"{each.name}: skipped, not installed (Debian: {' '.join(each.missing)})")
    if not trials:
        return 2
    is_good = table(trials)
    if options.facts:
        for trial in trials:
            print(f"\n{trial.name_and_version}")
            for name, fact in trial.facts.items():
                print(f"  {name}: {fact}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
