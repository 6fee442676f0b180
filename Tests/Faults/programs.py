"""The programs that are killed: fiedler, its log server and PostgreSQL, each in folders of the run's own."""

import argparse
import contextlib
import fcntl
import os
import pathlib
import pty
import pwd
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
import urllib.request

MODELS = ["oak", "elm", "fir"]


def arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Of a script that is started with a folder and the binary. Ends the process with 2 where that is not there; a
    polite end from outside lets what is under way be cleaned up."""
    parser.add_argument("--folder", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("fiedler", nargs="?", default=os.environ.get("FIEDLER", ""))
    options = parser.parse_args()
    options.fiedler = os.path.realpath(options.fiedler)
    if not os.access(options.fiedler, os.X_OK):
        parser.error(f"{options.fiedler} is not there: swift build -c release --product fiedler")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    return options


class Problem(Exception):
    """The run cannot go on, or has found what it was looking for."""


def free_port() -> int:
    """From below the range that outgoing connections get, so that it stays free while its server is away."""
    while True:
        port = 15_000 + int.from_bytes(os.urandom(2)) % 15_000
        with socket.socket() as attempt:
            with contextlib.suppress(OSError):  # taken: the next one
                attempt.bind(("127.0.0.1", port))
                return port


class Process:
    """One process that may be killed. `kill` says whether it was this very signal that ended it."""

    def __init__(self, command: list[str], log: pathlib.Path, **options: object) -> None:
        with log.open("ab") as errors:
            given = {"stdin": subprocess.DEVNULL, "stdout": errors, "stderr": errors} | options
            self.process = subprocess.Popen(command, **given)
        self.log = log
        self.was_killed = False

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            self.process.send_signal(number)

    def kill(self) -> bool:
        if not self.runs:
            return False
        self.was_killed = True
        self.send(signal.SIGKILL)
        return self.process.wait() == -signal.SIGKILL

    def end(self, seconds: float) -> int | None:
        """Asks it to end; its exit status, or `None` if it had to be killed."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-600:].strip()


class Sandbox:
    """Folders and environment for fiedler; nothing of the user's own settings or keys reaches it."""

    def __init__(self, binary: str, folder: pathlib.Path, provider: str, godot: str) -> None:
        self.binary, self.folder = binary, folder
        config = folder / "config" / "fiedler"
        config.mkdir(parents=True)
        (folder / "work").mkdir()
        (config / "config.yaml").write_text(f'godot:\n  url: "{godot}"\n')
        models = [f"      {name}:\n        timeout: 60\n        retry_attempts: 1" for name in MODELS]
        head = ["providers:", "  forest:", "    api_key_env: FOREST_API_KEY", f"    base_url: {provider}", "    models:"]
        (config / "models.yaml").write_text("\n".join([*head, *models, "defaults:", "  models: [oak, elm]"]) + "\n")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "FOREST_API_KEY": "not-a-secret",
        }

    @property
    def data(self) -> pathlib.Path:
        return self.folder / "data" / "fiedler"

    def start(self, *arguments: str, log: str = "fiedler.log", **options: object) -> Process:
        return Process(
            [self.binary, *arguments], self.folder / log, env=self.environment, cwd=self.folder / "work", **options
        )

    def run(self, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [self.binary, *arguments], env=self.environment, cwd=self.folder / "work", stdin=subprocess.DEVNULL,
                capture_output=True, encoding="utf-8", errors="replace", timeout=seconds, check=False,
            )
        except subprocess.TimeoutExpired:
            raise Problem(f"fiedler {' '.join(arguments)[:200]} has not ended after {seconds:g} s") from None


class Screen:
    """The interactive fiedler on a terminal that nobody looks at; what it draws is read and thrown away."""

    def __init__(self, sandbox: Sandbox, *arguments: str) -> None:
        self.terminal, inside = pty.openpty()
        # Of closing the terminal and writing to it: its number may be another file's as soon as it is closed.
        self.lock = threading.Lock()
        self.is_closed = False
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        # setsid gives it the terminal as its controlling one and becomes it, so that the process id is fiedler's.
        self.process = Process(
            ["setsid", "--ctty", sandbox.binary, *arguments], sandbox.folder / "screen.log", env=sandbox.environment,
            cwd=sandbox.folder / "work", stdin=inside, stdout=inside, stderr=inside,
        )
        os.close(inside)
        threading.Thread(target=self.drain, daemon=True).start()

    def take(self, data: bytes) -> None:
        """Nobody looks at it."""

    def drain(self) -> None:
        with contextlib.suppress(OSError):  # EIO: nobody has the other end any more
            while data := os.read(self.terminal, 65536):
                self.take(data)
        with self.lock:
            self.is_closed = True
            os.close(self.terminal)

    def type(self, text: str) -> None:
        with self.lock, contextlib.suppress(OSError):  # it has been killed
            if not self.is_closed:
                os.write(self.terminal, text.encode())


class Terminal(Screen):
    """What is drawn on it is kept."""

    def __init__(self, sandbox: Sandbox, *arguments: str) -> None:
        self.seen = bytearray()
        self.closed = threading.Event()
        super().__init__(sandbox, *arguments)

    def take(self, data: bytes) -> None:
        self.seen += data

    def drain(self) -> None:
        super().drain()
        self.closed.set()

    def wait_until_drawn(self, seconds: float = 20) -> None:
        """Before, the terminal itself would echo what is typed."""
        deadline = time.monotonic() + seconds
        while b"\x1b[?1049h" not in self.seen:
            if time.monotonic() > deadline:
                raise Problem("the screen has drawn nothing")
            time.sleep(0.02)
        time.sleep(0.3)

    def resize(self, columns: int, rows: int) -> None:
        with self.lock, contextlib.suppress(OSError):  # it has been killed
            if not self.is_closed:
                fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class LogServer:
    """`fiedler godot serve` on one port, killed and started again."""

    def __init__(self, sandbox: Sandbox, port: int, store: str) -> None:
        self.sandbox, self.port, self.store = sandbox, port, store
        self.lock = threading.Lock()
        self.starts = 0
        self.start()

    def start(self) -> None:
        self.starts += 1
        self.process = self.sandbox.start(
            "godot", "serve", "--port", str(self.port), "--store", self.store, log="server.log"
        )

    def wait_until_ready(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise Problem(f"the log server is not ready: {error}\n{self.process.last_words()}") from None
            time.sleep(0.05)


class PostgreSQL:
    """A real one, of this run's own; started as another user where this one is root, which PostgreSQL refuses."""

    database = "godot"

    def __init__(self, folder: pathlib.Path) -> None:
        self.binaries = self.find()
        self.folder, self.port = folder, free_port()
        self.user: dict[str, object] = {}
        if os.geteuid() == 0:
            names = [each.pw_name for each in pwd.getpwall()]
            account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            folder.mkdir(mode=0o700)
            os.chown(folder, account.pw_uid, account.pw_gid)
        else:
            folder.mkdir(mode=0o700)
        self.log = folder.parent / "postgres.log"
        self.command("initdb", "-D", str(folder / "data"), "-U", "fiedler", "-A", "trust", "-E", "UTF8", "--locale=C")
        self.process: Process | None = None
        self.start()
        self.wait_until_ready()
        self.command("createdb", *self.address, "godot")

    @staticmethod
    def find() -> pathlib.Path:
        """Debian puts them where PATH does not look."""
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
        if not found:
            raise Problem("PostgreSQL is needed (Debian: postgresql)")
        return found[-1].parent

    @property
    def address(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "fiedler"]

    @property
    def url(self) -> str:
        return f"postgres://fiedler@127.0.0.1:{self.port}/godot"

    def command(self, name: str, *arguments: str, may_fail: bool = False) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [str(self.binaries / name), *arguments], cwd="/", stdin=subprocess.DEVNULL, capture_output=True,
            encoding="utf-8", check=False, env=os.environ | {"PGCLIENTENCODING": "UTF8"}, **self.user,
        )
        if result.returncode != 0 and not may_fail:
            raise Problem(f"{name}: exit status {result.returncode}: {result.stderr[-600:]}")
        return result

    def start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": "on",
            "track_commit_timestamp": "on", "shared_buffers": "32MB", "max_connections": 40,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.process = Process(
            [str(self.binaries / "postgres"), "-D", str(self.folder / "data"), *options], self.log, cwd="/", **self.user
        )

    def wait_until_ready(self, seconds: float = 60) -> None:
        """A killed postmaster's children hold on to its memory for a moment: it is started again until it stays."""
        deadline = time.monotonic() + seconds
        while self.command("pg_isready", *self.address, may_fail=True).returncode != 0:
            if time.monotonic() > deadline:
                raise Problem(f"PostgreSQL is not ready:\n{self.process.last_words()}")
            if not self.process.runs:
                self.start()
            time.sleep(0.1)

    def kill_backend(self, chance: object) -> bool:
        """Kills one connection's process, after which the postmaster ends all others and recovers from its log."""
        sql = "SELECT pid FROM pg_stat_activity WHERE datname = 'godot' AND pid <> pg_backend_pid()"
        found = self.command("psql", *self.address, "-XAtqc", sql, "godot", may_fail=True).stdout.split()
        if not found:
            return False
        try:
            os.kill(int(chance.choice(found)), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def lines(self, sql: str) -> list[str]:
        return self.command("psql", *self.address, "-XAtqc", sql, "godot").stdout.split("\n")[:-1]
