"""The schemas take what the program prints as examples, and refuse what its readers refuse."""

import json
import subprocess
import sys

import jsonschema
import yaml


def printed(*arguments: str) -> str:
    return subprocess.run([sys.argv[1], *arguments], check=True, capture_output=True, text=True).stdout


def errors(schema: dict, text: str) -> list[str]:
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(yaml.safe_load(text))]


failed = 0
for command, good, bad in [
    (
        "config",
        [printed("config", "show", "--defaults"), "mouse: on\nkeys: {send: f5, suspend: []}\n", "godot: {url: off}\n", "{}"],
        ["theem: x\n", "escape_ms: 0\n", "editor: ed\n", "godot: {keep_days: soon}\n", "attachments: {max_files: many}\n"],
    ),
    (
        "models",
        [
            printed("models", "show", "--defaults"),
            "providers:\n  openai:\n  lab: {base_url: 'http://127.0.0.1/v1', models: {m: , n: {options: {seed: 7}}}}\n",
            "sets: {two: [demo/quick]}\n",
        ],
        [
            "provider: {}\n",
            "providers: {lab: {base: x}}\n",
            "providers: {lab: {models: {m: {timeout: soon}}}}\n",
            "providers: {lab: {api: smoke}}\n",
            "defaults: {models: one}\n",
        ],
    ),
]:
    schema = json.loads(printed(command, "schema"))
    jsonschema.Draft7Validator.check_schema(schema)
    for text in good:
        for error in errors(schema, text):
            failed += 1
            print(f"✕ {command}: refuses {text!r}: {error}")
    for text in bad:
        if not errors(schema, text):
            failed += 1
            print(f"✕ {command}: takes {text!r}")
print("✕ schemas" if failed else "● the schemas take every example, and refuse what the readers refuse")
sys.exit(1 if failed else 0)
