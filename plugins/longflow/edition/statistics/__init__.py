"""Statistics for which SQL is not the right tool: one module a notion, arrays in, numbers out."""
