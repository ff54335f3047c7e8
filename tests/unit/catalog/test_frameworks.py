"""The catalogues are complete, in order, in two languages, and every item can be proved."""

import re
from collections import Counter

import pytest

from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.controls import load_controls
from zicha.catalog.documents import load_documents
from zicha.catalog.frameworks import Item, load_framework, load_frameworks
from zicha.catalog.object_types import load_object_types
from zicha.catalog.risk_lists import load_hazard_triggers, load_high_risk_cases
from zicha.catalog.roots import catalog_dir, suites_dir
from zicha.catalog.scope_entities import ObjectType
from zicha.catalog.suites import load_suites
from zicha.catalog.yaml_files import parse_model
from zicha.model.errors import ConfigError

FRAMEWORKS = load_frameworks()
L3, L2, MIIT = (FRAMEWORKS[id_] for id_ in ("mlps-l3", "mlps-l2", "miit-self-inspection"))
EVERY_ITEM = [item for framework in FRAMEWORKS.values() for item in framework.items]

# The table of the standard, by chapter: level 3, level 2.
GENERAL = {
    "physical-environment": (22, 15),
    "communication-network": (8, 4),
    "zone-boundary": (20, 11),
    "computing-environment": (34, 23),
    "management-centre": (12, 4),
    "management-system": (7, 6),
    "management-organisation": (14, 9),
    "management-personnel": (12, 7),
    "construction-management": (34, 25),
    "operation-management": (48, 31),
}
CLOUD = {
    "physical-environment": (1, 1),
    "communication-network": (5, 3),
    "zone-boundary": (8, 7),
    "computing-environment": (19, 11),
    "management-centre": (4, 0),
    "construction-management": (8, 6),
    "operation-management": (1, 1),
}
# How many of the 34 computing-environment items apply to each type of object at level 3.
COMPUTING = {
    "network_device": 28,
    "security_device": 28,
    "application": 29,
    "management_platform": 27,
    "cloud_account": 27,
    "server": 31,
    "terminal": 31,
    "database": 28,
    "data": 11,
}


def counted(framework, part):
    return Counter(item.chapter for item in framework.items if item.part == part)


@pytest.mark.parametrize(("framework", "column"), [(L3, 0), (L2, 1)], ids=["l3", "l2"])
def test_each_chapter_holds_as_many_items_as_the_standard(framework, column):
    assert counted(framework, "general") == {c: n[column] for c, n in GENERAL.items()}
    assert counted(framework, "cloud") == {c: n[column] for c, n in CLOUD.items() if n[column]}


def test_the_sums_are_those_of_the_standard():
    sums = [
        sum(item.part == part for item in framework.items)
        for framework in (L3, L2)
        for part in ("general", "cloud")
    ]

    assert sums == [211, 46, 135, 29]


@pytest.mark.parametrize("framework", [L3, L2], ids=["l3", "l2"])
def test_items_stand_in_the_order_of_the_standard_with_no_letter_left_out(framework):
    clauses = [item.id.partition("/")[2] for item in framework.items]
    split = [clause.rpartition(".") for clause in clauses]
    by_clause: dict[str, list[str]] = {}
    for clause, _, letter in split:
        by_clause.setdefault(clause, []).append(letter)
    numbers = [tuple(map(int, clause.split("."))) for clause in by_clause]

    assert numbers == sorted(numbers)
    for clause, letters in by_clause.items():
        assert letters == [chr(ord("a") + n) for n in range(len(letters))], clause


@pytest.mark.parametrize("framework", [L3, L2], ids=["l3", "l2"])
def test_the_ref_says_the_same_clause_as_the_id(framework):
    for item in framework.items:
        clause, _, letter = item.id.partition("/")[2].rpartition(".")
        assert item.ref == f"L{framework.level}-{clause}-{letter}"


def test_there_are_71_and_68_control_points_of_the_general_part():
    counts = [
        len({item.id.rpartition(".")[0] for item in framework.items if item.part == "general"})
        for framework in (L3, L2)
    ]

    assert counts == [71, 68]


def reads_as_a_sentence(item):
    zh, en = item.says.zh, item.says.en
    chinese = re.search(r"[\u4e00-\u9fff]", zh) and zh.endswith("。")
    english = en[0].isupper() and en.endswith(".")
    mixed = re.search(r"[\u4e00-\u9fff，。；：、]", en + item.control_point.en)
    # The standard's own sentences open with 应.
    return chinese and english and not mixed and not re.match(r"应(?!急|用)", zh)


def test_every_item_reads_as_a_sentence_in_each_language():
    assert [item.id for item in EVERY_ITEM if not reads_as_a_sentence(item)] == []


def test_two_items_of_a_framework_never_say_the_same():
    for framework in FRAMEWORKS.values():
        for lang in ("zh", "en"):
            said = Counter(item.says.in_(lang) for item in framework.items)
            assert [text for text, n in said.items() if n > 1] == []


def can_be_proved(item, type_):
    by_machine = any(link.proves == "full" for link in item.controls_for(type_))
    return by_machine or item.attestations


def test_every_item_can_be_proved_for_every_type_it_applies_to():
    stuck = [i.id for i in EVERY_ITEM for t in i.applies_to if not can_be_proved(i, t)]

    assert stuck == []


def test_an_attestation_proves_a_part_beside_controls_that_prove_a_part():
    for item in EVERY_ITEM:
        if item.controls and all(link.proves == "part" for link in item.controls):
            assert {link.proves for link in item.attestations} == {"part"}, item.id


def test_controls_that_items_name_exist_and_every_control_is_named():
    named = {link.id for item in EVERY_ITEM for link in item.controls}

    assert named == load_controls().keys()


def test_controls_that_suites_name_exist():
    named = {control for suite in load_suites(suites_dir()).values() for control in suite.controls}

    assert named - load_controls().keys() == set()


def test_attestation_kinds_that_items_name_exist_and_every_kind_is_named():
    named = {link.kind for item in EVERY_ITEM for link in item.attestations}

    assert named == load_attestation_kinds().keys()


def test_documents_that_anything_names_exist():
    documents = load_documents()
    named = {source for item in EVERY_ITEM for source in item.sources}
    named |= {framework.source for framework in FRAMEWORKS.values()}
    named |= {case.source for case in load_high_risk_cases().values()}
    named |= {trigger.source for trigger in load_hazard_triggers().values()}

    assert named - documents.keys() == set()


@pytest.mark.parametrize("type_", COMPUTING)
def test_the_computing_environment_applies_by_type_as_assessors_mark_it(type_):
    general = [i for i in L3.items if i.part == "general" and i.chapter == "computing-environment"]

    assert sum(type_ in item.applies_to for item in general) == COMPUTING[type_]


@pytest.mark.parametrize(
    ("chapters", "types"),
    [
        (["physical-environment"], {"machine_room"}),
        (["communication-network"], {"network", "cloud_account"}),
        (["zone-boundary"], {"boundary", "cloud_account"}),
        (["management-centre"], {"management_centre", "cloud_account"}),
        ([c for c in GENERAL if c.startswith(("management-s", "management-o"))], {"organisation"}),
        (["management-personnel", "construction-management"], {"organisation"}),
        (["operation-management"], {"organisation"}),
    ],
)
def test_the_other_chapters_apply_to_their_own_types(chapters, types):
    for framework in (L3, L2):
        general = [i for i in framework.items if i.part == "general" and i.chapter in chapters]
        allowed = (
            types
            if framework is L3 or "management-centre" not in chapters
            else {"management_centre"}
        )
        assert {type_ for item in general for type_ in item.applies_to} == allowed


def test_cloud_items_apply_to_cloud_accounts_and_say_who_is_responsible():
    cloud = [i for f in (L3, L2) for i in f.items if i.part == "cloud"]

    assert {item.applies_to for item in cloud} == {("cloud_account",)}
    assert all(item.responsibility for item in cloud)
    assert not any(i.responsibility for f in (L3, L2) for i in f.items if i.part == "general")


def test_55_items_of_level_3_and_26_of_level_2_meet_a_high_risk_case():
    cases = load_high_risk_cases()
    named = {f.id: [i.high_risk for i in f.items if i.high_risk] for f in (L3, L2)}

    assert (len(named["mlps-l3"]), len(named["mlps-l2"])) == (55, 26)
    assert {risk.case for risk in named["mlps-l3"]} == cases.keys()
    for framework, level in ((L3, 3), (L2, 2)):
        for risk in named[framework.id]:
            case = cases[risk.case]
            assert (risk.min_level, risk.mitigable) == (case.min_level, case.mitigable)
            assert case.min_level <= level


def test_hazard_triggers_of_items_are_the_ones_that_the_list_calls_so():
    triggers = load_hazard_triggers()
    named = [item.hazard_trigger for item in L3.items if item.hazard_trigger]

    assert sorted(named) == sorted(t.id for t in triggers.values() if t.scope == "item")
    assert list(triggers) == [f"A-{n:02}" for n in range(1, 33)]
    assert sum(t.scope == "composite" for t in triggers.values()) == 6


def test_items_of_level_2_that_are_the_same_at_level_3_say_the_same():
    level_3 = {item.id: item for item in L3.items}
    shared = [item for item in L2.items if item.same_as]

    assert len(shared) == 142
    for item in shared:
        assert level_3[item.same_as].says == item.says
        assert level_3[item.same_as].applies_to == item.applies_to


def test_miit_heads_each_name_a_source_and_claim_no_more_than_derived():
    assert MIIT.note is not None
    for item in MIIT.items:
        assert item.sources
        assert item.grade == "derived"


def test_object_types_are_named_once_each():
    assert tuple(load_object_types()) == ObjectType.__args__


def test_every_kind_of_attestation_says_what_to_hand_over():
    for kind in load_attestation_kinds().values():
        assert kind.hand_over.zh.endswith("。")
        assert kind.hand_over.en.endswith(".")


def test_an_item_is_found_by_its_id_and_an_unknown_one_is_refused():
    assert L3.item("mlps-l3/8.1.4.1.a").ref == "L3-8.1.4.1-a"
    with pytest.raises(ConfigError, match="mlps-l3 has no item mlps-l3/9"):
        L3.item("mlps-l3/9")


ITEM = {
    "id": "x/1",
    "ref": "X-1",
    "chapter": "one",
    "part": "general",
    "control_point": {"zh": "点", "en": "point"},
    "says": {"zh": "一。", "en": "One."},
    "applies_to": ["server", "database"],
    "automation": "auto-config",
    "method": {"kinds": ["test"], "grade": "own-proposal"},
    "grade": "verified",
    "controls": [],
    "attestations": [{"kind": "paper", "proves": "full"}],
}
LEFT = {"zh": "余", "en": "rest"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"attestations": []}, "name an attestation"),
        ({"controls": [{"id": "a/b", "proves": "part"}]}, "say what is left"),
        ({"controls": [{"id": "a/b", "proves": "full", "left": LEFT}]}, "remove left"),
        (
            {
                "controls": [{"id": "a/b", "proves": "full", "applies_to": ["server"]}],
                "attestations": [],
            },
            "for a database: name an attestation",
        ),
        (
            {"controls": [{"id": "a/b", "proves": "full", "applies_to": ["data"]}]},
            "a/b applies to data, the item does not",
        ),
        ({"applies_to": ["spaceship"]}, "applies_to[0]"),
        ({"colour": "red"}, "colour is not a key"),
    ],
)
def test_an_item_that_cannot_be_proved_or_contradicts_itself_is_refused(change, named):
    with pytest.raises(ConfigError) as refused:
        parse_model(ITEM | change, Item, "x.yaml")

    assert named in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("framework: mlps-l2\n", "framework: mlps-x\n", "does not begin with mlps-x/"),
        ("id: mlps-l2/7.1.1.1.b\n", "id: mlps-l2/7.1.1.1.a\n", "stands twice"),
        ("chapter: zone-boundary\n", "chapter: edge\n", "the chapter edge is not declared"),
        ("version: ", "on: push\nversion: ", "the key on is not text"),
        ("version: ", "framework: mlps-l2\nversion: ", "the key framework stands twice"),
        ("version: ", "editor: me\nversion: ", "editor is not a key"),
    ],
)
def test_a_framework_with_a_fault_is_refused_by_file(tmp_path, old, new, named):
    text = (catalog_dir() / "frameworks" / "mlps-l2.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mlps-l2.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        load_framework(path)

    assert "mlps-l2.yaml" in str(refused.value)
    assert named in str(refused.value)
