#!/usr/bin/env bash
# Checks the example that needs a NATS server (examples/cluster), and installs one if there is none. Where that cannot be
# done it says so.
set -euo pipefail
cd "$(dirname "$0")/.."

version=2.10.22

# Into target/, from the project's releases.
download() {
    local machine
    case $(uname -m) in
        x86_64) machine=amd64 ;;
        aarch64 | arm64) machine=arm64 ;;
        *) return 1 ;;
    esac
    local system
    system=$(uname -s | tr '[:upper:]' '[:lower:]')
    local name=nats-server-v$version-$system-$machine
    mkdir -p target/nats-server
    curl -sSfL "https://github.com/nats-io/nats-server/releases/download/v$version/$name.tar.gz" |
        tar -xz -C target/nats-server --strip-components 1
}

# Debian has it where only root looks; the other is where `download` puts it.
export PATH="$PATH:/usr/sbin:$PWD/target/nats-server"
if ! command -v nats-server >/dev/null; then
    root=()
    [[ $(id -u) == 0 ]] || root=(sudo -n)
    if command -v apt-get >/dev/null && "${root[@]}" true 2>/dev/null; then
        "${root[@]}" apt-get update -qq || true
        "${root[@]}" apt-get install -qq -y nats-server || download || true
    else
        download || true
    fi
fi
if ! command -v nats-server >/dev/null; then
    echo "skipped: there is no nats-server, and none can be installed; see https://nats.io/download"
    exit 0
fi

export CARGO_TARGET_DIR="$PWD/target/cluster"
cd examples/cluster
cargo fmt --check
cargo clippy --locked --all-targets -- -D warnings
# The programs of a test wait for each other most of the time.
cargo test --locked -- --test-threads 6
cargo run --locked -- demo
