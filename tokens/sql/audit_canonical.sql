-- The texts that are hashed. Both are stored or can be made again from what is stored, in any session: the fields
-- have a fixed order, times are UTC with microseconds. Another set of fields needs another version.

-- What can be erased; the lasting text holds only a salted hash of it.
CREATE FUNCTION tokens_audit_personal(event tokens_auditevent) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'actor_label', event.actor_label,
        'owner_label', event.owner_label,
        'pat_name', event.pat_name,
        'address', event.address,
        'user_agent', event.user_agent,
        'data', event.personal_data
    )::text
$$;

-- What lasts. `previous` and `personal` are SHA-256 hashes in hexadecimal digits: of the text before it in the
-- chain (64 zeros for the first), and of the salt followed by the text above.
CREATE FUNCTION tokens_audit_canonical(event tokens_auditevent, place bigint, previous text, personal text)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'version', 1,
        'position', place,
        'previous', previous,
        'id', event.id,
        'at', to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'type', event.type,
        'outcome', event.outcome,
        'actor_kind', event.actor_kind,
        'actor_tenant_id', event.actor_tenant_id,
        'actor_object_id', event.actor_object_id,
        'owner_tenant_id', event.owner_tenant_id,
        'owner_object_id', event.owner_object_id,
        'authorization_id', event.authorization_id,
        'organization', event.organization,
        'operation_id', event.operation_id,
        'request_id', event.request_id,
        'activity_id', event.activity_id,
        'error_code', event.error_code,
        'data', event.data,
        'personal', personal
    )::text
$$;
