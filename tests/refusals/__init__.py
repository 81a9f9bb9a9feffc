"""What every refusal comes to: tables of our own, and the tests that carry out each of their rows."""
