"""`fiedler godot serve` on SQLite and on a real PostgreSQL, and an environment with the Python client in it."""

import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

import processes
from connections import Connection
from processes import BenchmarkFailure

STARTUP_SECONDS = 30


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def tail(path: pathlib.Path) -> str:
    return path.read_text(errors="replace").strip()[-600:] if path.exists() else ""


class PostgreSQL:
    """A database server of this benchmark's own: durable (fsync on), otherwise as `initdb` makes it."""

    def __init__(self, folder: pathlib.Path):
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        if not programs:
            raise BenchmarkFailure("there is no PostgreSQL server (Debian: postgresql)")
        self.programs = programs[-1]
        self.folder = folder
        self.data = folder / "postgresql"
        self.port = free_port()
        folder.mkdir(mode=0o755, exist_ok=True)
        self.data.mkdir(mode=0o700)
        self.user: str | None = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self.user = next(name for name in ("postgres", "nobody") if self.exists(name))
            shutil.chown(self.data, self.user)
            self.open_way_to(self.data.parent)
        self.run("initdb", "-D", str(self.data), "-U", "godot", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        settings = f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = ''\nfsync = on\n"
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(settings)
        self.log = self.data / "server.log"
        self.run("pg_ctl", "-D", str(self.data), "-l", str(self.log), "-w", "-t", str(STARTUP_SECONDS), "start")
        self.version = self.query("SHOW server_version", "postgres").split()[0]

    @staticmethod
    def exists(user: str) -> bool:
        try:
            return pwd.getpwnam(user) is not None
        except KeyError:
            return False

    @staticmethod
    def open_way_to(folder: pathlib.Path) -> None:
        """Lets the other user pass through the temporary folders above, which are made for their owner alone."""
        for parent in [folder, *folder.parents]:
            if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)

    def run(self, program: str, *options: str) -> str:
        command = [str(self.programs / program), *options]
        # Not a pipe: the server that pg_ctl starts would keep it open.
        log = self.folder / f"{program}.log"
        with log.open("wb") as file:
            result = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, user=self.user, cwd=self.data,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}, check=False,
            )
        if result.returncode != 0:
            raise BenchmarkFailure(f"{program}: {tail(log)} {tail(self.data / 'server.log')}")
        return log.read_text(errors="replace")

    def query(self, sql: str, database: str) -> str:
        return self.run(
            "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "godot", "-d", database, "-XAtqc", sql
        ).strip()

    def url(self, database: str) -> str:
        return f"postgres://godot@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> None:
        self.query(f"CREATE DATABASE {database}", "postgres")

    def close(self) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")


class LogServer:
    """`fiedler godot serve` with a storage of its own, empty when it starts."""

    made = 0

    def __init__(self, binary: str, folder: pathlib.Path, postgresql: PostgreSQL | None = None):
        LogServer.made += 1
        name = f"server{LogServer.made}"
        self.folder = folder / name
        self.folder.mkdir()
        self.postgresql, self.database = postgresql, name
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}"
        if postgresql:
            postgresql.create(name)
        self.log = self.folder / "log"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "XDG_CONFIG_HOME": str(self.folder),
            "XDG_DATA_HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder),
        }
        store = postgresql.url(name) if postgresql else str(self.folder / "godot.db")
        command = [binary, "godot", "serve", "--port", str(self.port), "--store", store]
        with self.log.open("wb") as file:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        self.wait_until_well()

    def wait_until_well(self) -> None:
        deadline = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise BenchmarkFailure(f"the log server has ended: {tail(self.log)}")
            with contextlib.suppress(OSError, urllib.error.URLError):
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as response:
                    if response.status == 200:
                        return
            time.sleep(0.02)
        raise BenchmarkFailure(f"the log server is not well after {STARTUP_SECONDS} s: {tail(self.log)}")

    def count(self, table: str) -> int:
        """Rows that are committed, as another connection to the database sees them."""
        sql = f"SELECT count(*) FROM {table}"
        if self.postgresql:
            return int(self.postgresql.query(sql, self.database))
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/godot.db?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchone()[0]

    def memory_kb(self, name: str = "VmRSS") -> int:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in status if line.startswith(name + ":")).split()[1])

    def cpu_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class PythonClient:
    """godot_client.py and the `websockets` package, in a virtual environment of their own."""

    def __init__(self, folder: pathlib.Path):
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
        # The user's own choice of index and proxy counts.
        chosen = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT")
        self.environment |= {k: v for k, v in os.environ.items() if k.startswith(chosen)}
        self.python = str(folder / "venv" / "bin" / "python")
        processes.output([sys.executable, "-m", "venv", str(folder / "venv")], self.environment)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "websockets"]
        processes.output([self.python, *install], self.environment)
        show = "import importlib.metadata as m; print(m.version('websockets'))"
        self.version = processes.output([self.python, "-c", show], self.environment).strip()

    def records_a_second(
        self, mode: str, server: "LogServer | QueueingServer", count: int, window: int = 256
    ) -> tuple[float, float]:
        """Sends and returns the rate and the CPU seconds, measured by the client itself: Python's own start does not
        count."""
        before = server.count("logs")
        script = str(pathlib.Path(__file__).with_name("godot_client.py"))
        command = [self.python, "-B", script, mode, server.url, str(count), str(window)]
        seconds, cpu = processes.output(command, self.environment, 600).split()
        stored = server.count("logs") - before
        if stored != count:
            raise BenchmarkFailure(f"the Python client ({mode}) sent {count} records, {stored} were stored")
        return count / float(seconds), float(cpu)


class QueueingServer:
    """queueing_server.py: a server as the Python ones in use are built. Ends with this process at the latest."""

    def __init__(self, python: PythonClient):
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}"
        script = str(pathlib.Path(__file__).with_name("queueing_server.py"))
        self.process = subprocess.Popen(
            [python.python, "-B", script, str(self.port)], env=python.environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        if self.process.stdout.readline().strip() != "ready":
            raise BenchmarkFailure("the queueing server has not started")

    def counts(self) -> dict:
        connection = Connection(self.port)
        try:
            answer = connection.request("tools/call", {"name": "benchmark_counts", "arguments": {}})
            return json.loads(answer["content"][0]["text"])
        finally:
            connection.close()

    def count(self, table: str) -> int:
        """Rows that are stored, the queue being empty."""
        deadline = time.monotonic() + 10
        while (counts := self.counts())["queued"] and time.monotonic() < deadline:
            time.sleep(0.05)
        if counts["lost"]:
            raise BenchmarkFailure(f"the queueing server has lost {counts['lost']} records: a batch was too large")
        return counts[table]

    def cpu_seconds(self) -> float:
        return self.counts()["cpu"]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
