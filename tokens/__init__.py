"""Personal access tokens of Azure DevOps: the mirror, the operations on it and the audit log."""
