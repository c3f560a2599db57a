#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."

[[ ${1:-} == macros* ]] && package=rejoin-macros || package=rejoin
here="${CARGO_TARGET_DIR:-$PWD/target}/mutants"
CARGO_TARGET_DIR="$here/tool" cargo build --release --quiet --manifest-path tests/mutants/Cargo.toml
tool="$here/tool/release/rejoin-mutants"
here="$here/$package"
mkdir -p "$here/tree"

export CARGO_TARGET_DIR="$here/build" CARGO_PROFILE_DEV_DEBUG=none CARGO_INCREMENTAL=0
export RUSTFLAGS="--cap-lints=allow"

if [[ $package == rejoin-macros ]]; then
    exec "$tool" "$here/tree" $package tests/mutants/accepted.txt "$@" -- \
        -p rejoin-macros -p rejoin-tests --lib -- tests/ui/*/*.rs tests/tests/*.rs
fi

tests=(-p rejoin --lib -p rejoin-tests)
for test in tests/tests/*.rs world conformance; do
    test=$(basename "$test" .rs)
    case $test in
    # These run the compiler.
    ui | lints | hygiene | inference) ;;
    *) tests+=(--test "$test") ;;
    esac
done
exec "$tool" "$here/tree" $package tests/mutants/accepted.txt "$@" -- \
    --config 'profile.dev.package.rejoin.opt-level=1' "${tests[@]}" --
