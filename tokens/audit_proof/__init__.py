"""What proves the audit log: reading its chain, judging it, signing where it stands.

Nothing in here writes to the database; the operations do.
"""
