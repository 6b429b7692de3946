"""Follows a published table, or one cell of it, back to the files that were delivered."""
