#!/usr/bin/env bash
# Opens the console in Chromium: every page, on a phone and on a desk, with scripts and without.
# What lacks is installed where this user may; otherwise the tests are skipped, and said to be.
set -euo pipefail
cd "$(dirname "$0")/.."

chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
missing=()
# Pictures are compared, so the font is the same everywhere.
[ -n "$chromium" ] || missing+=(chromium fonts-dejavu-core)
command -v npm > /dev/null || missing+=(nodejs npm)
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
        echo "skipped: the console in a browser; install ${missing[*]} to test it" >&2
        exit 0
    fi
    apt-get update --quiet
    apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
    chromium=${chromium:-$(command -v chromium)}
fi

cargo build --quiet --locked --package hrflow-connectors-cli
cd crates/web-console/browser
npm ci --silent --no-audit --no-fund
CHROMIUM=$chromium node --test test.mjs
