#!/bin/sh
# Builds the packages of the command line into target/packages: a tarball, a Debian package, a Python wheel, a list of what
# is in them (SBOM) and their SHA-256 sums.
#
# The Debian package needs cargo-deb, the wheel maturin, the SBOM cargo-cyclonedx. Where one is missing, it says so, and how
# to install it, and goes on: no one needs all of them. MATURIN names a maturin that is not in PATH; WHEEL_COMPATIBILITY is
# the platform of the wheel, `linux` unless it is set: `manylinux_2_28` is for a package index.
set -eu

part=package
. "$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/common.sh"
maturin=${MATURIN:-maturin}
share=$target/release/share
host=$("$cargo" -vV | sed -n 's/^host: //p')
# The time of the commit, so that the same commit gives the same files.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH CARGO_TARGET_DIR="$target"

echo "package: building rosterkit $version for $host; it takes some minutes"
"$cargo" build --locked --quiet --release --package rosterkit-cli --bin rosterkit
binary=$target/release/rosterkit

# Everything is written anew, so that no package of another version is checked or sent by mistake.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
rm -rf "$out" "$share"
mkdir -p "$out" "$share/bash-completion/completions" "$share/zsh/site-functions" "$share/fish/vendor_completions.d"
"$binary" man --dir "$share/man/man1"
"$binary" completions bash >"$share/bash-completion/completions/rosterkit"
"$binary" completions zsh >"$share/zsh/site-functions/_rosterkit"
"$binary" completions fish >"$share/fish/vendor_completions.d/rosterkit.fish"

# The tarball.
name=rosterkit-$version-$host
mkdir -p "$work/$name/bin" "$work/$name/share/doc/rosterkit"
cp "$binary" "$work/$name/bin/"
cp -R "$share/." "$work/$name/share/"
cp README.md CHANGELOG.md SECURITY.md LICENSE LICENSE-MIT LICENSE-APACHE "$work/$name/share/doc/rosterkit/"
if tar --version 2>/dev/null | grep -q 'GNU tar'; then
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$work" -cf "$work/$name.tar" "$name"
else
    tar -C "$work" -cf "$work/$name.tar" "$name"
fi
gzip -9n "$work/$name.tar"
mv "$work/$name.tar.gz" "$out/"

# The Debian package, as [package.metadata.deb] of crates/cli/Cargo.toml says.
if ! "$cargo" deb --version >/dev/null 2>&1; then
    skip "the Debian package needs cargo-deb; to build it, run 'cargo install cargo-deb'"
else
    "$cargo" deb --quiet --package rosterkit-cli --no-build --no-strip --output "$out/" >/dev/null
fi

# The SBOM, CycloneDX in JSON. cargo-cyclonedx writes a file beside each Cargo.toml, so it gets a copy of the sources, whose
# folder is then taken out of the ids.
sbom=$out/rosterkit-$version.cdx.json
if ! "$cargo" cyclonedx --version >/dev/null 2>&1; then
    skip "the SBOM needs cargo-cyclonedx; to write it, run 'cargo install cargo-cyclonedx'"
else
    mkdir "$work/sources"
    cp -R Cargo.toml Cargo.lock codegen crates tests "$work/sources/"
    (cd "$work/sources/crates/cli" && "$cargo" cyclonedx --quiet --format json --spec-version 1.5 --target "$host" --override-filename sbom)
    sed "s|file://$work/sources|file:///rosterkit|g" "$work/sources/crates/cli/sbom.json" >"$sbom"
fi

# The wheel. maturin finds the binary that is built already.
if ! "$maturin" --version >/dev/null 2>&1; then
    skip "the wheel needs maturin; to build it, run 'pip install maturin'"
else
    mkdir -p "$work/wheel/rosterkit.data/data"
    sed "s|@ROOT@|$root|" packaging/pyproject.toml >"$work/wheel/pyproject.toml"
    cp crates/cli/README.md LICENSE-MIT LICENSE-APACHE "$work/wheel/"
    cp -R "$share" "$work/wheel/rosterkit.data/data/share"
    set -- build --quiet --release --locked --compatibility "${WHEEL_COMPATIBILITY:-linux}" --out "$out"
    [ ! -f "$sbom" ] || set -- "$@" --sbom-include "$sbom"
    (cd "$work/wheel" && "$maturin" "$@")
fi

(cd "$out" && sha256sum -- * >"$work/SHA256SUMS" && mv "$work/SHA256SUMS" .)
ls -l "$out"
