"""What the portal sees of Microsoft Entra: documents, pages to sign in and out, the token endpoint."""
