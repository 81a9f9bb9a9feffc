DROP FUNCTION tokens_audit_canonical(tokens_auditevent, bigint, text, text);
DROP FUNCTION tokens_audit_personal(tokens_auditevent);
