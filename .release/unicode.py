"""The part of Foundation's Unicode data that Fiedler can ask for, as an object file to link in place of all of it.

    unicode.py OUTPUT.o

Prints the option that has a linker take it, whatever the order of what it links.

The toolchain's static Foundation brings ICU's data as one object of 34 MB that a linker takes or leaves whole: names of
languages and units in 800 locales, how each sorts, and code pages. Fiedler formats nothing by locale. It asks for borders
of words, normal forms, host names and zones of time, which is what stays. What is asked for beyond that falls back on
ICU's root locale or is answered as missing, as ICU does with any data that was left out
(https://unicode-org.github.io/icu/userguide/icu_data/buildtool.html).

The layout of the data is that of ICU's source/common/ucmndata.h: a header, then a count and (name, data) offsets from
where the count stands, sorted by name. Exits with 1 where the toolchain has no such object.
"""

import fnmatch
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

MEMBER = "icu_packaged_data.cpp.o"
KEPT = (
    "brkitr/*",  # borders of words, with the dictionaries of scripts that write none
    "*.nrm",  # normal forms, IDNA
    "*.spp",  # IDNA's profiles
    "[!u]*.icu", "u[!n]*.icu",  # properties; not the names of characters
    "coll/root.res", "coll/ucadata.icu", "coll/res_index.res",
    "zone/root.res", "zone/en.res", "zone/res_index.res", "zone/tzdbNames.res",
    "zoneinfo64.res", "timezoneTypes.res", "metaZones.res", "windowsZones.res",
    "root.res", "en.res", "en_US.res", "pool.res", "res_index.res", "supplementalData.res", "likelySubtags.res",
    "metadata.res", "numberingSystems.res", "keyTypeData.res", "plurals.res", "icuver.res", "icustd.res",
)  # fmt: skip


def items(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The header, and what follows by name."""
    start = struct.unpack_from("<H", data)[0]
    if data[2:4] != b"\xda\x27" or data[12:16] != b"CmnD":
        sys.exit(f"{MEMBER} holds no data of ICU's common format")
    count = struct.unpack_from("<I", data, start)[0]
    places = [struct.unpack_from("<II", data, start + 4 + 8 * index) for index in range(count)]
    ends = [place for _, place in places[1:]] + [len(data) - start]
    found = {}
    for (name, place), end in zip(places, ends):
        text = data[start + name : data.index(b"\0", start + name)].decode()
        found[text] = data[start + place : start + end]
    return data[:start], found


def packed(header: bytes, kept: dict[str, bytes]) -> bytes:
    """The same layout; every item begins at a multiple of 16, as ICU has it."""
    names, places = b"", []
    first_name = 4 + 8 * len(kept)
    for name in kept:
        places.append(first_name + len(names))
        names += name.encode() + b"\0"
    body = bytearray(first_name) + names
    struct.pack_into("<I", body, 0, len(kept))
    for index, (name, item) in enumerate(kept.items()):
        body += bytes(-(len(header) + len(body)) % 16)
        struct.pack_into("<II", body, 4 + 8 * index, places[index], len(body))
        body += item
    return header + bytes(body)


def is_kept(name: str) -> bool:
    return any(fnmatch.fnmatchcase(name.split("/", 1)[1], pattern) for pattern in KEPT)


def main() -> None:
    for tool in ("swiftc", "ar", "nm", "objcopy", "clang"):
        shutil.which(tool) or sys.exit(f"there is no {tool}")
    asked = subprocess.run(["swiftc", "-static-stdlib", "-print-target-info"], capture_output=True, check=True)
    library = pathlib.Path(json.loads(asked.stdout)["paths"]["runtimeResourcePath"], "linux/lib_FoundationICU.a")
    with tempfile.TemporaryDirectory() as folder:
        whole, source = pathlib.Path(folder, MEMBER), pathlib.Path(folder, "data.s")
        with whole.open("wb") as file:
            if subprocess.run(["ar", "p", library, MEMBER], stdout=file).returncode or not whole.stat().st_size:
                sys.exit(f"{library} has no {MEMBER}")
        symbol = subprocess.run(["nm", "-P", whole], capture_output=True, text=True, check=True).stdout.split()[0]
        raw, data = pathlib.Path(folder, "whole.dat"), pathlib.Path(folder, "kept.dat")
        subprocess.run(["objcopy", "-O", "binary", "-j", ".rodata", whole, raw], check=True)
        header, found = items(raw.read_bytes())
        kept = {name: item for name, item in found.items() if is_kept(name)}
        data.write_bytes(packed(header, kept))
        # What asks for the symbol gets the wrapped one, so that nothing asks for the whole object any more.
        wrapped = f"__wrap_{symbol}"
        source.write_text(
            f'.section .rodata\n.balign 16\n.globl {wrapped}\n.type {wrapped}, @object\n{wrapped}:\n.incbin "{data}"\n'
            f'.size {wrapped}, . - {wrapped}\n.section .note.GNU-stack, "", @progbits\n'
        )
        subprocess.run(["clang", "-c", source, "-o", sys.argv[1]], check=True)
        print(f"--wrap={symbol}")


if __name__ == "__main__":
    main()
