"""Turns the text cells of a notebook into HTML, with the pictures that were pasted into them."""

import base64
import binascii
import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

__all__ = ["is_picture", "text_cell_html"]

#: how a file of each kind begins; no other kind of picture is shown
_BEGINNINGS: Mapping[str, tuple[bytes, ...]] = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
}
_PREFIX = "attachment:"
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_IN_HTML = re.compile(
    r"""<img\b[^<>]{0,2000}?\bsrc\s{0,9}=\s{0,9}["']?attachment:([^"'<>\s]{1,300})[^<>]{0,2000}>""", re.I
)


def is_picture(kind: str, coded: str) -> bool:
    """Whether a base64 text is a picture of a kind, going by its first bytes."""
    try:
        start = base64.b64decode("".join(coded[:64].split())[:32], validate=True)
    except (binascii.Error, ValueError):
        return False
    return start.startswith(_BEGINNINGS.get(kind, ())) and bool(_BASE64.fullmatch(coded))


def text_cell_html(source: str, attachments: Any) -> str:
    """Returns the HTML of a text in Markdown; of one that cannot be rendered, the text as it was written.

    Args:
        source: the text.
        attachments: what the cell holds besides: name -> kind -> base64; anything else counts as none.
    """
    from nbconvert.filters.markdown_mistune import MarkdownWithMath

    try:
        return str(MarkdownWithMath(renderer=_renderer(attachments)).render(source))
    except Exception:
        # Nested a thousand times, or of a form that the renderer does not expect.
        return f"<pre>{html.escape(source)}</pre>"


def _renderer(attachments: Any) -> Any:
    """Returns nbconvert's own renderer, but for pictures that were pasted."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer

    class _Renderer(IPythonRenderer):
        def image(self, text: str, url: str, title: str | None = None) -> str:
            if not url.startswith(_PREFIX):
                return str(super().image(text, url, title))
            return _picture(unquote(url.removeprefix(_PREFIX)), text, attachments)

        def block_html(self, html: str) -> str:
            return str(super().block_html(_with_pictures(html, attachments)))

        def inline_html(self, html: str) -> str:
            return str(super().inline_html(_with_pictures(html, attachments)))

    renderer: Any = _Renderer
    return renderer(escape=False)


def _with_pictures(text: str, attachments: Any) -> str:
    """Returns HTML with the pictures that it takes from the attachments."""
    if _PREFIX not in text:
        return text
    return _IN_HTML.sub(lambda found: _picture(unquote(found[1]), "", attachments), text)


def _picture(name: str, text: str, attachments: Any) -> str:
    """Returns a pasted picture, or a sentence in its place."""
    bundle = attachments.get(name) if isinstance(attachments, dict) else None
    for kind in _BEGINNINGS:
        coded = bundle.get(kind) if isinstance(bundle, dict) else None
        if isinstance(coded, str) and is_picture(kind, coded):
            words = html.escape(text or "A picture in the text")
            return f'<img src="data:{kind};base64,{"".join(coded.split())}" alt="{words}">'
    return f"<em>[The picture {html.escape(name[:100])} is not shown: the notebook does not hold it.]</em>"
