"""The portal against an OpenID server that somebody else wrote; runs where Node and npm are found."""
