"""A home of its own for the measured program, and the server it talks to."""

import contextlib
import os
import pathlib
import sqlite3
import subprocess
import threading



class Server:
    """sse_server: ends with this process at the latest, for then its standard input ends."""

    def __init__(self, tools: pathlib.Path):
        self.process = subprocess.Popen(
            [str(tools / "sse_server")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().split()[1]}/v1"
        self.marks: list[tuple[int, int]] = []  # (character, when it was written: monotonic nanoseconds)
        self.reader = threading.Thread(target=self.read_marks, daemon=True)
        self.reader.start()

    def read_marks(self) -> None:
        for line in self.process.stdout:
            _, code, time = line.split()
            self.marks.append((int(code), int(time)))

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.reader.join()


class Sandbox:
    """Folders and environment for fiedler; nothing of the user's own settings or keys reaches it."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        folder.mkdir()
        (folder / "config" / "fiedler").mkdir(parents=True)
        # What logging costs is the subject of few benchmarks only.
        self.write_settings("off")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "FIEDLER_CONFIG": str(folder / "models.yaml"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "BENCHMARK_API_KEY": "not-a-secret",
        }

    @property
    def database(self) -> pathlib.Path:
        return self.folder / "data" / "fiedler" / "fiedler.db"

    def write_settings(self, godot: str) -> None:
        """config.yaml: where Fiedler logs to."""
        (self.folder / "config" / "fiedler" / "config.yaml").write_text(f'godot:\n  url: "{godot}"\n')

    def write_no_models(self) -> None:
        """models.yaml without an entry: what is left are the demo models."""
        (self.folder / "models.yaml").write_text("defaults: {models: [demo/quick]}\n")

    def write_models(self, url: str, served: list[str], defaults: list[str]) -> None:
        """models.yaml: names that the server understands. The demo models are built in and need no entry."""
        entries = [f"      {name}:\n        timeout: 120\n        retry_attempts: 1" for name in served]
        provider = ["  benchmark:", "    kind: openai", "    api_key_env: BENCHMARK_API_KEY", f"    base_url: {url}"]
        lines = ["providers:", *provider, "    models:", *entries, "defaults:", f"  models: [{', '.join(defaults)}]"]
        (self.folder / "models.yaml").write_text("\n".join(lines) + "\n")

    def kept_bytes(self) -> dict[str, int]:
        """How much text the newest prompt's models have sent, by model, as the database of the ended program has it."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            rows = database.execute(
                "SELECT provider || '/' || model, max(saved_text, length(CAST(text AS BLOB))) FROM replies"
                " WHERE prompt_id = (SELECT max(id) FROM prompts)"
            )
            return dict(rows.fetchall())
