"""Suites: tables of architectures with published counts, and runs that compare with them (``critlocus bench``)."""
