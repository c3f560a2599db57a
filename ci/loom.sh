#!/usr/bin/env bash
# Explores the interleavings of threads in the engine and in groups: see runtime/src/set/model.rs and
# runtime/src/group/model.rs.
set -euo pipefail
cd "$(dirname "$0")/.."

# A cfg of our own, for tokio would react to `loom`.
export RUSTFLAGS="${RUSTFLAGS:-} --cfg rejoin_loom"
export CARGO_TARGET_DIR="$PWD/target/loom"

# What is run millions of times is loom, and no other dependency.
cargo test -p rejoin --lib --release \
    --config 'profile.release.package."*".opt-level=0' \
    --config 'profile.release.package.loom.opt-level=3' \
    --config 'profile.release.package.generator.opt-level=3' \
    model "$@"
