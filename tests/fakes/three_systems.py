"""A scope of three systems of different kinds and levels, in two provinces."""

from __future__ import annotations

import shutil
from pathlib import Path

from zicha.catalog.roots import project_root
from zicha.catalog.scope import Scope, load_scope

ENTITY = """
  - id: yunqiao-gd
    name: {zh: 云桥通信广东公司（演示）, en: Yunqiao Guangdong (demo)}
    province: {zh: 广东省, en: Guangdong}
    city: {zh: 广州市, en: Guangzhou}
    critical_infrastructure: true
    licences:
      - {kind: value_added_telecom, number: 演示-B2-GD-0001, valid_from: 2021-11-01, valid_until: 2026-10-31}
"""
SYSTEM = """
  - id: iot
    entity: yunqiao-gd
    name: {zh: 物联网平台（演示）, en: Internet-of-things platform (demo)}
    kinds: [iot_platform]
    level: 4
    filed_on: 2022-03-01
    critical_infrastructure: true
    important_data: false
    holds: [network_data]
    cloud: false
    not_present: []
"""
ANCHORS = """
  - {duty: mlps-self-inspection, of: iot, day: 2025-11-30}
  - {duty: mlps-assessment, of: iot, day: 2025-06-15}
  - {duty: cii-annual, of: iot, day: 2025-09-01}
  - {duty: crypto-cii-evaluation, of: iot, day: 2025-10-15}
"""


def three_systems(folder: Path) -> Scope:
    """Write the scope into a new folder beside the example's other files, and load it."""
    shutil.copytree(project_root() / "include" / "scope" / "example", folder)
    for name, more in (("entities", ENTITY), ("systems", SYSTEM)):
        with (folder / f"{name}.yaml").open("a", encoding="utf-8") as file:
            file.write(more)
    path = folder / "duties.yaml"
    said = path.read_text(encoding="utf-8")
    path.write_text(said.replace("\nnotices:", f"{ANCHORS}\nnotices:"), encoding="utf-8")
    return load_scope(folder)
