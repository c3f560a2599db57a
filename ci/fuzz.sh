#!/usr/bin/env bash
# Lets libFuzzer write programs of operations on sets (tests/fuzz), for so many seconds; they run under the address
# sanitizer. What it finds is in target/fuzz/artifacts; `ci/fuzz.sh FILE` runs one of those again. Builds as cargo-fuzz
# does, without it. Needs a nightly toolchain and a C++ compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "skipped: the fuzzer needs a nightly toolchain"
    exit 0
fi
if ! command -v "${CXX:-c++}" >/dev/null; then
    echo "skipped: the fuzzer needs a C++ compiler"
    exit 0
fi

host=$(rustc +nightly -vV | sed -n 's/^host: //p')
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target/fuzz}"
export ASAN_OPTIONS="detect_odr_violation=0:${ASAN_OPTIONS:-}"

coverage=(
    -sanitizer-coverage-level=4
    -sanitizer-coverage-inline-8bit-counters
    -sanitizer-coverage-pc-table
    -sanitizer-coverage-trace-compares
    -simplifycfg-branch-fold-threshold=0
)
flags="--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module ${coverage[*]/#/-Cllvm-args=}"
flags+=" -Cdebug-assertions -Ccodegen-units=1"
RUSTFLAGS="${RUSTFLAGS:-} $flags" cargo +nightly build --release --target "$host" \
    --manifest-path tests/fuzz/Cargo.toml --bin sets
fuzzer="$CARGO_TARGET_DIR/$host/release/sets"

if [[ -f ${1:-} ]]; then
    exec "$fuzzer" "$@"
fi

corpus="$CARGO_TARGET_DIR/corpus/sets"
artifacts="$CARGO_TARGET_DIR/artifacts/sets/"
mkdir -p "$corpus" "$artifacts"
"$fuzzer" -max_total_time="${1:-60}" -timeout=20 -rss_limit_mb=4096 -max_len=2048 -len_control=20 -print_final_stats=1 \
    -artifact_prefix="$artifacts" "${@:2}" "$corpus" tests/fuzz/seeds/sets
