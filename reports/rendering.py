"""Renders a template into a self-contained page whose policy lets nothing else run."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

__all__ = ["render"]


def render(
    name: str, *, styles: Sequence[str] = ("style.css.j2",), scripts: Sequence[str] = (), **values: object
) -> str:
    """Returns a page whose style and script stand in it, allowed by their hashes: it works from anywhere, alone.

    Args:
        name: of the template.
        styles: names of the style sheets, which become one.
        scripts: names of the scripts, which become one; none at all forbids every script.
        values: what the template places.
    """
    style, script = _joined(*styles), _joined(*scripts)
    sources = {"style-src": _hash(style), "script-src": _hash(script) if script else "'none'", "img-src": "data:"}
    policy = "; ".join(["default-src 'none'; base-uri 'none'; form-action 'none'", *map(" ".join, sources.items())])
    return _environment().get_template(name).render(style=style, script=script, policy=policy, **values)


def _hash(text: str) -> str:
    """Returns the CSP source that allows exactly this inline element.  Source: CSP Level 3, section 2.3.1."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _joined(*names: str) -> Markup:
    """Returns style sheets or scripts of ours, which no value of a submission ever enters."""
    return Markup("").join(Markup(_environment().get_template(name).render()) for name in names)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
