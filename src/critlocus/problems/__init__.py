"""Questions as families of polynomial systems."""
