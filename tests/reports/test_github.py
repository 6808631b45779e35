"""Annotations and summaries say what was lost on the right line, and hostile text commands nothing."""

import json
import re
from dataclasses import replace

import pytest
from grades import HOSTILE, LOST_CHECKS, PASSED_CHECKS, grade_of, hostile, incomplete, mixed, perfect, unfinished

from grader.model.results import FunctionSource
from reports.github import annotations, fenced, markdown_text, step_summary
from reports.gitlab import code_quality
from reports.report_limits import MAX_SUMMARY_BYTES

COMMAND = re.compile(r"::(error|warning) ((?:\w+=[^,:]*,)*\w+=[^,:]*)::(.*)")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Returns (command, properties, message) of each line, decoded as GitHub's runner does."""
    found = []
    for line in text.splitlines():
        kind, settings, message = COMMAND.fullmatch(line).groups()
        pairs = (pair.split("=", 1) for pair in settings.split(","))
        found.append((kind, {key: decode(value) for key, value in pairs}, decode(message)))
    return found


def decode(text: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_lost_check_is_annotated_on_the_line_of_its_function():
    kind, settings, message = commands(annotations(mixed()))[1]
    assert kind == "error"
    assert settings == {"file": "cs231n/layers.py", "line": "88", "title": "Wrong answer: conv_forward_naive"}
    assert message.splitlines() == [LOST_CHECKS[1].title, LOST_CHECKS[1].message, LOST_CHECKS[1].hint]


def test_line_that_a_message_names_is_the_line_of_the_annotation():
    settings = [settings for _, settings, message in commands(annotations(mixed())) if "TypeError" in message]
    assert settings[0]["line"] == "412"
    findings = [row for row in json.loads(code_quality(mixed())) if "TypeError" in row["description"]]
    assert findings[0]["location"]["lines"]["begin"] == 412


def test_function_that_is_nowhere_is_annotated_without_a_place():
    _, settings, _ = commands(annotations(mixed()))[0]
    assert settings == {"title": "Wrong answer: softmax_loss"}


def test_nine_annotations_are_shown_and_the_tenth_counts_the_rest():
    found = commands(annotations(mixed()))
    assert len(found) == 10
    assert found[-1][2] == "and 1 more check, see the summary of this step"
    nine = grade_of("x", tuple(replace(LOST_CHECKS[1], id=f"c{i}", hint=f"Look {i}.") for i in range(9)))
    assert len(commands(annotations(nine))) == 9
    assert annotations(perfect()) == ""


def test_a_claim_is_one_annotation_with_its_wrong_cases():
    cases = [
        replace(LOST_CHECKS[1], id=f"t.py::{name}[{case}]", title=f"f {name} ({case})", hint=hint)
        for name, case, hint in (("pads", "a", "One."), ("keeps", "a", "One."), ("pads", "b", "Two."))
    ]
    grade = grade_of("x", tuple(cases))
    ((_, _, message),) = commands(annotations(grade))
    assert message.startswith("f pads (2 cases: a and b); 1 more check for the same reason\n")
    (finding,) = json.loads(code_quality(grade))
    assert finding["check_name"] == "t.py::pads"
    assert "f pads (2 cases: a and b)" in finding["description"]
    assert r"f pads \(2 cases\: a and b\)" in step_summary(grade)


def test_grade_that_is_not_final_warns():
    kind, _, message = commands(annotations(incomplete()))[-1]
    assert kind == "warning"
    assert "course staff's turn" in message


def test_hostile_text_stays_inside_its_command():
    text = annotations(hostile())
    assert all(line.startswith(("::error ", "::warning ")) for line in text.splitlines())
    assert not re.search(r"[\r\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    for _, settings, _ in commands(text):
        assert set(settings) <= {"file", "line", "title"}
    assert r"%250A" in text


def test_commas_colons_and_percents_of_a_path_are_escaped():
    source = FunctionSource("softmax_loss", "a,line=1::b%2C.py", 7, "")
    text = annotations(grade_of("x", LOST_CHECKS[:1], sources=(source,)))
    assert "file=a%2Cline=1%3A%3Ab%252C.py,line=7," in text
    assert commands(text)[0][1]["file"] == source.file


def test_table_in_a_message_stands_in_a_fence():
    assert "\n  ```text\n  index        | obtained   | expected\n" in step_summary(mixed())
    message = json.loads(code_quality(mixed()))[3]["description"]
    assert "12 of 64" in message
    assert "obtained" not in message


def test_summary_holds_sections_checks_and_figures():
    text = step_summary(incomplete())
    assert text.startswith("## Alan Turing: 14.5 of 38 points so far, not final\n")
    assert "| Convolution | 6.5 of 10 | 3 of 5 checks |" in text
    assert "21,000 times the limit" in text
    assert "**Too slow**" in text
    assert "Could not be judged" in text
    assert "course staff's turn" in text


@pytest.mark.parametrize("char", "\\`*_{}[]<>()#+-.!|~$@&:/=\"'")
def test_every_sign_of_markdown_is_escaped(char):
    assert markdown_text(f"a{char}b") == f"a\\{char}b"


def test_sentences_of_a_submission_make_no_markup():
    text = re.sub(r"(?ms)^ *(`{3,})text$.*?^ *\1$", "", step_summary(hostile()))
    plain = re.sub(r"\\[!-/:-@\[-`{-~]", "", text)
    assert set(re.findall(r"<[^>]*>", plain)) <= {"<br>", "<details>", "</details>", "<summary>", "</summary>"}
    assert not re.search(r"[`\[\]$@~]|https?:", plain)


@pytest.mark.parametrize("text", ["x", "```", "a\n````\n</details>\nb", "`" * 50, HOSTILE])
def test_output_cannot_close_its_fence(text):
    block = fenced(text)
    fence = re.match("`+", block)[0]
    lines = block.splitlines()
    assert lines[-1] == fence
    assert not any(line.strip().startswith(fence) for line in lines[1:-1])


@pytest.mark.parametrize("text", ["y" * 100_000, "'" * 100_000, "😀\n" * 50_000])
def test_summary_stays_below_the_limit_of_github(text):
    checks = tuple(
        replace(LOST_CHECKS[i % 12], id=f"c{i}", function=f"f{i}", title=text, message=text, hint=text, output=text)
        for i in range(600)
    )
    summary = step_summary(grade_of(text, checks, notes=(text,) * 100))
    assert len(summary.encode()) <= MAX_SUMMARY_BYTES
    assert "left out here; report.html has them." in summary


def test_code_quality_is_what_gitlab_reads():
    findings = json.loads(code_quality(mixed()))
    assert len(findings) == 10  # three checks fail for one reason
    for finding in findings:
        assert set(finding) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert finding["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert finding["location"]["lines"]["begin"] >= 1
    assert len({finding["fingerprint"] for finding in findings}) == 10
    assert findings[1]["location"] == {"path": "cs231n/layers.py", "lines": {"begin": 88}}
    assert json.loads(code_quality(perfect())) == []


def test_code_quality_gives_a_missing_function_some_place_and_hostile_text_no_control():
    assert json.loads(code_quality(unfinished()))[0]["location"]["path"] == "."
    for finding in json.loads(code_quality(hostile())):
        assert finding["description"].isprintable()
        assert finding["check_name"].isprintable()


def test_fingerprint_of_a_check_stays_the_same_when_its_words_change():
    one, other = (
        json.loads(code_quality(grade_of("x", (replace(LOST_CHECKS[1], message=message),))))[0]["fingerprint"]
        for message in ("a", "b")
    )
    assert one == other


def test_passed_checks_are_not_annotated():
    assert annotations(grade_of("x", PASSED_CHECKS)) == ""
