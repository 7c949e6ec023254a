"""Monodromy, zero patterns, trace test and transport, whatever the engine."""
