#!/usr/bin/env bash
# Checks what a release needs: both crates can be packaged, and build from their packages; every set of features compiles;
# and so does the crate with the oldest versions of its dependencies that it says it takes (for which a nightly toolchain is
# needed).
set -euo pipefail
cd "$(dirname "$0")/.."

cargo package --quiet --allow-dirty -p rejoin-macros -p rejoin

for features in "" tracing; do
    cargo check --quiet -p rejoin --no-default-features --features "$features"
done

if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "skipped: the oldest versions of dependencies are found by a nightly toolchain"
    exit 0
fi

# Without the packages that are not published, whose dependencies ask for more.
alone=target/minimal
rm -rf "$alone"
mkdir -p "$alone"
cp -rL macros runtime Cargo.toml "$alone"
sed -i 's/^members = .*/members = ["macros", "runtime"]/; /^exclude = /d' "$alone/Cargo.toml"
cd "$alone"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$OLDPWD/target}/minimal-build"
cargo +nightly update --quiet -Zdirect-minimal-versions
cargo check --quiet -p rejoin --all-features
cargo test --quiet -p rejoin --doc
