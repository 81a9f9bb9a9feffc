"""The formats of English as it is written in Australia."""
