"""Discriminants and chambers: where in data space the critical points change, and what they are in between."""
