#!/usr/bin/env bash
# The virtual environment of this checkout, from the lock: by uv if it is there, else by pip. `make` calls it.
set -eu
venv="$1"

fail() { echo "$1" >&2; exit 1; }
[ "$venv" = .venv ] || fail "setup.sh makes the .venv of this checkout alone, not $venv: it begins by removing it"

python=""
for candidate in "${PYTHON:-}" python3 python3.12 python3.13 python3.11 python3.14; do
  if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 \
    && "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
    python="$candidate"; break
  fi
done
[ -n "$python" ] || fail "Python 3.11 to 3.14 is needed and was not found: install it, or name it, as in \`make run PYTHON=/path/to/python3.12\`"

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
install_failed() {
  why="$(grep -v '^ *$' "$log" | tail -1 | sed 's/^ *//')"
  fail "The packages could not be installed ($why): is the package registry reachable from here? Run it again when it is"
}

echo "Setting up $venv with $("$python" --version): once, a minute or two"
rm -rf "$venv"
if command -v uv >/dev/null 2>&1; then
  uv venv -q --python "$(command -v "$python")" "$venv" >"$log" 2>&1 || install_failed
  uv pip install -q --python "$venv/bin/python" --require-hashes --compile-bytecode -r requirements-dev.txt >"$log" 2>&1 || install_failed
else
  "$python" -m venv "$venv" >"$log" 2>&1 || fail "$python has no venv module: install it (on Debian: apt install python3-venv)"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt >"$log" 2>&1 || install_failed
  "$venv/bin/python" -m compileall -q "$venv/lib" >/dev/null 2>&1 || true
fi
touch "$venv/.ready"
