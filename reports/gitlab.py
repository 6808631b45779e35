"""Writes a GitLab code quality report."""

import hashlib
import json
from collections.abc import Sequence

from grader.model.results import CheckResult, FunctionSource, Grade, Status
from reports.claims import by_claim, claim_id, claim_words
from reports.order import lost_groups, place_of
from reports.status_words import STATUS_WORDS
from reports.text import one_line, sentence_and_lines

__all__ = ["code_quality"]

_SEVERITIES = {
    Status.MISSING: "minor",
    Status.BLOCKED: "info",
    Status.CRASHED: "critical",
    Status.MEMORY: "critical",
    Status.TIMEOUT: "critical",
}


def code_quality(grade: Grade) -> str:
    """Returns a JSON list with one finding for each cause of lost checks, on its line.

    Source: docs.gitlab.com, "Code Quality report format": description, check_name, fingerprint, severity, location.
    """
    findings = [
        _finding(same, group.sources[0] if group.sources else None)
        for group in lost_groups(grade)
        for same in by_claim(group.checks)
    ]
    return json.dumps(findings, indent=1) + "\n"


def _finding(same: Sequence[CheckResult], source: FunctionSource | None) -> dict[str, object]:
    check = same[0]
    # A function that is nowhere has no place; GitLab wants one all the same.
    file, line = place_of(check, source) if source else (".", 1)
    message, _ = sentence_and_lines(check.message, 1000)
    sentences = [f"{STATUS_WORDS[check.status].word}: {claim_words(same)}", message, check.hint]
    return {
        "description": " – ".join(one_line(sentence, 500) for sentence in sentences if sentence),
        "check_name": one_line(claim_id(check)),
        # The same claim on the same function is the same finding from one commit to the next, whichever case fails.
        "fingerprint": hashlib.sha256(claim_id(check).encode("utf-8", "replace")).hexdigest(),
        "severity": _SEVERITIES.get(check.status, "major"),
        "location": {
            "path": one_line(file, 300),
            "lines": {"begin": line},
        },
    }
