DROP TRIGGER tokens_audit_no_change ON tokens_auditevent;
DROP TRIGGER tokens_audit_no_truncate ON tokens_auditevent;
DROP FUNCTION tokens_audit_append_only();
