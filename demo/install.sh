#!/bin/sh
# Install requirements.lock and the project into .venv; finds uv, else uses venv and pip.
# UV_DEFAULT_INDEX, else PIP_INDEX_URL, names the package index for either.
set -eu
stamp=$1
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }
fail() { say "make: $*"; exit 2; }
root() { if [ "$(id -u)" = 0 ]; then printf ''; else printf 'sudo '; fi; }

command -v "$python" >/dev/null 2>&1 ||
    fail "python 3.11 or newer is needed: $(root)apt-get install -y python3 python3-venv"
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' ||
    fail "python 3.11 to 3.13 is needed, $python is $("$python" -V 2>&1): make run PYTHON=python3.11"

say "安装 installing into .venv (the first time takes a minute or two) …"
index=${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-}}
rm -f .venv/installed-*

if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then
    if [ -n "$index" ]; then UV_DEFAULT_INDEX=$index; export UV_DEFAULT_INDEX; fi
    [ -x .venv/bin/python ] || uv venv --quiet --python "$python" .venv
    VIRTUAL_ENV=$PWD/.venv; export VIRTUAL_ENV
    uv pip install --compile-bytecode --require-hashes -r requirements.lock
    uv pip install --quiet --no-deps --no-build-isolation --editable .
else
    if [ -n "$index" ]; then PIP_INDEX_URL=$index; export PIP_INDEX_URL; fi
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        fail "python has no venv: $(root)apt-get install -y python3-venv"
    fi
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    # pip says three lines a package and counts none: they go into a file, the count to the screen.
    total=$(grep -c '^[a-z0-9].*==' requirements.lock)
    {
        .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off \
            --require-hashes -r requirements.lock 2>&1 || echo "zicha: pip failed"
    } | tee .venv/install.log | awk -v total="$total" '
        /^Collecting / { n++; if (n % 10 == 0) { print "  " n "/" total " " $2; fflush() } }
        /^Installing collected/ { print "  " n " packages fetched, unpacking …"; fflush() }' >&2
    if tail -n 1 .venv/install.log | grep -q '^zicha: pip failed$'; then
        tail -n 12 .venv/install.log >&2
        fail "the packages could not be installed: see above and .venv/install.log, then run again"
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --no-deps --no-build-isolation --editable .
fi
: >"$stamp"
