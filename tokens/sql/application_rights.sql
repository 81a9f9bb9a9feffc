-- What the role of web and worker may do, run by the owner after every migration. {role} is its quoted name.
-- Before Postgres 15 everybody may create tables in the schema; the owner of the database takes that away.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM {role};
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM {role};
-- The audit log is written and read, never changed; the history of migrations is read.
REVOKE UPDATE, DELETE ON tokens_auditevent FROM {role};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role};
DO $$
BEGIN
    -- Whoever migrates back to an earlier release has no chain.
    IF to_regclass('tokens_auditlink') IS NOT NULL THEN
        -- Its links come from a trigger alone.
        REVOKE INSERT, UPDATE, DELETE ON tokens_auditlink FROM {role};
        REVOKE DELETE ON tokens_auditcheckpoint FROM {role};
        REVOKE UPDATE, DELETE ON tokens_auditverification FROM {role};
    END IF;
END
$$;
