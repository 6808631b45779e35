"""Each platform that runs the grader finds its file where it looks, and never one that reads as a zero."""

import base64
import json

import pytest
from grades import incomplete, mixed

from grader import cli
from grader.model.results import Ungraded
from grader.publishing import ci_files as publish


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """Gradescope's and PrairieLearn's folders, as their containers have them."""
    homes = {"gradescope": tmp_path / "autograder" / "results", "prairielearn": tmp_path / "grade" / "results"}
    monkeypatch.setattr(publish, "RESULTS_FOLDERS", homes)
    for home in homes.values():
        home.parent.mkdir()
    return homes


@pytest.mark.parametrize("platform", ["gradescope", "prairielearn"])
def test_results_lie_where_the_platform_looks(homes, tmp_path, platform):
    assert publish.publish_ci(tmp_path / "out", mixed(), platform) == ""
    data = json.loads((homes[platform] / "results.json").read_text())
    assert len(data["tests"]) == len({(check.id.partition("[")[0], check.visible) for check in mixed().checks})
    assert (tmp_path / "out" / "results.json").read_text() == (homes[platform] / "results.json").read_text()


def test_elsewhere_they_lie_beside_the_report_alone(homes, tmp_path):
    homes["gradescope"].parent.rmdir()
    publish.publish_ci(tmp_path / "out", mixed(), "gradescope")
    assert (tmp_path / "out" / "results.json").is_file()
    assert not homes["gradescope"].exists()


@pytest.mark.parametrize("outcome", [incomplete(), Ungraded("x", "no layers.py")])
def test_gradescope_gets_no_file_and_an_old_one_goes(homes, tmp_path, outcome):
    publish.publish_ci(tmp_path, mixed(), "gradescope")
    assert "No results.json was written" in publish.publish_ci(tmp_path, outcome, "gradescope")
    assert not list(tmp_path.rglob("results.json"))


@pytest.mark.parametrize("outcome", [incomplete(), Ungraded("x", "no layers.py")])
def test_prairielearn_is_told_that_there_is_no_score(homes, tmp_path, outcome):
    publish.publish_ci(tmp_path, outcome, "prairielearn")
    assert json.loads((homes["prairielearn"] / "results.json").read_text())["gradable"] is False


def test_github_gets_the_points_as_a_steps_output(tmp_path, monkeypatch):
    output = tmp_path / "output"
    output.write_text("other=1\n")
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert "::error" in publish.publish_ci(tmp_path, mixed(), "github")
    first, second = output.read_text().splitlines()
    assert first == "other=1"
    assert json.loads(base64.b64decode(second.removeprefix("result=")))["max_score"] == 36


@pytest.mark.parametrize(("platform", "told"), [("prairielearn", True), ("gradescope", False)])
def test_what_cannot_be_read_is_told_where_a_sentence_is_taken(homes, tmp_path, monkeypatch, capsys, platform, told):
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 no archive")
    words = ["grade", tmp_path / "x.zip", "-o", tmp_path / "out", "--ci", platform, "--sandbox", "limits"]
    monkeypatch.setattr("sys.argv", ["grader", *map(str, words)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    assert "x.zip" in capsys.readouterr().err
    assert (homes[platform] / "results.json").exists() is told
    if told:
        assert "x.zip" in json.loads((homes[platform] / "results.json").read_text())["format_errors"][0]
