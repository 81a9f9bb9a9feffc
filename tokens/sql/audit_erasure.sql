-- Erasure is the one change that events allow: all personal fields and their salt at once, nothing else, and only
-- with the event that tells of it. The trigger holds everybody to this form, the function included.
CREATE OR REPLACE FUNCTION tokens_audit_append_only() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    expected public.tokens_auditevent;
BEGIN
    IF TG_OP = 'UPDATE' AND TG_RELID = 'public.tokens_auditevent'::regclass THEN
        expected := OLD;
        expected.actor_label := '';
        expected.owner_label := '';
        expected.pat_name := '';
        expected.address := '';
        expected.user_agent := '';
        expected.personal_data := '{}';
        expected.salt := NULL;
        expected.erased_by := NEW.erased_by;
        IF OLD.erased_by IS NULL AND NEW IS NOT DISTINCT FROM expected AND EXISTS (
            SELECT FROM public.tokens_auditevent AS told
            WHERE told.id = NEW.erased_by AND told.type = 'audit.erased' AND told.id > OLD.id
        ) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit events are append-only: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

-- Erases what is known of one person, of everybody before a moment, or of one person before a moment; NULL means
-- any. Returns how many events it changed. Events of erasures stay, for they say who was forgotten by whom.
CREATE FUNCTION tokens_audit_erase(told bigint, tenant uuid, person uuid, before timestamptz) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    IF person IS NULL AND before IS NULL THEN
        RAISE EXCEPTION 'an erasure needs a person or a time';
    END IF;
    UPDATE public.tokens_auditevent AS event
    SET actor_label = '', owner_label = '', pat_name = '', address = '', user_agent = '', personal_data = '{}',
        salt = NULL, erased_by = told
    WHERE event.erased_by IS NULL
        AND event.id BETWEEN 1 AND told - 1
        AND event.type <> 'audit.erased'
        AND (before IS NULL OR event.at < before)
        AND (
            person IS NULL
            OR (event.actor_object_id = person AND event.actor_tenant_id = tenant)
            OR (event.owner_object_id = person AND event.owner_tenant_id = tenant)
        );
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END
$$;

REVOKE EXECUTE ON FUNCTION tokens_audit_erase(bigint, uuid, uuid, timestamptz) FROM PUBLIC;
