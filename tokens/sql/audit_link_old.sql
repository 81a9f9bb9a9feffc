-- The chain begins with the events of earlier releases, in the order in which they were written.
ALTER TABLE tokens_auditlink DISABLE TRIGGER tokens_audit_link_no_insert;
DO $$
DECLARE
    old tokens_auditevent;
    place bigint := 0;
    previous bytea := decode(repeat('00', 32), 'hex');
    canonical text;
BEGIN
    FOR old IN SELECT * FROM tokens_auditevent ORDER BY id LOOP
        place := place + 1;
        canonical := tokens_audit_canonical(
            old,
            place,
            encode(previous, 'hex'),
            encode(sha256(old.salt || convert_to(tokens_audit_personal(old), 'UTF8')), 'hex')
        );
        previous := sha256(convert_to(canonical, 'UTF8'));
        INSERT INTO tokens_auditlink (position, event_id, hash_version, canonical, hash)
            VALUES (place, old.id, 1, canonical, previous);
    END LOOP;
END
$$;
ALTER TABLE tokens_auditlink ENABLE ALWAYS TRIGGER tokens_audit_link_no_insert;
