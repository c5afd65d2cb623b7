#!/bin/sh
# Sets up what `make report` and `make test` need: a virtual environment with the pinned packages, the git filter that
# strips the output of notebooks, Pango for the PDF and a typeface with Chinese glyphs. Installs system packages where it
# may, else says which command does.
set -eu

venv=$1
extras=$2
here=$(cd "$(dirname "$0")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

# apt-get, if there is one and we may use it; empty otherwise.
apt() {
    command -v apt-get >/dev/null 2>&1 || return 1
    if [ "$(id -u)" = 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get "$@" >&2
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo -n env DEBIAN_FRONTEND=noninteractive apt-get "$@" >&2
    else
        return 1
    fi
}

install() {
    say "installing $*"
    apt update -q && apt install -q -y --no-install-recommends "$@"
}

python=
for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    say "error: Python 3.11 or newer is needed: apt-get install python3 (Debian 12), dnf install python3.11, brew install python"
    exit 1
fi

if [ ! -x "$venv/bin/pip" ]; then
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" 2>/dev/null; then
        rm -rf "$venv"
        install python3-venv || {
            say "error: Python has no venv module: run apt-get install python3-venv, then make again"
            exit 1
        }
        "$python" -m venv "$venv"
    fi
fi

say "installing the pinned Python packages into $venv"
"$venv/bin/pip" install -q --disable-pip-version-check -c "$here/constraints.txt" -e "$here[$extras]"

# Saved output holds customer data: in a git checkout a filter keeps it out of every commit.
if git -C "$here" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    bin=$(cd "$venv/bin" && pwd)
    (cd "$here" && "$bin/python" -m nbstripout --install --attributes .gitattributes) ||
        say "notebooks: git does not strip their output; run nbstripout --install before you commit"
fi

if ! "$venv/bin/python" -c 'import weasyprint' 2>/dev/null; then
    install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 || true
    if ! "$venv/bin/python" -c 'import weasyprint' 2>/dev/null; then
        say "error: Pango is missing, which prints the PDF. Run one of these, then make again:"
        say "  apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        say "  dnf install pango"
        say "  brew install pango"
        exit 1
    fi
fi

glyphs='from kamreport.language import Language; from kamreport.present.fonts import require_glyphs
require_glyphs(Language("zh").sentences)'
if ! "$venv/bin/python" -c "$glyphs" 2>/dev/null; then
    install fonts-noto-cjk || true
    if ! "$venv/bin/python" -c "$glyphs" 2>/dev/null; then
        say "error: no typeface with Chinese glyphs is installed. Run one of these, then make again:"
        say "  apt-get install fonts-noto-cjk"
        say "  dnf install google-noto-sans-cjk-fonts"
        say "  brew install --cask font-noto-sans-cjk-sc"
        exit 1
    fi
fi

touch "$venv/.ready-$extras"
