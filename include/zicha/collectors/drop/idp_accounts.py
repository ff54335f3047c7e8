"""Accounts of the identity provider, as delivered (`registers/idp_accounts.yaml`)."""

from __future__ import annotations

from zicha.collectors.drop.register_rows import register_rows

COLLECTOR = register_rows("idp_accounts")
