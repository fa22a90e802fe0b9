#!/usr/bin/env bash
# Runs optuna_test.py with a python3 that can import optuna: the first of the PATH, or the system's.
here=$(dirname "${BASH_SOURCE[0]}")
python=python3
for candidate in python3 /usr/bin/python3; do
  "$candidate" -c 'import optuna' 2>/dev/null && python=$candidate && break
done
export PYTHONDONTWRITEBYTECODE=1
exec "$python" "$here/optuna_test.py" "$PWD/cli/parzen"
