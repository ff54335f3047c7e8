"""Custody: what was said is redacted, sealed under its digest, verified whenever it is read."""
