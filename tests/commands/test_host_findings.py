"""The doctor mentions what the assignment needs."""

from tiny import write_assignment

from grader.assignment.definition import Assignment
from grader.commands.host_findings import findings


def test_an_assignment_without_data_has_neither_images_nor_runs(tmp_path):
    found = {finding.what: finding.state for finding in findings(write_assignment(tmp_path / "tiny"))}
    assert found["Data"] == "no check asks for any"
    assert "Cache" not in found


def test_the_built_in_assignment_says_where_its_data_may_come_from(monkeypatch):
    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    found = {finding.what: finding.state for finding in findings(Assignment.load())}
    assert found["Data"].endswith("; --data or CIFAR10_DIR names a cifar-10-batches-py folder")
    assert "Cache" in found
