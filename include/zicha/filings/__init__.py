"""Filings: what must be handed in, checked, approved by somebody else, sealed, and recorded."""
