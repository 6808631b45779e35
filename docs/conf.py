"""Builds the documentation as a site: `tox -e docs`. Pages are Markdown, which the code host shows as well."""

from grader import __version__

project = "ConvNet grader"
author = "The authors of the ConvNet grader"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
html_theme = "furo"
html_title = f"ConvNet grader {release}"
# Read from a folder, without a network: nothing comes from elsewhere, and the search is a script beside the pages.
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
# A browser lets no page read another one from disk, so results are listed without an excerpt.
html_show_search_summary = False
# `--min` stays two dashes.
smartquotes = False
