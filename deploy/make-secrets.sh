#!/usr/bin/env bash
# Makes the passwords that docker-compose.prod.yml reads, once: what exists is kept.
set -euo pipefail
cd "$(dirname "$0")"

# Containers read them under users of their own, so the folder keeps others of this machine out, not the files.
mkdir -p -m 700 secrets

# make NAME URL_NAME BEFORE AFTER: a password, and the address that holds it.
make() {
  local password
  [ -e "secrets/$1" ] && return
  password=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
  printf '%s' "$password" >"secrets/$1"
  printf '%s%s%s' "$3" "$password" "$4" >"secrets/$2"
  chmod 644 "secrets/$1" "secrets/$2"
  echo "made secrets/$1 and secrets/$2"
}

make postgres_password database_url postgres://acervo: @postgres:5432/acervo
make redis_password redis_url redis://: @redis:6379/0
