#!/usr/bin/env bash
# Runs the tests of the engine and of the macros, and those in the docs, under the address sanitizer, which also looks for
# leaks. With `--quick` the engine's, and those of the macros that drop things half-way; with `--all` those of the examples
# too, with all that they depend on.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "skipped: the address sanitizer needs a nightly toolchain"
    exit 0
fi

host=$(rustc +nightly -vV | sed -n 's/^host: //p')
export RUSTFLAGS="${RUSTFLAGS:-} -Zsanitizer=address"
export RUSTDOCFLAGS="${RUSTDOCFLAGS:-} -Zsanitizer=address"
export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS:-}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/asan"

# Always for both packages, whose dependencies have other features if one of them is built alone.
check() {
    cargo +nightly test --target "$host" -p rejoin -p rejoin-tests "$@"
}

check --lib

if [[ ${1:-} == --quick ]]; then
    check --test gather drops::
    check --test task_group -- panics_in_drops:: cancel::
    check --test traps
    exit
fi

# All but those that look at what the compiler says.
tests=(--test conformance)
for file in tests/tests/*; do
    name=$(basename "$file" .rs)
    [[ $name == ui ]] || tests+=(--test "$name")
done

check "${tests[@]}"
cargo +nightly test --target "$host" -p rejoin --doc
if [[ ${1:-} == --all ]]; then
    cargo +nightly test --target "$host" -p rejoin-examples --tests
fi
