"""In `aws-cn` every collector asks China's own endpoints, and what is not offered there is said."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from botocore.exceptions import EndpointConnectionError

from zicha.collectors import collectors
from zicha.model.evidence import Answer
from zicha.model.verdict import Reason
from zicha.sources.aws import AwsAccount
from zicha.sources.aws_wire import Limits

AWS = {id_: one for id_, one in collectors().items() if one.source == "aws"}
every_collector = pytest.mark.parametrize("collector", AWS.values(), ids=AWS)
ID, REGIONS = "111122223333", ("cn-north-1", "cn-northwest-1")
CHINA = ".amazonaws.com.cn"


class Nowhere:
    """A session whose every endpoint is out of reach, and which remembers what was called."""

    def __init__(self, monkeypatch, partition, *absent):
        import boto3

        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
        self.session = boto3.Session("a", "b", region_name=REGIONS[0])
        self.session.events.register("before-send", self._hear)
        self.hosts: set[str] = set()
        self.services: set[str] = set()
        listed = self.session.get_available_regions

        def available(service, partition_name="aws", allow_non_regional=False):
            self.services.add(service)
            return [] if service in absent else listed(service, partition_name, allow_non_regional)

        monkeypatch.setattr(self.session, "get_available_regions", available)
        self.account = AwsAccount(
            self.session, ID, REGIONS, partition, limits=Limits(attempts=1), pause=lambda _: None
        )

    def _hear(self, request, **_):
        self.hosts.add(urlsplit(request.url).hostname)
        raise EndpointConnectionError(endpoint_url=request.url)


@every_collector
def test_it_asks_endpoints_of_china_only(collector, monkeypatch):
    nowhere = Nowhere(monkeypatch, "aws-cn")

    list(collector.fetch(nowhere.account))

    assert nowhere.hosts
    assert {host for host in nowhere.hosts if not host.endswith(CHINA)} == set()


@every_collector
def test_what_is_out_of_reach_there_is_a_gap_or_is_not_offered_and_never_empty(
    collector, monkeypatch
):
    nowhere = Nowhere(monkeypatch, "aws-cn")

    found = collector.table(collector.fetch(nowhere.account))

    assert found.rows == () or collector.id == "aws/ec2_regions"
    assert found.states
    assert all(s.reason is Reason.UNREACHABLE or s.not_offered for s in found.states.values())


# A region without EC2 is none that the list of endpoints knows.
WITHOUT_EC2 = {
    id_: one for id_, one in AWS.items() if not any(p.startswith("ec2:") for p in one.permissions)
}


@pytest.mark.parametrize("collector", WITHOUT_EC2.values(), ids=WITHOUT_EC2)
def test_where_the_partition_does_not_offer_its_service_it_says_so_and_nothing_else(
    collector, monkeypatch
):
    services = Nowhere(monkeypatch, "aws-cn")
    list(collector.fetch(services.account))
    nowhere = Nowhere(monkeypatch, "aws-cn", *(services.services - {"ec2"}))

    replies = list(collector.fetch(nowhere.account))

    listings = [reply for reply in replies if reply.call == collector.lists]
    assert listings
    assert all(isinstance(one, Answer) and one.not_offered for one in listings)
    assert collector.table(replies).rows == ()
