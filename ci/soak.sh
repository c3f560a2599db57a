#!/usr/bin/env bash
# Millions of operations on sets and groups that live long. After each tenth of them no more memory may be in use than after the first:
# `ci/soak.sh [OPERATIONS] [SEED]`. Takes some minutes. It says which seed it draws.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo run --release -p rejoin-tests --bin soak -- "$@"
