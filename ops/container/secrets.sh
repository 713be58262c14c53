#!/bin/sh
# ops/container/secrets.sh [FOLDER]: makes the secrets of docker-compose.yml; those that exist stay.
# The files can be read by the containers' users, the folder by nobody else on this machine.
set -eu
folder=${1:-secrets}
umask 077
mkdir -p "$folder"
chmod 700 "$folder"
for name in postgres_password centre; do
    [ -s "$folder/$name" ] && continue
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$folder/$name.new"
    chmod 444 "$folder/$name.new"
    mv "$folder/$name.new" "$folder/$name"
done
