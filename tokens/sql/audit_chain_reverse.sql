DROP TRIGGER tokens_audit_stamp ON tokens_auditevent;
DROP TRIGGER tokens_audit_link ON tokens_auditevent;
DROP TRIGGER tokens_audit_link_no_change ON tokens_auditlink;
DROP TRIGGER tokens_audit_link_no_insert ON tokens_auditlink;
DROP TRIGGER tokens_audit_link_no_truncate ON tokens_auditlink;
DROP FUNCTION tokens_audit_stamp();
DROP FUNCTION tokens_audit_link();
