"""Tests of the sandbox itself: they need neither the portal nor a database."""
