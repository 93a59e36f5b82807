#!/bin/bash
# Makes plain roles, each with a database of its own and its name, on a PostgreSQL that is new: the image
# `postgres` runs this once, as its superuser. Services run as such a role, for row-level security, the second
# wall between partners' rows, does not bind a superuser.
#
#   TENURE_ROLES     their names: `tenure_catalog tenure_order …`
#   TENURE_PASSWORD  the password of all of them
set -euo pipefail

for role in ${TENURE_ROLES:?}; do
    psql --username "${POSTGRES_USER:-postgres}" --dbname postgres --no-password --quiet \
        --set ON_ERROR_STOP=1 --set role="$role" --set password="${TENURE_PASSWORD:?}" <<'END'
CREATE ROLE :"role" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
END
done
