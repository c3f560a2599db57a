#!/usr/bin/env bash
# Runs the tests of the engine and of the macros under valgrind's memcheck; those that need a million futures are left out.
# Takes a quarter of an hour.
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

# Threads take turns, and none can keep the others waiting.
check() {
    valgrind --quiet --fair-sched=yes --leak-check=full --show-leak-kinds=definite,indirect \
        --errors-for-leak-kinds=definite,indirect --error-exitcode=1 "$@"
}

engine=$(executable -p rejoin --lib)
check "$engine" --test-threads=1 --skip scale

# All but those that look at what the compiler says, and those of large numbers.
for file in tests/tests/*; do
    name=$(basename "$file" .rs)
    skipped=()
    case $name in
        ui) continue ;;
        memory) skipped=(--skip limit::) ;;
    esac
    test=$(executable -p rejoin-tests --test "$name")
    check "$test" --test-threads=1 "${skipped[@]}"
done
