#!/usr/bin/env bash
# Runs the tests of the engine and of the macros under the address sanitizer, which also looks for leaks.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "skipped: the address sanitizer needs a nightly toolchain"
    exit 0
fi

host=$(rustc +nightly -vV | sed -n 's/^host: //p')
export RUSTFLAGS="${RUSTFLAGS:-} -Zsanitizer=address"
export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS:-}"
export CARGO_TARGET_DIR="$PWD/target/asan"

# All but those that look at what the compiler says.
tests=()
for file in tests/tests/*.rs; do
    name=$(basename "$file" .rs)
    [[ $name == ui* ]] || tests+=(--test "$name")
done

cargo +nightly test --target "$host" -p rejoin --lib
cargo +nightly test --target "$host" -p rejoin-tests "${tests[@]}"
