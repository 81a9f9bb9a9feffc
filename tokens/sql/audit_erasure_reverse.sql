DROP FUNCTION tokens_audit_erase(bigint, uuid, uuid, timestamptz);

CREATE OR REPLACE FUNCTION tokens_audit_append_only() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
