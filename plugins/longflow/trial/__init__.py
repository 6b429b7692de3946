"""Tries one file of a source: recognises it, reads it as staging does, and describes it."""
