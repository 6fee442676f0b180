"""Manual pages from what the commands say of themselves (ArgumentParser's --experimental-dump-help on stdin).

    fiedler --experimental-dump-help | man.py FOLDER VERSION SECONDS

One page a command, `fiedler-history-list.1` and so on, dated by SECONDS since 1970.
"""

import json
import pathlib
import sys
import time


def quoted(text: str) -> str:
    """Text as roff has it: no line begins a request, dashes are those of options."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").split("\n")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in lines)


def option(name: dict) -> str:
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def synopsis(argument: dict) -> str:
    value = f" {argument.get('valueName', 'value')}" if argument["kind"] == "option" else ""
    if argument["kind"] == "positional":
        text = argument.get("valueName", "value")
    else:
        text = option(argument["preferredName"]) + value
    text = quoted(text) + ("..." if argument["isRepeating"] else "")
    return f"[{text}]" if argument["isOptional"] else text


def heading(argument: dict) -> str:
    if argument["kind"] == "positional":
        return "\\fI" + quoted(argument.get("valueName", "value")) + "\\fR"
    names = ", ".join("\\fB" + quoted(option(name)) + "\\fR" for name in argument["names"])
    return names + (" \\fI" + quoted(argument.get("valueName", "value")) + "\\fR" if argument["kind"] == "option" else "")


def page(command: dict, path: list[str], version: str, date: str) -> str:
    name = "-".join(path)
    arguments = [each for each in command.get("arguments", []) if each.get("shouldDisplay", True)]
    commands = command.get("subcommands", [])
    out = [f'.TH {name.upper()} 1 {date} "fiedler {version}" "Fiedler"', ".SH NAME"]
    out.append(f"{quoted(name)} \\- {quoted(command.get('abstract', '').rstrip('.'))}")
    out += [".SH SYNOPSIS", "\\fB" + quoted(" ".join(path)) + "\\fR"]
    out += [synopsis(each) for each in arguments]
    if commands:
        out.append("[\\fIcommand\\fR]")
    if command.get("discussion"):
        out += [".SH DESCRIPTION", quoted(command["discussion"]).replace("\n\n", "\n.PP\n")]
    for title, positional in (("ARGUMENTS", True), ("OPTIONS", False)):
        listed = [each for each in arguments if (each["kind"] == "positional") == positional]
        if listed:
            out.append(f".SH {title}")
        for each in listed:
            words = each.get("abstract", "") or ""
            default = f" (default: {each['defaultValue']})" if each.get("defaultValue") else ""
            out += [".TP", heading(each), quoted(words + default) or "\\&"]
    if commands:
        out.append(".SH COMMANDS")
        for each in commands:
            out += [".TP", f"\\fB{quoted('-'.join(path + [each['commandName']]))}\\fR(1)", quoted(each.get("abstract", ""))]
    if len(path) > 1:
        out += [".SH SEE ALSO", f"\\fB{quoted('-'.join(path[:-1]))}\\fR(1)"]
    return "\n".join(out) + "\n"


def write(command: dict, path: list[str], folder: pathlib.Path, version: str, date: str) -> None:
    path = path + [command["commandName"]]
    (folder / ("-".join(path) + ".1")).write_text(page(command, path, version, date))
    for each in command.get("subcommands", []):
        if each["commandName"] != "help":
            write(each, path, folder, version, date)


if __name__ == "__main__":
    folder, version, seconds = sys.argv[1:]
    date = time.strftime("%Y-%m-%d", time.gmtime(int(seconds)))
    write(json.load(sys.stdin)["command"], [], pathlib.Path(folder), version, date)
