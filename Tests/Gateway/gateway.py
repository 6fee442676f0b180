"""Four wires, one gateway: `fiedler send` asks LiteLLM in each of the languages that it speaks.

Usage: gateway.py FIEDLER FOLDER LITELLM. FOLDER holds server-ready, which tells where the real model is. Started by
`run`.
"""

import json
import os
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

from upstream import ANSWER, COMPLETION_TOKENS, PROMPT_TOKENS, THOUGHTS, Upstream

FIEDLER, FOLDER, LITELLM = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
PATIENCE = 120
MOST_TOKENS = 24
# A provider of the registry for each wire, and where the gateway serves it.
WIRES = {
    "chat": ("openai", "/v1"),
    "responses": ("responses", "/v1"),
    "messages": ("anthropic", ""),
    "native": ("gemini", "/v1beta"),
}
passed = failed = 0


def check(what: str, holds: object, seen: object = "") -> None:
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    print(f"{'ok    ' if holds else 'FAILED'} {what}{'' if holds else f': {str(seen)[:600]}'}", flush=True)


class Gateway:
    """LiteLLM on a free port. As a context: it ends with that."""

    def __init__(self, models: dict[str, str]) -> None:
        self.key = "sk-" + secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        entries = [
            {
                "model_name": name.split("/")[-1],
                "litellm_params": {"model": name, "api_base": base, "api_key": "none-needed"},
            }
            for name, base in models.items()
        ]
        config = FOLDER / "litellm.json"  # JSON is YAML
        config.write_text(json.dumps({"model_list": entries, "litellm_settings": {"drop_params": True}}))
        # The list of prices comes with it: it must not ask anybody for a newer one.
        environment = os.environ | {"LITELLM_MASTER_KEY": self.key, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        command = [LITELLM, "--config", str(config), "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
        self.log = (FOLDER / "litellm-log").open("w+")
        self.process = subprocess.Popen(command, env=environment, cwd=FOLDER, stdout=self.log, stderr=subprocess.STDOUT)

    def __enter__(self) -> "Gateway":
        begin = time.monotonic()
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/health/liveliness", timeout=5).close()
                print(f"The gateway was ready after {time.monotonic() - begin:.0f} s.", flush=True)
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > begin + PATIENCE:
                    self.log.seek(0)
                    sys.exit(f"LiteLLM did not start: {self.log.read()[-2000:]}")
                time.sleep(0.2)

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


class Fiedler:
    def __init__(self, gateway: Gateway) -> None:
        lines = ["providers:"]
        for wire, (api, path) in WIRES.items():
            lines += [f"  {wire}:", f"    api: {api}", "    api_key_env: GATEWAY_KEY"]
            lines += [f"    base_url: {gateway.url}{path}", "    models:"]
            # An alias each: they have the same name at all four.
            for alias in ("smollm2", "thinker"):
                name = "bridged-thinker" if (alias, wire) == ("thinker", "responses") else alias
                lines += [f"      {name}: {{max_completion_tokens: {MOST_TOKENS}, aliases: [{wire}-{alias}]}}"]
        (FOLDER / "models.yaml").write_text("\n".join(lines) + "\n")
        (FOLDER / "config" / "fiedler").mkdir(parents=True)
        (FOLDER / "config" / "fiedler" / "config.yaml").write_text('godot:\n  url: "off"\n')
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(FOLDER), "LANG": "C.UTF-8",
                            "FIEDLER_CONFIG": str(FOLDER / "models.yaml"), "GATEWAY_KEY": gateway.key}
        self.environment |= {f"XDG_{name}_HOME": str(FOLDER / name.lower()) for name in ("CONFIG", "DATA", "STATE")}

    def start(self, *arguments: str) -> subprocess.Popen:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [FIEDLER, *arguments], env=self.environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
        )

    def send(self, model: str, prompt: str) -> tuple[dict, str]:
        """What each wire brought, by the wire."""
        names = [word for wire in WIRES for word in ("-m", f"{wire}-{model}")]
        process = self.start("send", "-q", "--json", *names, prompt)
        output, errors = process.communicate(timeout=PATIENCE)
        results = json.loads(output)["results"] if output else []
        return {result["provider"]: result for result in results}, errors


def real_model(fiedler: Fiedler) -> None:
    results, errors = fiedler.send("smollm2", "Say in one sentence what a gateway is.")
    check("a real model answers over all four", len(results) == len(WIRES)
          and all(result["status"] == "success" for result in results.values()), results or errors)
    for wire, result in results.items():
        tokens = result["tokens"]
        check(f"{wire}: words came", re.search("[A-Za-z]{3}", result["text"]), result)
        check(f"{wire}: and the counts of tokens", 5 <= tokens["prompt"] <= 200
              and 1 <= tokens["completion"] <= MOST_TOKENS, tokens)
    check("the four agree on the prompt's length",
          len({result["tokens"]["prompt"] for result in results.values()}) == 1, results)


def reasoning(fiedler: Fiedler) -> None:
    results, errors = fiedler.send("thinker", "What is the answer?")
    check("a model that thinks answers over all four", len(results) == len(WIRES), errors)
    for wire, result in results.items():
        check(f"{wire}: the answer is whole", result["text"] == "".join(ANSWER), result)
        # In Gemini's words LiteLLM leaves it out.
        thoughts = None if wire == "native" else "".join(THOUGHTS)
        check(f"{wire}: the reasoning is apart and whole", result["reasoning"] == thoughts, result)
        tokens = result["tokens"]
        check(f"{wire}: the counts are the provider's",
              (tokens["prompt"], tokens["completion"]) == (PROMPT_TOKENS, COMPLETION_TOKENS), result)


def cancelling(fiedler: Fiedler, upstream: Upstream) -> None:
    names = [word for wire in WIRES for word in ("-m", f"{wire}-thinker")]
    process = fiedler.start("send", "--json", *names, "ENDLESS")
    # Whoever does not stream would be waited for without end.
    patience = threading.Timer(60, process.kill)
    patience.start()
    answering: set[str] = set()
    for line in process.stderr:
        if "first token" in line:
            answering.add(line.split("/")[0].split()[-1])
        if answering == set(WIRES):
            break
    patience.cancel()
    check("all four stream", answering == set(WIRES), answering)
    if answering != set(WIRES):
        return
    deadline = time.monotonic() + 60
    while upstream.begun < len(WIRES) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE)
    results = json.loads(output)["results"]
    states = [result["status"] for result in results]
    check("taken back, all four are stopped", states == ["cancelled"] * len(WIRES), results)
    while upstream.left < len(WIRES) and time.monotonic() < deadline:
        time.sleep(0.05)
    check("and the provider behind the gateway is left by all four", upstream.left == len(WIRES), upstream.left)


def main() -> int:
    upstream = Upstream()
    real = json.loads((FOLDER / "server-ready").read_text())["url"] + "/v1"
    # The prefix tells LiteLLM which wires the provider behind it speaks: vLLM's Responses too, DeepSeek's Messages too.
    # Of the one that thinks both are needed, since it speaks chat completions alone.
    served = {"openai/smollm2": real, "hosted_vllm/thinker": upstream.url, "deepseek/bridged-thinker": upstream.url}
    with Gateway(served) as gateway:
        fiedler = Fiedler(gateway)
        real_model(fiedler)
        reasoning(fiedler)
        cancelling(fiedler, upstream)
    print(f"{passed} of {passed + failed} passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
