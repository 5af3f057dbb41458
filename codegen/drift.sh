#!/bin/sh
# Compares the Genesys spec with the newest official Python SDK, whose wheel pip downloads into a temporary folder.
#
# Needs Python with pip, and a package index. Where these are missing, it says so and succeeds: nobody needs Python to work
# on rosterkit. The wheel is read, never installed and never run. Arguments are passed on to `rosterkit-codegen drift`;
# SDK_VERSION=257.1.0 compares with another version than the newest.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/.." && pwd)
python=${PYTHON:-python3}
cargo=${CARGO:-cargo}
package=PureCloudPlatformClientV2

skip() {
    echo "drift: skipped: $1" >&2
    exit 0
}

command -v "$python" >/dev/null 2>&1 || skip "there is no $python; set PYTHON to a Python 3.10 or newer"
"$python" -m pip --version >/dev/null 2>&1 || skip "$python has no pip; install its pip package"

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Downloads the wheel of a requirement into a folder; pip must not build or run anything for that.
download() {
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --dest "$work/$2" "$1" >"$work/pip.log" 2>&1
}

wheel_in() {
    for file in "$work/$1"/*.whl; do
        [ -f "$file" ] && echo "$file" && return
    done
    return 1
}

if ! download "$package${SDK_VERSION:+==$SDK_VERSION}" newest; then
    tail -n 3 "$work/pip.log" >&2
    skip "the wheel of $package${SDK_VERSION:+ $SDK_VERSION} could not be downloaded; is a package index within reach?"
fi
wheel=$(wheel_in newest) || skip "pip downloaded no wheel of $package"

# The wheel whose texts were recorded shows what a changed text said.
recorded=$(sed -n 's/^\[genesys-users wheel \(.*\)\]$/\1/p' "$root/spec/drift-texts.txt" 2>/dev/null)
set -- --wheel "$wheel" "$@"
case $wheel in
*-"$recorded"-*) ;;
*)
    if [ -n "$recorded" ] && download "$package==$recorded" recorded && old=$(wheel_in recorded); then
        set -- --recorded "$old" "$@"
    fi
    ;;
esac

"$cargo" run --locked --quiet --manifest-path "$root/Cargo.toml" --package rosterkit-codegen -- \
    --specs "$root/spec" drift "$@"
