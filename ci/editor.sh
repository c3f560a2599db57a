#!/usr/bin/env bash
# What rust-analyzer completes and shows inside of calls, also of those that are still being typed: tests/editor. Says so, and
# passes, where there is no rust-analyzer (`rustup component add rust-analyzer`) or no python3. A word takes only the
# cases with it in their names.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! rust-analyzer --version >/dev/null 2>&1; then
    echo "skipped: there is no rust-analyzer (rustup component add rust-analyzer)"
    exit 0
fi
if ! command -v python3 >/dev/null; then
    echo "skipped: there is no python3"
    exit 0
fi
python3 tests/editor/client.py "$@"
