"""How the site is built: `sphinx-build -W --keep-going -n docs build/site`."""

from __future__ import annotations

import sys
from pathlib import Path

import verify_core

sys.path.insert(0, str(Path(__file__).parent))

project = "verify_core"
author = "The verify_core maintainers"
release = verify_core.__version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_llms_txt",
    "sphinxcontrib.mermaid",
    "site_pages",
]
exclude_patterns = ["_made"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 4

# A name in single backticks leads to its page where it is public, else it is code.
default_role = "py:obj"
suppress_warnings = ["ref.python"]  # a name may be in the fakes of two vendors
nitpick_ignore_regex = [
    ("py:obj", ".*"),
    # Types of the standard library and of other projects lead nowhere; so do those of
    # this project that stand in signatures and are not public.
    ("py:.*", r"(?!verify_(core|providers|fakes)\.).*"),
    ("py:.*", r".*\._.*"),
    ("py:class", r"verify_core\.(accepting|channels|events|explain|masking)\.\w+"),
    ("py:class", r"verify_core\.(provider|registry|verification|verifier)\.\w+"),
    ("py:class", r"verify_core\.(errors\.TokenReason|testing\.machine\.LockStep)"),
    ("py:class", r"verify_providers\.threads\.ThreadedProvider"),
]
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"verify_core {release}"
html_show_copyright = False
html_show_sphinx = False

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

linkcheck_anchors = False
linkcheck_ignore = [r"https?://(localhost|127\.0\.0\.1|[\w.-]+\.example)([:/].*)?$"]

llms_txt_title = "verify_core"
llms_txt_summary = (
    "Send and check one-time passcodes from Python (Twilio Verify, Vonage Verify, codes"
    " of your own), and develop and test that offline with fakes."
)
llms_txt_uri_template = "{docname}.md"
