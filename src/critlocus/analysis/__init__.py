"""Counts, tables and pictures of results."""
