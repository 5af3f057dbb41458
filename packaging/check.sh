#!/bin/sh
# Checks that the crates can be published, and installs each package of `make package` into an empty place: the sums are
# right, `rosterkit --version` is that of the sources, a listing comes from `rosterkit sandbox`, and the man page is there.
#
# Where a package or a tool is missing, it says so and goes on. VERIFY=1 also compiles each crate as it would be published,
# which takes as long as a build of everything.
set -eu

part=package-check
. "$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/common.sh"
python=${PYTHON:-python3}

fail() {
    echo "package-check: $1" >&2
    exit 1
}

work=$(mktemp -d)
sandbox=
finish() {
    [ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The crates, as they would be published. Those that are not say `publish = false`, which they have from the workspace.
minor=$("$cargo" --version | sed 's/^cargo 1\.\([0-9]*\)\..*/\1/')
if [ "${minor:-0}" -lt 90 ]; then
    skip "the crates: 'cargo package --workspace' needs cargo 1.90 or newer"
else
    set -- package --locked --quiet --allow-dirty --workspace
    [ "${VERIFY:-}" = 1 ] || set -- "$@" --no-verify
    published=
    for folder in codegen tests tests/fuzz crates/*; do
        name=$(sed -n 's/^name = "\(.*\)"/\1/p' "$folder/Cargo.toml" | head -n 1)
        if grep -q '^publish = true' "$folder/Cargo.toml"; then
            published="$published $name"
        else
            set -- "$@" --exclude "$name"
        fi
    done
    "$cargo" "$@"
    for name in $published; do
        archive=$target/package/$name-$version.crate
        for file in README.md LICENSE-MIT LICENSE-APACHE; do
            tar -tzf "$archive" "$name-$version/$file" >/dev/null || fail "crate $name has no $file"
        done
        manifest=$(tar -xzOf "$archive" "$name-$version/Cargo.toml")
        for key in description license repository keywords categories; do
            echo "$manifest" | grep -q "^$key = " || fail "crate $name has no $key"
        done
        echo "package-check: crate $name can be published"
    done
fi

# Runs a binary that was installed: without the settings of who runs this, in an empty home.
installed() {
    env -i HOME="$home" PATH=/usr/bin:/bin "$@"
}

# check KIND BINARY MAN_PAGE
check() {
    home=$(mktemp -d "$work/home.XXXXXX")
    [ "$(installed "$2" --version)" = "rosterkit $version" ] || fail "$1: --version is not $version"

    # The sandbox prints its addresses when it is ready; a pipe waits for them.
    mkfifo "$home/ready"
    env -i HOME="$home" "$2" sandbox --users 3 --output json >"$home/ready" &
    sandbox=$!
    url=
    while read -r line; do
        case $line in *'"base_url": "'*/genesys'"'*) url=${line#*'"base_url": "'} url=${url%%'"'*} ;; '}') break ;; esac
    done <"$home/ready"
    [ -n "$url" ] || fail "$1: the sandbox does not start"
    users=$(installed "$2" --base-url "$url" --token sandbox-genesys-token genesys users list --state any --query 'length(@)') || fail "$1: no listing"
    kill "$sandbox"
    wait "$sandbox" || [ $? -eq 143 ] || fail "$1: the sandbox does not stop"
    sandbox=
    [ "$users" = 3 ] || fail "$1: a listing of 3 users has $users"

    [ -s "$3" ] || fail "$1: no man page"
    if command -v man >/dev/null 2>&1 && [ "$(installed man -P cat -l "$3" 2>/dev/null | grep -c 'rosterkit(1)')" != 0 ]; then
        page="man shows its page"
    else
        # Without man, or with the stub of a container, the source says what it is.
        grep -q '^\.TH rosterkit 1' "$3" || fail "$1: $3 is no man page"
        page="its man page is there"
    fi
    echo "package-check: $1: version $version, $users users from its sandbox, $page"
}

found=$(ls "$out" 2>/dev/null) || true
[ -n "$found" ] || { skip "the packages: there are none in $out; 'make package' builds them" && exit 0; }
(cd "$out" && sha256sum --quiet --check SHA256SUMS) || fail "a sum in SHA256SUMS is not that of its file"

for file in "$out"/rosterkit-"$version"-*.tar.gz; do
    [ -f "$file" ] || fail "no tarball of version $version in $out"
    mkdir -p "$work/tar"
    tar -xzf "$file" --strip-components=1 -C "$work/tar"
    check tarball "$work/tar/bin/rosterkit" "$work/tar/share/man/man1/rosterkit.1"
done

for file in "$out"/rosterkit_"$version"-*.deb; do
    if [ ! -f "$file" ]; then
        skip "the Debian package: there is none in $out; 'cargo install cargo-deb', then 'make package'"
    elif ! command -v dpkg-deb >/dev/null 2>&1; then
        skip "the Debian package: there is no dpkg-deb; it is a part of Debian"
    else
        dpkg-deb -x "$file" "$work/deb"
        [ -f "$work/deb/usr/share/man/man1/rosterkit.1" ] || gunzip "$work/deb/usr/share/man/man1/rosterkit.1.gz"
        check "Debian package" "$work/deb/usr/bin/rosterkit" "$work/deb/usr/share/man/man1/rosterkit.1"
    fi
done

for file in "$out"/rosterkit-"$version"-*.whl; do
    if [ ! -f "$file" ]; then
        skip "the wheel: there is none in $out; 'pip install maturin', then 'make package'"
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        skip "the wheel: there is no $python with venv; set PYTHON"
    else
        "$python" -m venv "$work/venv"
        "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$file"
        check wheel "$work/venv/bin/rosterkit" "$work/venv/share/man/man1/rosterkit.1"
    fi
done

sbom=$out/rosterkit-$version.cdx.json
if [ ! -f "$sbom" ]; then
    skip "the SBOM: there is none in $out; 'cargo install cargo-cyclonedx', then 'make package'"
elif ! grep -q '"bomFormat": *"CycloneDX"' "$sbom" || ! grep -q 'rosterkit-core' "$sbom"; then
    fail "$sbom is no CycloneDX of rosterkit"
else
    echo "package-check: SBOM: $(grep -c '"purl"' "$sbom") components"
fi
