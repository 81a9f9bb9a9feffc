"""Leaves: small pure modules that import nothing of the portal and know no models."""
