"""The pages around signing in: sign-in and its return, sign-out, help."""
