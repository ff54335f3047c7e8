"""Secrets of every kind that nobody uses, and sources that carry them wherever they can."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "include" / "scope" / "example"
MOBILE = "13912345678"
PEM_BODY = "MIIEowIBAAKCAQEA7cAnArYcAnArYcAnArYcAnArY0"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{PEM_BODY}\n-----END RSA PRIVATE KEY-----"

CANARIES = {
    "aws key id": "AKIAZ7CANARY7CANARY7",
    "aws temporary key id": "ASIAZ7CANARY7CANARY7",
    "aws secret": "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",
    "alibaba key id": "LTAI5tCanaryCanaryCanary",
    "alibaba secret": "cAnArYaLiBaBaSeCrEt0123456789a",
    "tencent key id": "AKIDz8cAnArYcAnArYcAnArYcAnArYcAnArY",
    "tencent secret": "cAnArYtEnCeNtSeCrEt0123456789abc",
    "slack token": "xoxb-202611211234-cAnArYcAnArY",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c4n4ryC4n4ry_c4n4ry-c4n4ry",
    "bearer token": "c4n4ry.B34r3r.c4n4ry-c4n4ry",
    "private key": PEM_BODY,
    "mobile": MOBILE,
    "identity number": "11010519491231002X",
    "bank card": "6222021234567890128",
}
"""Each kind, and what must appear nowhere."""

SAID = {
    "aws secret": "aws_secret_access_key = {}",
    "alibaba secret": "AccessKeySecret={}",
    "tencent secret": '"SecretKey": "{}"',
    "bearer token": "Authorization: Bearer {}",
    "private key": PEM.replace(PEM_BODY, "{}"),
}
"""How those look that nobody recognises without the words around them."""

NAMED = {
    "aws secret": "secretAccessKey",
    "alibaba secret": "accessKeySecret",
    "tencent secret": "secretKey",
}
"""The field of an interface that holds such a one alone."""

BARE = tuple(kind for kind in CANARIES if kind not in SAID)
RECORDED = ("recorded-host", "demo-cloudtrail", "demo-register")


def said(kind: str) -> str:
    """The canary as a file or a message says it."""
    return SAID.get(kind, "{}").format(CANARIES[kind])


EVERY = tuple(said(kind) for kind in CANARIES)


def scope_with_canaries(folder: Path) -> Path:
    """The example scope, whose recorded sources carry every canary."""
    scope = folder / "scope"
    shutil.copytree(EXAMPLE, scope)
    shutil.copytree(ROOT / "demo" / "cloudtrail", folder / "cloudtrail")
    _plant_in_logs(folder / "cloudtrail")
    recording = json.loads((ROOT / "demo" / "recorded_host" / "host.json").read_text("utf-8"))
    _plant_in_host(recording["replies"])
    (folder / "host.json").write_text(json.dumps(recording, ensure_ascii=False), "utf-8")
    path = scope / "sources.yaml"
    text = path.read_text("utf-8")
    text = text.replace("../../../demo/recorded_host/host.json", "../host.json")
    path.write_text(text.replace("../../../demo/cloudtrail", "../cloudtrail"), "utf-8")
    _plant_in_register(scope / "register" / "attestations.yaml")
    return scope


def _plant_in_register(path: Path) -> None:
    register = yaml.safe_load(path.read_text("utf-8"))
    for one in register["attestations"]:
        one["statement"] += f"，联系人 {MOBILE}，证件 {CANARIES['identity number']}"
        one |= {name: str(one[name]) for name in ("dated", "valid_until")}
    path.write_text(yaml.safe_dump(register, allow_unicode=True), "utf-8")


def _plant_in_host(replies: list[dict[str, Any]]) -> None:
    by_command = {" ".join(reply["argv"]): reply for reply in replies}
    names = [CANARIES[kind] for kind in BARE]
    for n, name in enumerate(names):
        by_command["cat -- /etc/passwd"]["out"].append(
            f"{name}:x:{3000 + n}:{3000 + n}:{name}:/home/{name}:/bin/bash"
        )
        by_command["cat -- /etc/shadow"]["out"].append(f"{name}:(sha512):20102:0:99999:7:::")
        by_command["cat -- /etc/group"]["out"].append(f"{name}::{3000 + n}:{name}")
        by_command["ss -lntup"]["out"].append(
            f"tcp   LISTEN 0      128          0.0.0.0:{9000 + n}        0.0.0.0:*     "
            f'users:(("{name}",pid={9000 + n},fd=5))'
        )
    _plant_in_files(by_command)
    listing = by_command["find /etc/logrotate.d -maxdepth 1 ( -type f -o -type l ) -name *"]
    for name in names:
        path = f"/etc/logrotate.d/{name}"
        listing["out"].append(path)
        denied = [f"cat: {path}: Permission denied"]
        replies.append({"argv": ["cat", "--", path], "exit": 1, "out": [], "err": denied})
    by_command["auditctl -l"] |= {"exit": 1, "out": [], "err": [f"no rules of {' '.join(names)}"]}


def _plant_in_files(by_command: dict[str, dict[str, Any]]) -> None:
    lines = [line for text in EVERY for line in text.splitlines()]
    indented = [f"    {line}" for line in lines]
    for command, reply in by_command.items():
        is_account_file = command.startswith(("cat -- /etc/passwd", "cat -- /etc/shadow"))
        if is_account_file or "/etc/group" in command or reply["exit"]:
            continue
        if command.startswith("cat "):
            reply["out"] += [*lines, *indented, *(f"# {line}" for line in lines)]
            reply["out"] += [f"*.* @{line}" for line in lines]
            reply["out"] += [f"Compress={line}" for line in lines]
        elif command.startswith("sshd "):
            reply["out"] += [f"banner /etc/{line}" for line in lines]


def _plant_in_logs(folder: Path) -> None:
    kinds = list(CANARIES)
    (folder / f"notes of {MOBILE}.txt").write_text(MOBILE)
    for n, path in enumerate(sorted(folder.rglob("*.json.gz"))):
        held = json.loads(gzip.decompress(path.read_bytes()))
        for m, event in enumerate(held["Records"]):
            kind = kinds[(n + m) % len(kinds)]
            # The same one in the same place of the first event, so that it can be joined.
            event["sourceIPAddress"] = MOBILE if m == 0 else said(kind)
            event["errorCode"] = f"denied {said(kind)}"
            event["requestParameters"] = {NAMED.get(kind, "password"): CANARIES[kind]}
            event["userIdentity"] |= {"accessKeyId": CANARIES["aws key id"], "userName": MOBILE}
            event["userAgent"] = said(kind)
            event["responseElements"] = {"ConsoleLogin": said(kind), "credentials": said(kind)}
        path.write_bytes(gzip.compress(json.dumps(held).encode(), mtime=0))
