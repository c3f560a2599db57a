#!/usr/bin/env bash
# Runs the engine's unit tests, and tests of all macros whose futures refer to themselves, under Miri: under Stacked Borrows
# and under Tree Borrows, and those with threads under many schedules. With `--quick` a part of that. Needs a nightly toolchain,
# on which it installs Miri if it can.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo +nightly miri --version >/dev/null 2>&1 &&
    ! rustup component add --toolchain nightly miri rust-src >/dev/null 2>&1; then
    echo "skipped: Miri needs a nightly toolchain, and cannot be installed"
    exit 0
fi

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/miri"
# Backtraces of panics that tests want take most of the time.
export RUST_BACKTRACE=0
export PROPTEST_CASES="${PROPTEST_CASES:-16}"

# What all tests are run with, and then each of the two models.
flags="${MIRIFLAGS:-} -Zmiri-env-forward=PROPTEST_CASES"
models=("" "-Zmiri-tree-borrows")

# Always for both packages, whose dependencies have other features if one of them is built alone.
run() {
    cargo +nightly miri test --quiet -p rejoin -p rejoin-tests "$@"
}

engine() {
    run --lib -- "$@"
}

macros() {
    run --test macros -- "$@"
}

under() {
    export MIRIFLAGS="$flags $1"
    echo "MIRIFLAGS=$MIRIFLAGS $2" "${@:3}"
    "${@:2}"
}

if [[ ${1:-} == --quick ]]; then
    under "" macros borrows:: --skip threads
    under "-Zmiri-tree-borrows" engine set::tests::reentrance set::tests::panics set::tests::outputs
    exit
fi

for model in "${models[@]}"; do
    under "$model" engine set:: --skip threads
    under "$model" macros borrows:: --skip threads
    under "$model -Zmiri-many-seeds=0..16" engine set::tests::threads
    under "$model -Zmiri-many-seeds=0..16" macros borrows::threads
done
