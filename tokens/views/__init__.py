"""The pages about PATs, one module for each. A view translates, makes one call and translates back."""
