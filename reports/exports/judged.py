"""Prepares each check for platforms that show single tests."""

from grader.model.results import CheckResult, Grade
from reports.claims import claims_of
from reports.measures import figure_of
from reports.order import said_of_call
from reports.status_words import STATUS_WORDS, headline, not_final
from reports.text import excerpt, one_line

__all__ = ["check_name", "check_text", "exported_checks", "points_of", "why_no_score"]


def why_no_score(grade: Grade) -> str:
    """Returns why there is no number to hand on; empty for a final grade, which has one."""
    return not_final(grade) or ("" if grade.checks else headline(grade))


def exported_checks(grade: Grade) -> tuple[CheckResult, ...]:
    """Returns one result for each claim, in the order of the sections; its visible and its hidden cases are two."""
    order = {name: i for i, name in enumerate(dict.fromkeys(check.section for check in grade.checks))}
    results = [claim.result for claim in claims_of(grade.checks, hidden_apart=True)]
    return tuple(sorted(results, key=lambda check: order[check.section]))


def check_name(check: CheckResult) -> str:
    """Returns "Layers: layer_forward pads with zeros"."""
    return f"{one_line(check.section, 60)}: {one_line(check.title)}"


def check_text(check: CheckResult, n_characters: int = 4000) -> str:
    """Returns how the check ended, why, and what the code printed, as plain text with LF line ends."""
    lines = [STATUS_WORDS[check.status].word, check.message, f"Look at: {check.hint}" if check.hint else ""]
    if places := check.error_map:
        lines.insert(2, f"{places.name}: {places.words}")
    for measure in check.measures[:8]:
        figure = figure_of(measure)
        limit = f", should be {figure.limit}: {figure.distance}" if figure.limit else ""
        lines.append(f"{figure.name} {figure.value}{limit}")
    if found := check.reproduction:
        lines.append(f"Paste this into your notebook to see it:\n{found.call}\nIt gives: {found.got}")
        lines += [f"{what}: {text}" for what, text in said_of_call(found)]
    if check.output.strip():
        lines.append(f"Your code printed:\n{check.output}")
    return excerpt("\n".join(line for line in lines if line), n_characters).text


def points_of(points: float, max_points: float) -> float:
    """Returns points with at most six decimals; where these would make a lost point a full one, all decimals."""
    rounded = round(points, 6)
    return points if points < max_points <= rounded else rounded
