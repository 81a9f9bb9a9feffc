"""What happened to people, their sessions and their grants, for whoever keeps a record of it.

Sent with `send` inside the transaction of the change, so that a receiver that fails undoes the change.
The sender is always the class `User`. Arguments by keyword:

- `signed_in`: user, actor, now
- `sign_in_refused`: actor (Actor or None), reason (a code of `errors`), aadsts (int, 0 for none),
  correlation_id (text), now
- `signed_out`: user, actor, now
- `sessions_ended`: user, actor, count (how many, at least one), reason (a `sessions.EndReason`), now;
  not sent where `signed_out` or `signed_in` says it; for one that ran out, when that is noticed
- `roles_changed`: user, actor, gained, lost (sets of `claims.Role`, not both empty), now
- `grant_used`: user, actor (whoever works without the person being there), now; once for each day (UTC),
  person and purpose
- `grant_lost`: user, actor, code (a `SignInReason`), aadsts (int, 0 for none), correlation_id (text), now
- `grant_deleted`: user, actor, reason (a `grant_life.DeletionReason`), now
"""

from django.dispatch import Signal

signed_in = Signal()
sign_in_refused = Signal()
signed_out = Signal()
sessions_ended = Signal()
roles_changed = Signal()
grant_used = Signal()
grant_lost = Signal()
grant_deleted = Signal()
