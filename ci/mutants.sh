#!/usr/bin/env bash
# Tests the tests: changes the sources in one place at a time, and prints the changes (mutants) that no test notices. By
# hand, and not a part of the gate: `ci/mutants.sh PATH...`, for example `ci/mutants.sh runtime/src/gather`, or
# `ci/mutants.sh macros/src`; paths of both crates cannot be mixed.
#
# All mutants of these paths are compiled into a copy of the project at once, each behind a switch that reads the environment
# (tests/mutants). So the tests are built once: in 4 minutes of processor time. Each test is run once without a mutant, to
# learn which mutants it reaches; those that need more than 3 s are left out. Then each mutant is run with the tests that
# reach it until one fails. The mutants of `macros/src` are run with the unit tests, and against the compiler's output for
# `tests/ui`. Results are kept in `target/mutants`, so that the next run is only of mutants that no test has noticed.
#
# JOBS=n       how many mutants are run at once, 2 if it is not set
# SAMPLE=n     only every n-th mutant
# ONLY=PREFIX  only mutants whose names begin with this, for example a file of PATH
# PATIENCE=s   seconds that the tests of one mutant may take in all, 30 if it is not set. A mutant that is "survived 40 of 120
#              tests" may still be noticed by a test that was not run.
#
# tests/mutants/accepted.txt lists the mutants that change nothing, with the reason for each. To see one by hand: build a test with
# this script, look its number up in target/mutants/*/mutants.txt, and run the test's binary with MUTANT=number.
#
# What was run so far, on 2 cores that others used too. A line is of the sources of its time, and code that is newer was not
# run. "Noticed" is a test that failed or did not end.
#
#     gather/                 all 336 mutants, 20 minutes     281 noticed; without structs
#     group/                  727 of 865, 15 minutes          676 noticed, the others have a test or a reason now
#     pending/                164                             137 noticed, the others have a test or a reason now
#     timeout/                193                             162 noticed, the others have a test or a reason now
#     wait/                   45                              40 noticed, the others have a test or a reason now
#     set/                    552 of 1,164                    518 noticed, 10 had a reason, 7 have a test now, 15 a reason, 2 are open
#     macros/src              232 of 929, 12 minutes          168 noticed, without the unit tests
#
# Open are `take_first_woken` in `static_wakers.rs`, without the comparison of `start()`, which changes fairness after a turn that began
# without a budget, and `make_block` in `waker.rs` without `give_back`, which only two threads in one poll can reach. Some of the mutants
# of `gather/` and `macros/src` that were not noticed were not run with all tests that reach them.
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
    # The unit tests of a procedural macro are linked with the compiler's own standard library.
    LD_LIBRARY_PATH="$(rustc --print target-libdir):${LD_LIBRARY_PATH:-}"
    export LD_LIBRARY_PATH
    exec "$tool" "$here/tree" $package tests/mutants/accepted.txt "$@" -- \
        -p rejoin-macros -p rejoin-tests --lib -- tests/ui/*/*.rs
fi

tests=(-p rejoin --lib -p rejoin-tests)
for test in tests/tests/* conformance; do
    test=$(basename "$test" .rs)
    case $test in
    # The first two test messages of the compiler, and the third compares with other crates.
    ui | lints | traps) ;;
    *) tests+=(--test "$test") ;;
    esac
done
exec "$tool" "$here/tree" $package tests/mutants/accepted.txt "$@" -- \
    --config 'profile.dev.package.rejoin.opt-level=1' "${tests[@]}" --
