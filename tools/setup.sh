# Shared by ./run-tests and ./hubscan-demo: one virtual environment in .venv, made once and used again.
# Sourced with the repository's root as the working directory. POSIX sh.

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Prints a Python that will do: the one PYTHON names, else the first that fits.
find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "hubscan needs Python 3.11 or newer with its venv module (Debian: apt-get install python3 python3-venv)." \
        "If it is installed somewhere unusual, name it: PYTHON=/path/to/python3 $0"
}

# A virtual environment holds its own address, so one that was copied or moved here is made anew.
make_venv() {
    [ "$(cat .venv/made-in 2>/dev/null)" = "$PWD" ] && .venv/bin/python -c '' 2>/dev/null && return
    python=$(find_python) || exit 1
    say "Making a virtual environment in .venv ..."
    rm -rf .venv
    "$python" -m venv .venv || fail "No virtual environment could be made in $PWD/.venv."
    echo "$PWD" >.venv/made-in
}

# ensure_venv EXTRA: .venv holds hubscan (editable) with this extra, "tool" for none, at the versions in constraints.txt.
# The stamp is written last, so an install that was cut off is done again; dev has all that the tool alone needs.
ensure_venv() {
    make_venv
    wanted=$(cksum pyproject.toml constraints.txt)
    for extra in "$1" dev; do
        [ "$(cat ".venv/installed-$extra" 2>/dev/null)" = "$wanted" ] && return
    done
    say "Installing hubscan and what it needs into .venv (this happens once) ..."
    project=.
    [ "$1" = tool ] || project=".[$1]"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e "$project" </dev/null ||
        fail "The install did not finish; the lines above say why. Run $0 again once that is mended."
    printf '%s\n' "$wanted" >".venv/installed-$1"
}

# absent_packages TABLE: the Debian packages of the features whose check fails, on one line.
absent_packages() {
    while IFS='|' read -r feature seen packages; do
        case $feature in '' | '#'*) continue ;; esac
        sh -c "$seen" >/dev/null 2>&1 </dev/null || printf '%s ' $packages
    done <"$1"
}

# ensure_system_packages TABLE: install what features need beyond Python, or say which command would.
# Tests of a feature that is still missing skip with the same command; under CI a missing part is a failure.
ensure_system_packages() {
    absent=$(absent_packages "$1")
    if [ -n "$absent" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing system packages: $absent"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $absent; } \
            >/dev/null </dev/null || say "apt-get could not install all of: $absent"
        absent=$(absent_packages "$1")
    fi
    [ -z "$absent" ] && return
    [ "${CI:-}" != true ] || fail "Under CI nothing may be missing. Install: $absent"
    say "Not installed, so the tests that need them are skipped: $absent"
    say "To run those too: sudo apt-get install $absent"
}
