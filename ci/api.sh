#!/usr/bin/env bash
# Compares what is public in the crate with what it was: tests/api/rejoin.txt, which `ci/api.sh --write` writes anew. A line
# that goes or changes is a breaking change. Needs a nightly toolchain, for rustdoc's JSON.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "skipped: rustdoc's JSON needs a nightly toolchain"
    exit 0
fi

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/api"
cargo +nightly rustdoc --quiet -p rejoin --lib --all-features -- -Zunstable-options --output-format json
cargo +nightly build --quiet --manifest-path tests/api/Cargo.toml
if ! now=$("$CARGO_TARGET_DIR/debug/rejoin-api" "$CARGO_TARGET_DIR/doc/rejoin.json"); then
    echo "skipped: this nightly writes another JSON than tests/api reads"
    exit 0
fi

if [[ ${1:-} == --write ]]; then
    printf '%s\n' "$now" >tests/api/rejoin.txt
else
    diff -u tests/api/rejoin.txt <(printf '%s\n' "$now")
fi
