"""Sphinx settings: MyST pages, furo, warnings are errors."""

project = "Tallymark"
author = "The Tallymark authors"
copyright = "The Tallymark authors, Apache-2.0"  # noqa: A001
extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = "Tallymark"
html_show_sphinx = False
exclude_patterns = ["_build", "tests"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# Links are checked by the text rules, which also know the files outside these pages.
suppress_warnings = ["myst.header", "myst.xref_missing"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
