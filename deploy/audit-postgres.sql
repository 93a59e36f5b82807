-- The rights of a role that can add to the audit log and erase names from it, and nothing else: with them
-- the service cannot change or remove an entry even if it is told to, nor switch the triggers off.
--
-- Run once as the owner of the schema, after `tenure migrate audit` as the owner has made the tables, and again
-- after each upgrade (which the owner migrates first, too):
--   psql -v schema=audit -v role=tenure_audit -f deploy/audit-postgres.sql DATABASE
-- Then start the service with db_url = "postgres://tenure_audit:…@host/database?schema=audit".

GRANT USAGE ON SCHEMA :schema TO :role;
GRANT SELECT ON :schema.schema_version TO :role;
GRANT SELECT, INSERT ON :schema.entries, :schema.checkpoints, :schema.tree_nodes TO :role;
GRANT UPDATE (actor, actor_salt) ON :schema.entries TO :role;
GRANT SELECT, UPDATE ON :schema.tree_head TO :role;
GRANT SELECT, INSERT ON :schema.signing_key TO :role;
GRANT SELECT, INSERT, UPDATE, DELETE ON :schema.replays TO :role;
