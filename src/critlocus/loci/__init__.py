"""Degenerate critical loci: components of positive dimension of the critical set, as witness sets."""
