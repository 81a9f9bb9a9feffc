ALTER TABLE tokens_auditevent DISABLE TRIGGER tokens_audit_no_change;
UPDATE tokens_auditevent SET data = data || personal_data;
ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_change;
