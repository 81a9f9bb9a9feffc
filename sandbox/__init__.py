"""A stand-in for Microsoft Entra and the Azure DevOps PAT Lifecycle API, for the demo and the tests.

It speaks the real protocols over TLS on loopback and imports nothing of the portal, so that MSAL and the
portal's client talk to it unmodified. It is no part of a production installation.
"""
