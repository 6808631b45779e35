"""Prints the page of all known mistakes: `python -m reference.mistakes > docs/known_mistakes.md`."""

from collections.abc import Iterator

from reference.mistakes import MISTAKES, Mistake

__all__ = ["lines"]


def lines() -> Iterator[str]:
    """Yields the lines of the page: a table for each function, a row for each name."""
    yield "# Known mistakes"
    yield ""
    yield f"What the grader recognises by its results, and what it says then: {len(MISTAKES)} forms of"
    yield f"{len({mistake.name for mistake in MISTAKES})} mistakes. [Feedback](feedback.md) says how."
    yield ""
    yield "This page is made by `python -m reference.mistakes > docs/known_mistakes.md`."
    for function in dict.fromkeys(mistake.function for mistake in MISTAKES):
        rows: dict[str, list[Mistake]] = {}
        for mistake in MISTAKES:
            if mistake.function == function:
                rows.setdefault(mistake.name, []).append(mistake)
        yield from (
            "",
            f"## {function}",
            "",
            "| mistake | wrong | forms | what the student reads |",
            "|---|---|---|---|",
        )
        for name, forms in rows.items():
            wrong = ", ".join(dict.fromkeys(value for form in forms for value in form.affects))
            yield f"| {name} | {wrong} | {len(forms)} | {forms[0].says} |"


if __name__ == "__main__":
    print("\n".join(lines()))
