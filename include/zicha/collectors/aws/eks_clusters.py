"""EKS clusters: who reaches the control plane, what it logs, and whether secrets are encrypted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import Wanted, named, only, sought_in
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, cell
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FIELDS = ("arn", "encryptionConfig", "logging", "name", "resourcesVpcConfig", "version")
WORLD = ("0.0.0.0/0", "::/0")
NEEDED = ("api", "audit", "authenticator")


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """A region's clusters, and what each says of itself."""
    from zicha.sources.aws import members

    for region, sought in sought_in(account, wanted, "cluster"):
        eks = account.client("eks", region)
        listing = named(eks.ask("list_clusters", expects="clusters"), "clusters", "name")
        yield listing
        for one in members(listing, "clusters", "name", sought):
            name = one["name"]
            said = eks.ask("describe_cluster", about=name, expects="cluster", name=name)
            yield only(said, "cluster", FIELDS)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per cluster."""
    for listing in replies.to("list_clusters"):
        account, region = listing.place
        for one in listing.each("clusters"):
            said = replies.about(one["name"], "describe_cluster")
            yield {
                "account": account,
                "region": region,
                "cluster": one["name"],
                "version": cell(said, "cluster", "version"),
                "is_open_to_the_world": read(said, _is_open),
                "logs_what_is_done": read(said, _logs),
                "encrypts_secrets": read(said, _encrypts),
            }


def _is_open(body: Mapping[str, Any]) -> bool:
    """Whether its interface answers any address; without a list of addresses it does."""
    network = body["cluster"]["resourcesVpcConfig"]
    named_ = network.get("publicAccessCidrs") or WORLD
    return bool(network["endpointPublicAccess"]) and any(one in WORLD for one in named_)


def _logs(body: Mapping[str, Any]) -> bool:
    found = {
        kind
        for one in body["cluster"]["logging"]["clusterLogging"]
        if one["enabled"]
        for kind in one["types"]
    }
    return all(kind in found for kind in NEEDED)


def _encrypts(body: Mapping[str, Any]) -> bool:
    """Whether secrets are encrypted with a key of one's own; AWS names none where they are not."""
    found = body["cluster"].get("encryptionConfig") or ()
    return any("secrets" in one["resources"] for one in found)


COLLECTOR = Collector(
    id="aws/eks_clusters",
    title=Text(zh="EKS 集群", en="EKS clusters"),
    max_age=timedelta(hours=26),
    permissions=("eks:DescribeCluster", "eks:ListClusters"),
    lists="list_clusters",
    places=("account", "region"),
    subject=("account", "region", "cluster"),
    subject_type="AWS::EKS::Cluster",
    columns={
        "account": str,
        "region": str,
        "cluster": str,
        "version": str,
        "is_open_to_the_world": bool,
        "logs_what_is_done": bool,
        "encrypts_secrets": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
