-- Whatever changes when a PAT ends, or who wants to hear of it, has reminders look again: no writer can forget it.
-- 'epoch' is "at the next look", whatever any clock says; the look itself writes the next moment there.

CREATE FUNCTION tokens_pat_look_again() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.remind_at := coalesce(NEW.remind_at, timestamptz 'epoch');
    ELSIF (
        OLD.valid_from, OLD.valid_to, OLD.ends_at, OLD.is_global, OLD.revoked_at, OLD.vanished_at,
        OLD.reminders_muted_until
    ) IS DISTINCT FROM (
        NEW.valid_from, NEW.valid_to, NEW.ends_at, NEW.is_global, NEW.revoked_at, NEW.vanished_at,
        NEW.reminders_muted_until
    ) THEN
        NEW.remind_at := timestamptz 'epoch';
        -- Azure DevOps rounds; and steps that would have come before it was put off are nobody's news.
        IF NEW.valid_to > OLD.valid_to + interval '1 second' THEN
            NEW.remind_from := NEW.written_at;
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER tokens_pat_look_again
BEFORE INSERT OR UPDATE ON tokens_pat
FOR EACH ROW EXECUTE FUNCTION tokens_pat_look_again();

CREATE FUNCTION tokens_reminder_settings_look_again() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR (
        OLD.steps, OLD.time_zone, OLD.muted_until, OLD.unsubscribed_until
    ) IS DISTINCT FROM (
        NEW.steps, NEW.time_zone, NEW.muted_until, NEW.unsubscribed_until
    ) THEN
        NEW.remind_at := timestamptz 'epoch';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER tokens_reminder_settings_look_again
BEFORE INSERT OR UPDATE ON tokens_remindersettings
FOR EACH ROW EXECUTE FUNCTION tokens_reminder_settings_look_again();

ALTER TABLE tokens_pat ENABLE ALWAYS TRIGGER tokens_pat_look_again;
ALTER TABLE tokens_remindersettings ENABLE ALWAYS TRIGGER tokens_reminder_settings_look_again;
