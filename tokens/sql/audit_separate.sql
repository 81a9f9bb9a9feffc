-- What earlier releases recorded in one column becomes two; nothing is lost.
ALTER TABLE tokens_auditevent DISABLE TRIGGER tokens_audit_no_change;
UPDATE tokens_auditevent SET
    salt = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
    personal_data = data - lasting.keys,
    data = data - ARRAY(SELECT jsonb_object_keys(data - lasting.keys))
FROM (
    SELECT ARRAY[
        'active', 'asked_valid_to', 'attempts', 'authorization_id', 'bulk_id', 'checkpoints', 'ends_at',
        'erased', 'events', 'expired', 'expires', 'faults', 'format', 'found', 'from_position',
        'full_valid_to', 'gained', 'instance_id', 'is_complete', 'is_everything', 'is_global',
        'is_left_over', 'is_moved', 'kind', 'lost', 'mail_id', 'overlap_seconds', 'pats', 'reason',
        'repeats', 'replaces', 'resolution', 'returned', 'review_date', 'revoked', 'scopes', 'sessions',
        'state', 'successor', 'to_position', 'valid_from', 'valid_to', 'verb'
    ] AS keys
) AS lasting;
ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_change;
