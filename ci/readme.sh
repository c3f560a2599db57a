#!/usr/bin/env bash
# Compiles each listing of README.md as a program with the dependencies that README.md shows, and no others. The doc tests
# compile the same listings, but with all features of tokio.
set -euo pipefail
cd "$(dirname "$0")/.."

package=target/readme
rm -rf "$package"
mkdir -p "$package/src/bin"
cp Cargo.lock "$package"
{
    printf '[package]\nname = "readme"\nedition = "2024"\n\n[workspace]\n\n'
    awk '/^```toml$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md |
        sed "s|\.\./rejoin/runtime|$PWD/runtime|"
} >"$package/Cargo.toml"
awk -v folder="$package/src/bin" '
    /^```rust$/ { file = folder "/listing" ++count ".rs"; main = 0; print "#![allow(dead_code)]" >file; next }
    /^```$/ && file { if (!main) print "fn main() {}" >file; close(file); file = "" }
    file { if (/fn main/) main = 1; print >file }
' README.md
CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/readme-build" \
    cargo check --quiet --manifest-path "$package/Cargo.toml"
