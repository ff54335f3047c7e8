"""The ledger as use cases: sealed, anchored, verified, held, kept and lawfully deleted."""
