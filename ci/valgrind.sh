#!/usr/bin/env bash
# Runs the tests of the engine, and those of `gather!`, under valgrind's memcheck; those that need a million futures are
# left out.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v valgrind >/dev/null; then
    echo "skipped: valgrind is not installed"
    exit 0
fi

export PROPTEST_CASES="${PROPTEST_CASES:-16}"

# Builds a test, and prints where it is.
executable() {
    cargo test --no-run "$@" 2>&1 | tee >(cat >&2) | sed -n 's/^ *Executable .*(\(.*\))$/\1/p'
}

check() {
    valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect \
        --errors-for-leak-kinds=definite,indirect --error-exitcode=1 "$@"
}

engine=$(executable -p rejoin --lib)
check "$engine" --test-threads=1 set:: --skip scale

for file in tests/tests/gather*.rs; do
    test=$(executable -p rejoin-tests --test "$(basename "$file" .rs)")
    check "$test" --test-threads=1
done
