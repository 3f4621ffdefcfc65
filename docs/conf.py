"""Settings of the documentation site. Build it with: sphinx-build -W -b html docs build/docs"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import latex2mathml.converter
from docutils import nodes

sys.path.insert(0, str(Path(__file__).parent))

import generate_reference

import uprising

project = "uprising"
author = "the uprising developers"
project_copyright = author
version = release = uprising.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence", "attrs_inline"]
myst_heading_anchors = 4
source_suffix = {".md": "markdown"}
exclude_patterns = ["Thumbs.db", ".DS_Store"]

html_theme = "furo"
html_title = f"uprising {release}"
html_static_path = ["_static"]
html_css_files = ["equations.css"]
html_show_sphinx = False

autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_numpy_docstring = True
napoleon_use_rtype = False


def math_to_mathml(translator: Any, node: nodes.Element, display: str) -> None:
    """Write an equation as MathML, which browsers draw by themselves: the site needs no network."""
    # the converter knows align* but not aligned, and browsers have no monospace letters in MathML
    text = node.astext().replace("{aligned}", "{align*}")
    text = re.sub(r"\\mathtt\{([^{}]*)\}", lambda found: rf"\text{{{found[1]}}}".replace("\\_", "_"), text)
    try:
        markup = latex2mathml.converter.convert(text, display=display)
    except Exception as error:
        raise ValueError(f"the equation {text!r} can't be written as MathML: {error}") from error
    translator.body.append(f'<div class="math">{markup}</div>' if display == "block" else markup)
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, Any]:
    """Register equations as MathML, and write the generated reference pages before sources are read."""
    app.registry.html_inline_math_renderers["mathml"] = (
        lambda translator, node: math_to_mathml(translator, node, "inline"),
        None,
    )
    app.registry.html_block_math_renderers["mathml"] = (
        lambda translator, node: math_to_mathml(translator, node, "block"),
        None,
    )
    app.connect("builder-inited", lambda _: generate_reference.write(Path(__file__).parent / "reference"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


html_math_renderer = "mathml"
