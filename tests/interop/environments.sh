# Sourced by what needs packages of other languages. Expects `part`, the beginning of messages, and `interop`, this folder.

python=${PYTHON:-python3}

skip() {
    echo "$part: skipped: $1"
    exit 0
}

# Makes a virtual environment at $1 with the packages of the file $2, if Python has the version $3 or a newer one.
python_environment() {
    venv=$1 requirements=$2 oldest=$3
    command -v "$python" >/dev/null 2>&1 || skip "there is no $python; set PYTHON to a Python $oldest or newer"
    "$python" -c "import sys; sys.exit(sys.version_info < ($(echo "$oldest" | tr . ,)))" ||
        skip "$python is older than $oldest, which the packages need"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || skip "$python has no venv or no ensurepip; install its venv package"
    # A marker written last tells a complete environment from one whose installation was broken off.
    cmp -s "$requirements" "$venv.txt" && return
    rm -rf "$venv" "$venv.txt"
    "$python" -m venv "$venv" || skip "$python cannot make a virtual environment"
    if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --requirement "$requirements" >"$venv.log" 2>&1; then
        # A package that is there but is not the one we know is no reason to skip.
        if grep -q 'DO NOT MATCH' "$venv.log"; then
            cat "$venv.log"
            exit 1
        fi
        tail -n 3 "$venv.log"
        skip "the packages could not be installed; is a package index within reach?"
    fi
    cp "$requirements" "$venv.txt" || exit 1
}

# Installs the official JavaScript SDK of Genesys Cloud into the folder $1.
javascript_environment() {
    work=$1
    command -v node >/dev/null 2>&1 || skip "there is no node; install Node.js 20 or newer"
    command -v npm >/dev/null 2>&1 || skip "there is no npm; install it beside Node.js"
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || skip "node is older than 20"

    mkdir -p "$work" || exit 1
    # A marker written last tells a complete installation from one that was broken off.
    cmp -s "$interop/javascript/package-lock.json" "$work/installed.json" && return
    rm -f "$work/installed.json"
    cp "$interop/javascript/package.json" "$interop/javascript/package-lock.json" "$work/" || exit 1
    if ! npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund >"$work/npm.log" 2>&1; then
        # A package that is there but is not the one we know is no reason to skip.
        if grep -q 'EINTEGRITY' "$work/npm.log"; then
            cat "$work/npm.log"
            exit 1
        fi
        tail -n 3 "$work/npm.log"
        skip "the SDK could not be installed; is a package registry within reach?"
    fi
    cp "$interop/javascript/package-lock.json" "$work/installed.json" || exit 1
}
