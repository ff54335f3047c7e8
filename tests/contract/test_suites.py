"""What holds for every suite, present and future."""

from __future__ import annotations

import json

import pytest

from fakes.suite_cases import FOLDER, RUN, SUITES, VIEWS, cases, evidence_of, judged
from zicha.catalog.roots import catalog_dir, views_dir
from zicha.catalog.suite_fit import misfits
from zicha.catalog.thresholds import limits, load_thresholds
from zicha.catalog.yaml_files import load_yaml
from zicha.collectors import collectors
from zicha.evaluation.export import export_suites
from zicha.evaluation.parameters import parameters_of

every_suite = pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
LIMITS = limits(load_thresholds(), {})


@every_suite
def test_its_evidence_exists_and_has_the_columns_it_reads(suite):
    source = evidence_of(suite)

    assert misfits(suite, source.columns, source.places) == []


@every_suite
def test_its_thresholds_exist_and_bound_on_their_strict_side(suite):
    for expectation in suite.expectations:
        parameters_of(expectation, LIMITS, RUN)


@every_suite
def test_its_controls_exist(suite):
    known = {
        control["id"]
        for path in (catalog_dir() / "controls").glob("*.yaml")
        for control in load_yaml(path)["controls"]
    }

    assert suite.controls - known == set()


@every_suite
def test_its_cases_name_its_expectations_and_no_others(suite):
    said = load_yaml(FOLDER / f"{suite.id}.yaml")

    ids = {expectation.id for expectation in suite.expectations}
    assert said["fail"].keys() == ids
    assert said.get("pass", {}).keys() <= ids


@every_suite
def test_each_case_gets_what_it_deserves_whatever_stands_beside_it(suite):
    given = list(cases(suite))

    found = judged(suite, given)

    wrong = {
        f"{case.name} -> {expectation}": found[case.name].get(expectation)
        for case in given
        for expectation, expected in case.expected.items()
        if not _is(found[case.name].get(expectation), expected)
    }
    assert wrong == {}


def _is(found: str | None, expected: str) -> bool:
    return found == expected or (found is not None and found.split()[0] == expected)


@every_suite
def test_its_native_form_loads_whole(suite, tmp_path):
    import great_expectations as gx

    (path,) = export_suites([suite], tmp_path, LIMITS, RUN)
    said = json.loads(path.read_text(encoding="utf-8"))

    loaded = gx.ExpectationSuite(**said)

    keys = [each.meta["key"] for each in loaded.expectations]
    assert len(keys) == len(set(keys)) == len(said["expectations"])
    assert {key.partition("#")[0] for key in keys} == {e.id for e in suite.expectations}


def test_no_case_file_is_left_over():
    written = {str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.glob("*/*.yaml")}

    assert written - SUITES.keys() == set()


def test_every_collector_that_no_view_reads_has_a_suite():
    read = {id_ for view in VIEWS.values() for id_ in view.reads}

    assert collectors().keys() - {suite.table_id for suite in SUITES.values()} - read == set()


def test_every_view_has_its_sql_and_no_sql_stands_alone():
    assert {path.stem for path in views_dir().glob("*/*.sql")} == {
        id_.partition("/")[2] for id_ in VIEWS
    }
