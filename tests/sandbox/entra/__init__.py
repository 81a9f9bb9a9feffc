"""Tests of the stand-in for Microsoft Entra."""
