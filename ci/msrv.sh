#!/usr/bin/env bash
# Runs what the oldest supported compiler must take: checks every target of the workspace, and runs all tests. With `--quick`
# checks the library and its tests, and runs the library's unit tests. Installs that compiler if there is none; says so if it
# cannot.
#
# Cases of the `ui` test that hold the words of a newer compiler leave themselves out there.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^rust-version = "\(.*\)"$/\1.0/p' Cargo.toml)

if ! cargo "+$version" --version >/dev/null 2>&1 &&
    ! rustup toolchain install "$version" --profile minimal >/dev/null 2>&1; then
    echo "skipped: Rust $version is not installed, and cannot be"
    exit 0
fi

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/msrv"

if [[ ${1:-} == --quick ]]; then
    cargo "+$version" check -p rejoin-tests --all-targets
    cargo "+$version" test -p rejoin --lib
else
    cargo "+$version" check --workspace --all-targets
    cargo "+$version" test --workspace
fi
