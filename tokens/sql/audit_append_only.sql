-- The audit log refuses UPDATE, DELETE and TRUNCATE from everybody, the owner included.
-- ENABLE ALWAYS: an ordinary trigger is skipped while session_replication_role is 'replica'.
-- SECURITY DEFINER with a fixed search_path: nobody can slip another function under it.
CREATE FUNCTION tokens_audit_append_only() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER tokens_audit_no_change
BEFORE UPDATE OR DELETE ON tokens_auditevent
FOR EACH ROW EXECUTE FUNCTION tokens_audit_append_only();

CREATE TRIGGER tokens_audit_no_truncate
BEFORE TRUNCATE ON tokens_auditevent
FOR EACH STATEMENT EXECUTE FUNCTION tokens_audit_append_only();

ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_change;
ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_truncate;
