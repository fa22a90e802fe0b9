#!/usr/bin/env bash
# Runs a browser test: Playwright looks for its packages beside the test, so both are brought together in a folder.
#   run_playwright.sh TEST.spec.ts
set -euo pipefail
if [ ! -x /usr/bin/chromium ]; then
  echo "there is no /usr/bin/chromium; ./setup installs it" >&2
  exit 1
fi
work=$TEST_TMPDIR/web
mkdir -p "$work"
cp -L tests/web/*.ts "$work"
echo '{"type": "module"}' > "$work/package.json"
ln -s "$(realpath --no-symlinks ../npm/node_modules)" "$work/node_modules"
PARZEN=$PWD/cli/parzen
export PARZEN
node=$(realpath ../npm/node)
cd "$work"
exec "$node" node_modules/@playwright/test/cli.js test -c playwright.config.ts "$1"
