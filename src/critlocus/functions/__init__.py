"""Critical points in function space: of the distance to a variety; pure and spurious ones are told apart."""
