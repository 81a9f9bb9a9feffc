DROP TRIGGER tokens_pat_look_again ON tokens_pat;
DROP TRIGGER tokens_reminder_settings_look_again ON tokens_remindersettings;
DROP FUNCTION tokens_pat_look_again();
DROP FUNCTION tokens_reminder_settings_look_again();
