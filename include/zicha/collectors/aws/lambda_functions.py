"""Lambda functions: who may call them, and until when AWS keeps up what they run on.

Code, environment variables and layers are never kept: the listing holds them, and they are dropped
before anything is sealed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from zicha.catalog.runtimes import load_runtimes
from zicha.collectors.aws.conditions import is_bounded, named_by
from zicha.collectors.aws.iam_statements import principals, statements
from zicha.collectors.aws.members import Wanted, kept, sought_in
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, cell
from zicha.model.logic import read
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FIELDS = ("FunctionArn", "FunctionName", "LastModified", "PackageType", "Runtime")
URL = ("AuthType",)
# Any of these says who may stand behind a principal that names everyone.
SIGNED = ("lambda:functionurlauthtype",)
BOUNDING = (
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
)


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """A region's functions; of each its address for the public, and its policy."""
    from zicha.sources.aws import members

    for region, sought in sought_in(account, wanted, "function"):
        service = account.client("lambda", region)
        listing = kept(service.ask("list_functions", expects="Functions"), "Functions", FIELDS)
        yield listing
        for one in members(listing, "Functions", "FunctionArn", sought):
            arn = one["FunctionArn"]
            said = service.ask(
                "get_function_url_config", about=arn, expects="AuthType", FunctionName=arn
            )
            yield _kept(said)
            yield service.ask("get_policy", about=arn, expects="Policy", FunctionName=arn)


def _kept(said: Reply) -> Reply:
    from dataclasses import replace

    if not isinstance(said, Answer) or not said.body:
        return said
    return replace(said, body={name: said.body[name] for name in URL if name in said.body})


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per function; one made of an image brings its own runtime."""
    for listing in replies.to("list_functions"):
        account, region = listing.place
        for one in listing.each("Functions"):
            arn = one["FunctionArn"]
            url = replies.about(arn, "get_function_url_config")
            policy = replies.about(arn, "get_policy")
            runtime = None if one.get("PackageType") == "Image" else cell(one, "Runtime")
            yield {
                "account": account,
                "region": region,
                "function": arn,
                "name": cell(one, "FunctionName"),
                "runtime": runtime,
                "supported_until": _supported_until(runtime),
                "has_open_address": read(
                    url, lambda body: body["AuthType"] == "NONE", absent=False
                ),
                "is_open_to_anyone": read(
                    policy, lambda body: _opens(body["Policy"]), absent=False
                ),
            }


def _opens(document: str) -> bool:
    return any(
        one["Effect"] == "Allow" and "*" in principals(one) and not _is_bounded(one)
        for one in statements(document)
    )


def _is_bounded(statement: Mapping[str, Any]) -> bool:
    return "AWS_IAM" in named_by(statement, SIGNED) or is_bounded(statement, BOUNDING)


@cache
def _ends() -> Mapping[str, datetime]:
    return {
        one.id: datetime.combine(one.until, time(23, 59, 59), UTC)
        for one in load_runtimes().runtimes
    }


def _supported_until(runtime: Any) -> Any:
    """The last moment of support; unread where our table does not know the runtime."""
    if not isinstance(runtime, str):
        return runtime
    remedy = f"runtime {runtime} is not in lambda_runtimes.yaml: enter until when it is supported"
    return _ends().get(runtime) or Unread(Reason.NOT_COLLECTED, remedy)


COLLECTOR = Collector(
    id="aws/lambda_functions",
    title=Text(zh="Lambda 函数", en="Lambda functions"),
    max_age=timedelta(hours=26),
    permissions=("lambda:GetFunctionUrlConfig", "lambda:GetPolicy", "lambda:ListFunctions"),
    lists="list_functions",
    places=("account", "region"),
    subject=("account", "function"),
    subject_type="AWS::Lambda::Function",
    columns={
        "account": str,
        "region": str,
        "function": str,
        "name": str,
        "runtime": str,
        "supported_until": datetime,
        "has_open_address": bool,
        "is_open_to_anyone": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
