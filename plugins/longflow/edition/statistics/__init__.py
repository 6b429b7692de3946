"""Statistics that are awkward in SQL: one module per concept, arrays in, numbers out."""
