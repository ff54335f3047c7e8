"""Controls live under their subject, in a file named after it."""

import pytest

from zicha.catalog.controls import load_controls
from zicha.model.errors import ConfigError

GOOD = """
subject: door
title: {zh: 门, en: Door}
controls:
  - {id: door/is-shut, title: {zh: 关, en: The door is shut}}
"""


def test_every_control_of_the_project_says_what_it_means():
    assert [control.id for control in load_controls().values() if control.means is None] == []


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("window.yaml", GOOD, "subject is door: name the file after it"),
        ("door.yaml", GOOD.replace("door/is-shut", "gate/is-shut"), "does not begin with door/"),
        ("door.yaml", GOOD + GOOD.splitlines()[-1] + "\n", "stands twice"),
        ("door.yaml", GOOD.replace("door/is-shut", "door/IsShut"), "controls[0].id"),
    ],
)
def test_a_control_in_the_wrong_place_is_refused(tmp_path, name, text, named):
    (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        load_controls(tmp_path)

    assert named in str(refused.value)
