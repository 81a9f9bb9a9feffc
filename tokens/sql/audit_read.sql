-- Every link between two positions, with its event as it is now rendered anew: {canonical} and {personal} stand for what
-- audit_canonical.sql renders, copied from there, because a function in the database may have been replaced. The two
-- hashes inside the text are left empty here and filled in by whoever compares. The settings that come with it make it
-- a walk along the positions, which begins at once and needs no memory.
COPY (
    SELECT link.position, link.event_id, link.hash_version, link.canonical, link.hash,
        event.id, {canonical}, event.salt, {personal}, event.erased_by, telling.position
    FROM (
        SELECT *, position AS place, ''::text AS previous, ''::text AS personal
        FROM public.tokens_auditlink
        WHERE position BETWEEN {first} AND {last}
    ) AS link
    LEFT JOIN public.tokens_auditevent AS event ON event.id = link.event_id
    LEFT JOIN public.tokens_auditevent AS told ON told.id = event.erased_by AND told.type = 'audit.erased'
    LEFT JOIN public.tokens_auditlink AS telling ON telling.event_id = told.id
    ORDER BY link.position
) TO STDOUT (FORMAT BINARY)
