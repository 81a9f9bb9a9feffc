"""Who are you: sign-in with Microsoft Entra and what it lets the portal do for a person."""
