#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Looks at the built site.

- every function that a header declares has an entry, with its text;
- every link leads somewhere, to the very heading that it names;
- in a browser as wide as a phone nothing but tables and code scrolls sideways,
  and nothing is asked of another machine.

  site.py FOLDER

Exit: 0 all is well, 1 otherwise.
"""
import functools
import html.parser
import http.server
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "docs/site"))
import filter as headers

PHONE = 390  # CSS pixels
WORDS = 4  # of a function's text, at least

# Loads one page after the other as wide as a phone, and prints what it saw.
HARNESS = """<!doctype html><body><iframe width=%d height=800></iframe><script>
const pages = %s, seen = {}, frame = document.querySelector("iframe");
function next() {
    if (!pages.length) {
        document.body.innerHTML = "<pre>SEEN" + JSON.stringify(seen) + "</pre>";
        return;
    }
    const page = pages.shift();
    frame.onload = () => {
        const d = frame.contentDocument, w = frame.contentWindow;
        seen[page] = {
            width: d.documentElement.scrollWidth,
            text: d.body.innerText.length,
            cut: [...d.querySelectorAll("main *, .main *")].filter(e =>
                e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 &&
                w.getComputedStyle(e).overflowX != "visible" &&
                !e.matches(".table-wrapper, pre, .highlight")
            ).map(e => e.tagName + "." + e.className),
            urls: w.performance.getEntriesByType("resource").map(e => e.name)
        };
        next();
    };
    frame.src = page;
}
next();
</script>"""


class Page(html.parser.HTMLParser):
    """Links, ids and the entries of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.ids, self.entries = [], [], set(), {}
        self.entry, self.depth, self.text = None, 0, []
        self.feed(text)

    def handle_starttag(self, tag, pairs):
        at = dict(pairs)
        if "id" in at:
            self.ids.add(at["id"])
        if tag == "a" and "href" in at:
            self.links.append(at["href"])
        elif tag in ("link", "script", "img"):
            self.loads.append(at.get("href") or at.get("src") or "")
        if tag == "dl" and self.entry is None and "c function" in (
                at.get("class") or ""):
            self.entry, self.depth = [], 0
        if tag == "dl" and self.entry is not None:
            self.depth += 1

    def handle_endtag(self, tag):
        if tag == "dl" and self.entry is not None:
            self.depth -= 1
            if self.depth == 0:
                words = " ".join(self.entry).split()
                name = re.search(r"\b((?:irqgc|vic)_\w+) \(", " ".join(words))
                self.entries[name[1] if name else ""] = words
                self.entry = None

    def handle_data(self, data):
        self.text.append(data)
        if self.entry is not None:
            self.entry.append(data)


def functions_missing(pages):
    """Functions of the headers without an entry, or without a text in it."""
    for header in sorted((ROOT / "include/irqgc").glob("*.h")):
        page = pages[f"api/{header.stem}.html"]
        for name in headers.functions(header.read_text()):
            words = page.entries.get(name, [])
            text = " ".join(words).partition(" ) ")[2]
            if len(text.split()) < WORDS:
                yield f"{header.name}: no text of {name}: {words}"


def commands_left(pages):
    """Doxygen's own words, where a text should be."""
    for name, page in pages.items():
        if name.startswith("api/"):
            for text in re.findall(r"(?:///|@(?:par|code|verbatim|end|file)).{0,40}",
                                   "".join(page.text)):
                yield f"{name}: not taken for what it is: {text}"


def links_broken(pages, folder):
    for name, page in pages.items():
        for link in page.links + page.loads:
            url = urllib.parse.urlsplit(link)
            if url.scheme in ("http", "https", "mailto"):
                if link in page.loads:
                    yield f"{name}: loads {link}"
                continue
            if url.scheme == "data" or link in ("", "#"):
                continue
            target = ((folder / name).parent / url.path).resolve() \
                if url.path else (folder / name).resolve()
            if not target.is_file():
                yield f"{name}: {link}: there is no such file"
            elif url.fragment and target.suffix == ".html":
                other = pages[target.relative_to(folder).as_posix()]
                if urllib.parse.unquote(url.fragment) not in other.ids:
                    yield f"{name}: {link}: there is no such heading"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def seen_on_phone(folder, names):
    """What a browser sees of each page."""
    with tempfile.TemporaryDirectory() as profile:
        harness = folder / "phone.html"
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        harness.write_text(HARNESS % (PHONE, json.dumps(names)))
        try:
            dom = subprocess.run(
                ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                 "--disable-dev-shm-usage", f"--user-data-dir={profile}",
                 "--virtual-time-budget=60000", "--dump-dom",
                 f"http://127.0.0.1:{server.server_port}/phone.html"],
                check=True, capture_output=True, text=True, timeout=120).stdout
        finally:
            server.shutdown()
            harness.unlink()
    found = re.search(r"SEEN(\{.*\})</pre>", dom)
    if not found:
        sys.exit("site: the browser did not come to the end")
    return json.loads(found[1].replace("&amp;", "&"))


def phone_troubles(folder, names):
    seen = seen_on_phone(folder, names)
    for name in names:
        page = seen[name]
        if page["width"] > PHONE:
            yield f"{name}: {page['width']} pixels wide on one of {PHONE}"
        for element in page["cut"]:
            yield f"{name}: scrolls sideways, or is cut: {element}"
        if page["text"] < 100 and name != "search.html":
            yield f"{name}: next to nothing is seen"
        for url in page["urls"]:
            if not url.startswith(("http://127.0.0.1:", "data:")):
                yield f"{name}: asks {url}"


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    pages = {path.relative_to(folder).as_posix(): Page(path.read_text())
             for path in sorted(folder.rglob("*.html"))}
    troubles = [*functions_missing(pages), *commands_left(pages),
                *links_broken(pages, folder), *phone_troubles(folder, list(pages))]
    for trouble in troubles:
        print("site:", trouble)
    n_functions = sum(len(page.entries) for page in pages.values())
    n_links = sum(len(page.links) for page in pages.values())
    print(f"site: {len(pages)} pages, {n_functions} functions, {n_links} links,"
          f" {len(troubles)} troubles")
    return bool(troubles)


if __name__ == "__main__":
    sys.exit(main())
