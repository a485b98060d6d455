#!/usr/bin/env bash
# Makes the passwords and the certificate that docker-compose.prod.yml reads, once: what exists is kept.
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

# Browsers warn of a certificate that nobody but this machine has signed: put your own in its place.
if [ ! -e secrets/tls_certificate ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout secrets/tls_private_key -out secrets/tls_certificate 2>/dev/null
  chmod 644 secrets/tls_private_key secrets/tls_certificate
  echo 'made secrets/tls_certificate and secrets/tls_private_key, for localhost'
fi
