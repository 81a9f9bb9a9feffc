-- Every event gets its link when its transaction commits: the lock is held for one short insertion, whatever else the
-- transaction did, and the order of the links is the order of the commits. All of it runs as the owner with a fixed
-- search_path, and fires under session_replication_role = 'replica' as well.

-- Time and salt are not the application's to choose.
CREATE FUNCTION tokens_audit_stamp() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.at := clock_timestamp();
    NEW.salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    NEW.erased_by := NULL;
    RETURN NEW;
END
$$;

CREATE TRIGGER tokens_audit_stamp
BEFORE INSERT ON tokens_auditevent
FOR EACH ROW EXECUTE FUNCTION tokens_audit_stamp();

CREATE FUNCTION tokens_audit_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place bigint;
    previous bytea;
    canonical text;
BEGIN
    -- Nobody else uses these two numbers. The next statement sees what whoever held the lock before has committed;
    -- where it does not (REPEATABLE READ), the position is taken already and the insertion is refused.
    PERFORM pg_advisory_xact_lock(7265, 25185);
    SELECT link.position, link.hash INTO place, previous
        FROM public.tokens_auditlink AS link ORDER BY link.position DESC LIMIT 1;
    place := coalesce(place, 0) + 1;
    canonical := public.tokens_audit_canonical(
        NEW,
        place,
        encode(coalesce(previous, decode(repeat('00', 32), 'hex')), 'hex'),
        encode(sha256(NEW.salt || convert_to(public.tokens_audit_personal(NEW), 'UTF8')), 'hex')
    );
    INSERT INTO public.tokens_auditlink (position, event_id, hash_version, canonical, hash)
        VALUES (place, NEW.id, 1, canonical, sha256(convert_to(canonical, 'UTF8')));
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER tokens_audit_link
AFTER INSERT ON tokens_auditevent DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION tokens_audit_link();

CREATE TRIGGER tokens_audit_link_no_change
BEFORE UPDATE OR DELETE ON tokens_auditlink
FOR EACH ROW EXECUTE FUNCTION tokens_audit_append_only();

-- A link that no event brings with it is refused as well.
CREATE TRIGGER tokens_audit_link_no_insert
BEFORE INSERT ON tokens_auditlink
FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION tokens_audit_append_only();

CREATE TRIGGER tokens_audit_link_no_truncate
BEFORE TRUNCATE ON tokens_auditlink
FOR EACH STATEMENT EXECUTE FUNCTION tokens_audit_append_only();

ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_stamp;
ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_link;
ALTER TABLE tokens_auditlink ENABLE ALWAYS TRIGGER tokens_audit_link_no_change;
ALTER TABLE tokens_auditlink ENABLE ALWAYS TRIGGER tokens_audit_link_no_insert;
ALTER TABLE tokens_auditlink ENABLE ALWAYS TRIGGER tokens_audit_link_no_truncate;

-- Whoever may execute a trigger's function may hang it on a table of their own, and feed it.
REVOKE EXECUTE ON FUNCTION tokens_audit_stamp() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tokens_audit_link() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tokens_audit_append_only() FROM PUBLIC;
