"""Files are found from anywhere, and ZICHA_HOME moves them all."""

from zicha.catalog import roots


def test_the_project_is_found_without_being_told(monkeypatch):
    monkeypatch.delenv("ZICHA_HOME", raising=False)

    assert (roots.project_root() / "pyproject.toml").is_file()
    assert (roots.catalog_dir() / "frameworks").is_dir()
    assert roots.suites_dir().is_dir()


def test_zicha_home_moves_everything(monkeypatch, tmp_path):
    monkeypatch.setenv("ZICHA_HOME", str(tmp_path))

    for folder in (
        roots.catalog_dir(),
        roots.suites_dir(),
        roots.views_dir(),
        roots.templates_dir(),
        roots.default_scope_dir(),
    ):
        assert folder.is_relative_to(tmp_path.resolve())


def test_the_users_own_scope_comes_before_the_example(monkeypatch, tmp_path):
    monkeypatch.setenv("ZICHA_HOME", str(tmp_path))
    assert roots.default_scope_dir().name == "example"

    own = tmp_path / "include" / "scope"
    own.mkdir(parents=True)
    (own / "organisation.yaml").touch()

    assert roots.default_scope_dir() == own.resolve()
