# SPDX-License-Identifier: MIT
#
# The site of `make site`: Sphinx reads the texts as they are, and what Doxygen
# says of the headers. What is on it, and in which order, is below.
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))
import api

# A text that is not there yet is passed over; one of docs/ that is not here, is
# an error.
PAGES = {
    "Use it": ["integrate", "porting", "sizing", "dict", "breaks", "faq",
               "upgrading"],
    "See it work": ["seeing", "debugging", "torture", "silicon"],
    "Why it is so": ["../DESIGN", "derived", "barriers", "figures",
                    "benchmarks", "tried"],
    "How it is tested": ["testing", "transitions"],
    "The project": ["../CHANGELOG", "../CONTRIBUTING", "../SECURITY"],
}
REFERENCE = [name for name in api.TITLES
             if (ROOT / f"include/irqgc/{name}.h").exists()]

project = "irqgc"
release = subprocess.run([ROOT / "packages/version.sh"], check=True, text=True,
                         capture_output=True).stdout.strip()
html_title = f"irqgc {release}"
language = "en"
extensions = ["breathe", "myst_parser"]
breathe_projects = {"irqgc": str(ROOT / "build/site/doxygen/xml")}
breathe_default_project = "irqgc"
breathe_domain_by_extension = {"h": "c"}
primary_domain = "c"
highlight_language = "text"
smartquotes = False
suppress_warnings = ["misc.highlighting_failure"]  # code is often abridged
myst_heading_anchors = 4
include_patterns = ["index.md", "*.md", "docs/*.md", "api/*.rst"]
exclude_patterns = ["README.md"]
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_use_index = False
html_show_sphinx = False
html_show_copyright = False


def names():
    """Caption and pages of each part of the navigation."""
    for caption, pages in PAGES.items():
        paths = [(pathlib.Path("docs") / page).as_posix() for page in pages]
        paths = [re.sub(r"^docs/\.\./", "", path) for path in paths]
        yield caption, [p for p in paths if (ROOT / f"{p}.md").exists()]
    yield "Headers", [f"api/{name}" for name in REFERENCE]


def navigation():
    """The hidden tables of contents that the sidebar shows."""
    return "".join(
        f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n"
        + "\n".join(pages) + "\n```\n" for caption, pages in names())


def is_elsewhere(path):
    """What the project has, and the site has not: a folder, its own README."""
    on_site = path.parent in (ROOT, ROOT / "docs")
    return path.is_dir() or path.is_file() and path.suffix == ".md" and \
        not on_site


def with_links_of_site(name, text):
    """The text; links to what is elsewhere are just words."""
    def words(match):
        path = ((ROOT / name).parent / match[2]).resolve()
        return match[1] if is_elsewhere(path) else match[0]
    return re.sub(r"\[([^]]*)\]\(([^):#]+)\)", words, text)


def read(_app, name, source):
    """The README is the first page; links to headers go to what they say."""
    text = re.sub(r"\]\(((?:\.\./)*)README\.md", r"](\1index.md", source[0])
    text = re.sub(r"\]\((?:\.\./)*include/irqgc/(\w+)\.h\)", r"](/api/\1.rst)",
                  text)
    text = with_links_of_site(name, text)
    source[0] = text + navigation() if name == "index" else text


def setup(app):
    app.connect("source-read", read)
