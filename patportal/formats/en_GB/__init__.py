"""The formats of English as it is written in the United Kingdom, the language of the portal itself."""
