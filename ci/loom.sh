#!/usr/bin/env bash
# Explores the interleavings of threads in the engine and in groups: see runtime/src/set/model.rs and
# runtime/src/group/model.rs.
set -euo pipefail
cd "$(dirname "$0")/.."

# A cfg of our own, for tokio would react to `loom`.
export RUSTFLAGS="${RUSTFLAGS:-} --cfg rejoin_loom"
export CARGO_TARGET_DIR="$PWD/target/loom"

cargo test -p rejoin --lib --release model "$@"
