"""Small scopes for tests: the files of a folder, one of them changed by the case."""

from __future__ import annotations

from pathlib import Path

import yaml

from zicha.catalog.scope import Scope, load_scope

ACCOUNT = "111122223333"
OTHER = "444455556666"


def said(text: str) -> dict[str, str]:
    """A text in both languages."""
    return {"zh": text, "en": text}


def files() -> dict[str, dict[str, object]]:
    """The smallest scope that has something of everything."""
    return {
        "organisation": {"id": "org", "name": said("单位")},
        "entities": {
            "entities": [
                {
                    "id": "entity",
                    "name": said("甲"),
                    "province": said("北京"),
                    "city": said("北京"),
                    "licences": [
                        {"kind": "basic_telecom", "number": "A1", "valid_from": "2024-01-01"}
                    ],
                }
            ]
        },
        "systems": {
            "systems": [
                {
                    "id": "billing",
                    "entity": "entity",
                    "name": said("计费"),
                    "kinds": ["billing"],
                    "level": 3,
                    "cloud": True,
                    "not_present": [{"type": "terminal", "because": said("没有")}],
                }
            ]
        },
        "sources": {
            "sources": [
                {
                    "id": "aws-one",
                    "kind": "aws",
                    "name": said("一"),
                    "account": ACCOUNT,
                    "partition": "aws-cn",
                    "regions": ["cn-north-1", "cn-northwest-1"],
                },
                {
                    "id": "host",
                    "kind": "linux",
                    "name": said("主机"),
                    "reach": "local",
                    "groups": ["hosts"],
                },
                {"id": "register", "kind": "register", "name": said("册"), "file": "register.yaml"},
            ]
        },
        "objects": {
            "objects": [
                {
                    "id": "storage",
                    "systems": ["billing"],
                    "type": "data",
                    "name": said("存储"),
                    "selects": [
                        {
                            "source": "aws-one",
                            "subject_type": "AWS::S3::Bucket",
                            "subject": "billing-*",
                        }
                    ],
                },
                {
                    "id": "account",
                    "systems": ["billing"],
                    "type": "cloud_account",
                    "name": said("账号"),
                    "selects": [{"source": "aws-one"}],
                },
                {
                    "id": "hosts",
                    "systems": ["billing"],
                    "type": "server",
                    "name": said("主机"),
                    "selects": [{"group": "hosts"}],
                },
                {
                    "id": "switch",
                    "systems": ["billing"],
                    "type": "network_device",
                    "name": said("交换机"),
                },
            ]
        },
    }


def write(folder: Path, contents: dict[str, dict[str, object]]) -> Path:
    """Write the files of a scope."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, held in contents.items():
        text = yaml.safe_dump(held, allow_unicode=True, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def scope(folder: Path, **changed: dict[str, object]) -> Scope:
    """Load the smallest scope with some files changed."""
    return load_scope(write(folder, files() | changed))
