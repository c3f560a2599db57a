#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."

here="${CARGO_TARGET_DIR:-$PWD/target}/mutants"
CARGO_TARGET_DIR="$here/tool" cargo build --release --quiet --manifest-path tests/mutants/Cargo.toml
mkdir -p "$here/tree"

export CARGO_TARGET_DIR="$here/build" CARGO_PROFILE_DEV_DEBUG=none CARGO_INCREMENTAL=0
export RUSTFLAGS="--cap-lints=allow"

if [[ ${1:-} == macros* ]]; then
    exec "$here/tool/release/rejoin-mutants" "$here/tree" rejoin-macros tests/mutants/accepted.txt "$@" -- \
        -p rejoin-macros --lib -p rejoin-tests --lib -- tests/ui/*/*.rs tests/tests/*.rs
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
exec "$here/tool/release/rejoin-mutants" "$here/tree" rejoin tests/mutants/accepted.txt "$@" -- \
    --config 'profile.dev.package.rejoin.opt-level=1' "${tests[@]}" --
