"""The demo's accounts: served once for all tests of a process, or apart for who counts them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from demo.aws_account import demo_account
from demo.aws_account_seeds import ACCOUNTS

from zicha.catalog.roots import project_root

BUILT_AT = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class DemoSource:
    """How a scope names one of the demo's accounts."""

    account: str
    partition: str
    regions: tuple[str, ...]
    role_arn: str
    external_id: str = "zicha-demo"

    @property
    def id(self) -> str:
        return f"demo-{self.account}"


@cache
def address() -> str:
    """Where the accounts are served; they go when the process goes."""
    serving = demo_account(BUILT_AT)
    _kept.append(serving)
    return serving.__enter__()


_kept: list[Any] = []


@contextmanager
def served_apart() -> Iterator[str]:
    """The accounts in a process of their own, where no other test made or changed anything."""
    command = [sys.executable, "-m", "demo.aws_account"]
    with subprocess.Popen(
        command, cwd=project_root(), stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout
        try:
            yield serving.stdout.readline().strip()
        finally:
            serving.terminate()


def source(account: str) -> DemoSource:
    partition, region, _ = ACCOUNTS[account]
    role = f"arn:{partition}:iam::{account}:role/zicha-audit"
    return DemoSource(account, partition, (region,), role)
