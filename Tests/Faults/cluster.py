"""A PostgreSQL cluster on loopback: etcd, two Patroni nodes with synchronous replication, HAProxy, two PgBouncers."""

import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import time
import urllib.request

from programs import PostgreSQL, Problem, Process, free_port

NODES = (1, 2)


class Cluster:
    """HAProxy leads to the primary, two PgBouncers, one in each mode, lead through HAProxy."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.binaries = folder, PostgreSQL.find()
        self.user: dict[str, object] = {}
        folder.mkdir()
        if os.geteuid() == 0:  # PostgreSQL and PgBouncer refuse to run as root
            account = pwd.getpwnam("postgres")
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(folder, account.pw_uid, account.pw_gid)
        self.ports = {name: free_port() for name in
                      ("etcd", "peer", "pg1", "pg2", "rest1", "rest2", "primary", "pgbouncer", "session")}
        self.programs: dict[str, Process] = {}
        self.frozen: list[int] = []
        self.clones = 0
        self.database = "postgres"

    # The parts

    def spawn(self, name: str, *command: str) -> None:
        self.programs[name] = Process(
            list(command), self.folder / f"{name}.log", cwd=self.folder,
            env={"PATH": "/usr/bin:/usr/sbin:/bin", "HOME": str(self.folder), "LC_ALL": "C"}, **self.user)

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        if self.user:
            os.chown(path, self.user["user"], self.user["group"])
        path.chmod(0o600)
        return str(path)

    def start(self) -> None:
        client, peer = (f"http://127.0.0.1:{self.ports[name]}" for name in ("etcd", "peer"))
        self.spawn("etcd", "etcd", "--data-dir", str(self.folder / "etcd"), "--listen-client-urls", client,
                   "--advertise-client-urls", client, "--listen-peer-urls", peer,
                   "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}")
        self.start_node(1)
        self.wait("the primary", lambda: self.primary() == 1)
        self.start_node(2)
        self.wait("the synchronous standby", self.is_whole)
        self.spawn("haproxy", "haproxy", "-db", "-f", self.write("haproxy.cfg", f"""
defaults
  mode tcp
  timeout connect 3s
  timeout client 10m
  timeout server 10m
listen primary
  bind 127.0.0.1:{self.ports["primary"]}
  option httpchk OPTIONS /primary
  http-check expect status 200
  timeout check 2s
  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
  server n1 127.0.0.1:{self.ports["pg1"]} check port {self.ports["rest1"]}
  server n2 127.0.0.1:{self.ports["pg2"]} check port {self.ports["rest2"]}
"""))
        users = self.write("users.txt", '"postgres" "x"\n')
        for name, mode in (("pgbouncer", "transaction"), ("session", "session")):
            self.spawn(name, "pgbouncer", self.write(f"{name}.ini", f"""
[databases]
* = host=127.0.0.1 port={self.ports["primary"]} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.ports[name]}
unix_socket_dir =
auth_type = any
auth_file = {users}
pool_mode = {mode}
default_pool_size = {4 if mode == "transaction" else 12}
"""))
        self.wait("HAProxy", lambda: self.psql("SELECT 1", may_fail=True).returncode == 0)

    def start_node(self, n: int) -> None:
        self.spawn(f"n{n}", "patroni", self.write(f"n{n}.yml", f"""
scope: godot
name: n{n}
restapi: {{listen: "127.0.0.1:{self.ports[f'rest{n}']}", connect_address: "127.0.0.1:{self.ports[f'rest{n}']}"}}
etcd3: {{host: "127.0.0.1:{self.ports["etcd"]}"}}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 3
    retry_timeout: 5
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      parameters: {{wal_log_hints: "on", max_connections: 60, shared_buffers: 64MB, track_commit_timestamp: "on"}}
  initdb: [{{encoding: UTF8}}, {{locale: C.UTF-8}}, data-checksums]
  pg_hba: [host replication all 127.0.0.1/32 trust, host all all 127.0.0.1/32 trust]
postgresql:
  listen: "127.0.0.1:{self.ports[f'pg{n}']}"
  connect_address: "127.0.0.1:{self.ports[f'pg{n}']}"
  data_dir: {self.folder}/data{n}
  bin_dir: {self.binaries}
  pgpass: {self.folder}/pgpass{n}
  authentication:
    superuser: {{username: postgres, password: x}}
    replication: {{username: replicator, password: x}}
    rewind: {{username: rewinder, password: x}}
  parameters: {{unix_socket_directories: "{self.folder}"}}
"""))

    # What it is doing

    @staticmethod
    def wait(what: str, condition, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise Problem(f"{what} has not come within {seconds:g} s")
            time.sleep(0.3)

    def state(self, n: int) -> dict:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[f'rest{n}']}/patroni", timeout=1) as answer:
                return json.load(answer)
        except OSError:  # it is down or frozen
            return {}

    def primary(self) -> int | None:
        for n in NODES:
            state = self.state(n)
            if state.get("role") in ("master", "primary") and state.get("state") == "running":
                return n
        return None

    def is_whole(self) -> bool:
        """Whether the primary has a synchronous standby."""
        n = self.primary()
        return n is not None and any(each.get("sync_state") == "sync" for each in self.state(n).get("replication", []))

    def postmaster(self, n: int) -> list[int]:
        try:
            return [int((self.folder / f"data{n}" / "postmaster.pid").read_text().split()[0])]
        except (OSError, ValueError, IndexError):  # it does not run
            return []

    def processes(self, n: int) -> list[int]:
        children: dict[int, list[int]] = {}
        for line in subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.splitlines():
            child, parent = map(int, line.split())
            children.setdefault(parent, []).append(child)
        found = [self.programs[f"n{n}"].process.pid, *self.postmaster(n)]
        for process in found:
            found += [child for child in children.get(process, []) if child not in found]
        return found

    # What happens to it

    def signal_node(self, n: int, number: int) -> None:
        for process in self.processes(n):
            try:
                os.kill(process, number)
            except ProcessLookupError:  # gone meanwhile
                pass

    def kill_primary(self) -> None:
        """As by a loss of power: its Patroni, its postmaster and all backends at once."""
        n = self.primary()
        self.signal_node(n, signal.SIGKILL)
        self.programs[f"n{n}"].process.wait()

    def freeze_primary(self) -> None:
        n = self.primary()
        self.frozen.append(n)
        self.signal_node(n, signal.SIGSTOP)

    def change_over(self) -> None:
        """As somebody does it who wants to work on the primary."""
        n = self.primary()
        other = next(each for each in NODES if each != n)
        body = json.dumps({"leader": f"n{n}", "candidate": f"n{other}"}).encode()
        order = urllib.request.Request(f"http://127.0.0.1:{self.ports[f'rest{n}']}/switchover", body, method="POST")
        with urllib.request.urlopen(order, timeout=60):
            self.wait("the other primary", lambda: self.primary() == other)

    def take_writes(self, can_write: bool) -> None:
        """Or none, until it may again."""
        setting = "RESET default_transaction_read_only" if can_write else "SET default_transaction_read_only = on"
        self.psql(f"ALTER SYSTEM {setting}")
        self.psql("SELECT pg_reload_conf()")

    def mend(self) -> None:
        """Starts what is dead; what is frozen dies first, as by its watchdog: thawed, it would be a second primary."""
        for n in self.frozen:
            self.signal_node(n, signal.SIGKILL)
            self.programs[f"n{n}"].process.wait()
        self.frozen = []
        for n in NODES:
            if not self.programs[f"n{n}"].runs:
                self.start_node(n)
        try:
            self.wait("the synchronous standby", self.is_whole, 120)  # it may have to be rewound
        except Problem:
            # What a rewind cannot mend is cloned, which an operator would have ordered too.
            self.clone_standby()
            self.wait("the synchronous standby", self.is_whole, 300)

    def clone_standby(self) -> None:
        self.wait("a primary", lambda: self.primary() is not None)
        primary = self.primary()
        standby = next(n for n in NODES if n != primary)
        self.signal_node(standby, signal.SIGKILL)
        self.programs[f"n{standby}"].process.wait()
        shutil.rmtree(self.folder / f"data{standby}", ignore_errors=True)
        self.start_node(standby)
        self.clones += 1

    def stop(self) -> None:
        for n in NODES:
            if f"n{n}" in self.programs:
                self.signal_node(n, signal.SIGKILL)
        for program in self.programs.values():
            program.kill()

    # As `PostgreSQL` in programs.py, of the primary

    @property
    def address(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.ports["primary"]), "-U", "postgres"]

    def url(self, port: str = "primary") -> str:
        return f"postgres://postgres@127.0.0.1:{self.ports[port]}/{self.database}"

    def hosts_url(self) -> str:
        """Both nodes, without HAProxy."""
        hosts = ",".join(f"127.0.0.1:{self.ports[f'pg{n}']}" for n in NODES)
        return f"postgres://postgres@{hosts}/{self.database}"

    def command(self, name: str, *arguments: str, may_fail: bool = False) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [str(self.binaries / name), *arguments], cwd="/", stdin=subprocess.DEVNULL, capture_output=True,
            encoding="utf-8", check=False, env=os.environ | {"PGCONNECT_TIMEOUT": "5"}, **self.user)
        if result.returncode != 0 and not may_fail:
            raise Problem(f"{name}: exit status {result.returncode}: {result.stderr[-600:]}")
        return result

    def psql(self, sql: str, may_fail: bool = False) -> subprocess.CompletedProcess[str]:
        return self.command("psql", *self.address, "-XAtqc", sql, self.database, may_fail=may_fail)

    def lines(self, sql: str) -> list[str]:
        return self.psql(sql).stdout.split("\n")[:-1]

    def new_database(self, name: str) -> None:
        self.database = "postgres"
        # HAProxy may lead to a node that is about to stand back.
        self.wait("a primary that takes writes", lambda: self.makes_database(name))
        self.wait("the database on both nodes", lambda: all(self.has_database(n, name) for n in NODES))
        self.database = name

    def has_database(self, n: int, name: str) -> bool:
        """A standby has received it before it shows it."""
        address = ["-h", "127.0.0.1", "-p", str(self.ports[f"pg{n}"]), "-U", "postgres"]
        return self.command("psql", *address, "-XAtqc", "SELECT 1", name, may_fail=True).returncode == 0

    def makes_database(self, name: str) -> bool:
        found = self.psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'", may_fail=True)
        return found.stdout.strip() == "1" or self.psql(f"CREATE DATABASE {name}", may_fail=True).returncode == 0
