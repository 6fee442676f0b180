"""What a power cut leaves of files, as `journal.c` has recorded what was done to them.

The disk is as bad as POSIX lets it be: of what a file was not synced since, any part may be there, in any order and torn
anywhere; a name may be missing or back unless its folder was synced, however often the file itself was. With `lasting_names`
it is kinder, as ext4 and XFS are: syncing any file makes all earlier names last.
"""

import pathlib
import random
import struct
from dataclasses import dataclass, field
from typing import Iterator

SECTOR = 512
HEAD = struct.Struct("<cQQQ")


@dataclass
class Record:
    what: str
    inode: int
    offset: int
    data: bytes


def records(path: pathlib.Path) -> list[Record]:
    content, place, found = path.read_bytes(), 0, []
    while place < len(content):
        what, inode, offset, length = HEAD.unpack_from(content, place)
        place += HEAD.size + length
        found.append(Record(what.decode(), inode, offset, content[place - length : place]))
    return found


def mark(path: pathlib.Path, data: bytes) -> None:
    """Notes in the journal what someone outside has been told by now."""
    with path.open("ab", buffering=0) as journal:
        journal.write(HEAD.pack(b"k", 0, 0, len(data)) + data)


@dataclass
class Node:
    """A file or a folder: what the disk surely has, and what it may have besides, oldest first."""

    sure: object  # of a file its bytes, of a folder its nodes by name
    pending: list[tuple] = field(default_factory=list)
    forgotten: int = 0  # how many have left `pending`

    @property
    def is_folder(self) -> bool:
        return isinstance(self.sure, dict)

    def sync(self, until: int) -> None:
        count = max(0, until - self.forgotten)
        self.sure = self.applied(self.pending[:count])
        del self.pending[:count]
        self.forgotten += count

    def applied(self, acts: list[tuple]) -> object:
        if not acts:
            return self.sure
        if self.is_folder:
            names = dict(self.sure)
            for remove, add, node in acts:
                names.pop(remove, None)
                if add is not None:
                    names[add] = node
            return names
        content = bytearray(self.sure)
        for offset, data in acts:
            if data is None:
                del content[offset:]
                content.extend(bytes(offset - len(content)))
            else:
                content.extend(bytes(max(0, offset - len(content))))
                content[offset : offset + len(data)] = data
        return content

    def after_a_cut(self, chance: random.Random) -> object:
        return self.applied(self.survivors(chance))

    def survivors(self, chance: random.Random) -> list[tuple]:
        """What of the pending acts has reached the disk; kinds that the senses of a file system would not mix."""
        kind = chance.choice(("none", "all", "first", "some", "sectors"))
        share = chance.random()
        if kind == "none":
            return []
        if kind == "all":
            return self.pending
        if self.is_folder or kind != "sectors":
            kept = self.pending[: chance.randint(0, len(self.pending))] if kind == "first" else [
                act for act in self.pending if chance.random() < share
            ]
            if self.is_folder or not kept or kept[-1][1] is None:
                return kept
            offset, data = kept[-1]
            return [*kept[:-1], (offset, data[: chance.randint(0, len(data))])]
        kept = []
        for offset, data in self.pending:
            if data is None:
                if chance.random() < share:
                    kept.append((offset, None))
                continue
            begin = 0
            while begin < len(data):
                end = min(len(data), (offset + begin) // SECTOR * SECTOR + SECTOR - offset)
                if chance.random() < share:
                    kept.append((offset + begin, data[begin:end]))
                begin = end
        return kept


class Disk:
    """Folders and all in them, as they were after the acts that it was told of."""

    def __init__(self, roots: list[pathlib.Path], lasting_names: bool) -> None:
        self.lasting_names = lasting_names
        self.roots = {str(root): Node({}) for root in roots}
        self.names: dict[str, Node] = dict(self.roots)  # as a program sees them now
        self.inodes: dict[int, Node] = {}
        self.begun: dict[int, int] = {}  # how far a sync reaches that has begun

    def do(self, record: Record) -> None:
        match record.what:
            case "o":
                path = record.data.decode()
                if path not in self.names:
                    # What a program opens and has not made was there before all, as settings are.
                    self.add(path, Node({} if record.offset else b""))
                self.inodes[record.inode] = self.names[path]
            case "m":
                path = record.data.decode()
                self.add(path, Node({}))
                self.inodes[record.inode] = self.names[path]
            case "w":
                self.inodes[record.inode].pending.append((record.offset, record.data))
            case "t":
                self.inodes[record.inode].pending.append((record.offset, None))
            case "s":
                node = self.inodes[record.inode]
                self.begun[record.offset] = node.forgotten + len(node.pending)
            case "S":
                self.inodes[record.inode].sync(self.begun.pop(record.offset))
                if self.lasting_names:
                    for node in self.names.values():
                        if node.is_folder:
                            node.sync(node.forgotten + len(node.pending))
            case "u":
                path = record.data.decode()
                self.names.pop(path, None)
                folder, name = self.folder(path)
                folder.pending.append((name, None, None))
            case "r":
                old, new = (part.decode() for part in record.data.split(b"\0"))
                node = self.names.pop(old)
                self.names[new] = node
                (before, name), (after, other) = self.folder(old), self.folder(new)
                if before is after:
                    before.pending.append((name, other, node))
                else:
                    before.pending.append((name, None, None))
                    after.pending.append((None, other, node))

    def add(self, path: str, node: Node) -> None:
        self.names[path] = node
        folder, name = self.folder(path)
        folder.pending.append((None, name, node))

    def folder(self, path: str) -> tuple[Node, str]:
        parent, _, name = path.rpartition("/")
        return self.names[parent], name

    def write(self, root: pathlib.Path, target: pathlib.Path, chance: random.Random | None) -> None:
        """Makes under `target` what is left of `root` after a power cut; without `chance`, after a kill."""
        target.mkdir(parents=True, exist_ok=True)
        for name, node in self.contents(self.roots[str(root)], chance).items():
            self.put(node, target / name, chance)

    @staticmethod
    def contents(node: Node, chance: random.Random | None) -> object:
        return node.after_a_cut(chance) if chance else node.applied(node.pending)

    def put(self, node: Node, target: pathlib.Path, chance: random.Random | None) -> None:
        content = self.contents(node, chance)
        if node.is_folder:
            target.mkdir(exist_ok=True)
            for name, inner in content.items():
                self.put(inner, target / name, chance)
        elif not target.name.endswith("-shm"):  # mapped into memory, and made anew by whoever opens the database
            target.write_bytes(content)
            target.chmod(0o600)


def cuts(found: list[Record], count: int, chance: random.Random) -> Iterator[int]:
    """Random moments, as how many records came before; half of them just behind a promise or around a sync."""
    turning = [place for place, record in enumerate(found) if record.what in "ksSur"]
    for _ in range(count):
        if turning and chance.random() < 0.5:
            yield min(len(found), chance.choice(turning) + chance.randint(0, 3))
        else:
            yield chance.randint(0, len(found))
