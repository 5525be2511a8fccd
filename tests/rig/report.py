#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The rig's page in a browser: every panel shows data, has its legend, and
units on its axes; nothing is fetched; nothing is wider than a phone.

The same is asked of panels whose data are left out, which have to be found
empty: else this test could not fail.

  tests/rig/report.py RIG [FOLDER]    with FOLDER: keeps page and screenshot
"""
import copy
import html
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "rig"))
sys.dont_write_bytecode = True
import report  # noqa: E402: the path comes first

# What is to be read in each panel: axes with units, and a legend.
TEXTS = {
    "map": ["time, s", "place in the heap, KiB", "free", "all used"],
    "bytes": ["time, s", "KiB", "in use", "free", "longest free run"],
    "fragmentation": ["time, s", "% of the free memory",
                      "free memory outside the longest run"],
    "collections": ["time, s", "collections a second", "by the thread",
                    "by the handlers"],
    "latency": ["waited less than", "% of the timer’s ticks", "1000 Hz: half"],
    "refusals": ["time, s", "refused so far", "thread: ", "1000 Hz: "],
}

# Adds to the page where each plot is, and how wide all is.
MEASURE = """<pre id="measured"></pre><script>
const boxes = {width: document.documentElement.scrollWidth,
               window: window.innerWidth};
for (const plot of document.querySelectorAll('[id^="plot-"]')) {
  const box = plot.getBoundingClientRect();
  boxes[plot.id] = [box.left, box.top, box.right, box.bottom];
}
document.getElementById("measured").textContent = JSON.stringify(boxes);
</script>"""

COLOURFUL = 40  # between the strongest and the weakest of red, green and blue


def chromium(folder, width, *arguments):
    """With a profile of its own, which a run of another may have locked."""
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
               "--hide-scrollbars", f"--user-data-dir={folder}/profile",
               f"--window-size={width},4200", *arguments,
               f"file://{folder}/measured.html"]
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          timeout=120, env=os.environ | {"HOME": str(folder)},
                          cwd=folder).stdout


def measure(folder, width):
    text = chromium(folder, width, "--dump-dom")
    found = re.search(r'<pre id="measured">(.*?)</pre>', text)
    return json.loads(html.unescape(found.group(1)))


def coloured(image, box):
    """How many pixels are neither white, black nor grey: axes and their grid
    are grey."""
    pixels = image.crop([round(x) for x in box]).getdata()
    return sum(max(p) - min(p) > COLOURFUL for p in pixels)


def is_empty(image, box):
    """Less than a line from left to right."""
    return coloured(image, box) < box[2] - box[0]


# ---- Planted ----------------------------------------------------------------


def without(run, name):
    """The run, but for the data of one panel."""
    run = copy.deepcopy(run)
    samples, nothing = run["samples"], [float("nan")] * len(
        run["samples"]["seconds"])
    if name == "map":
        samples["map"] = ["0" * len(text) for text in samples["map"]]
    elif name == "bytes":
        samples.update(free=nothing, longest_run=nothing, least_free=nothing)
    elif name == "fragmentation":
        samples.update(longest_run=nothing)
    elif name == "collections":
        samples.update(collects_thread=nothing, collects_handlers=nothing)
    elif name == "latency":
        run["latencies"] = [[0] * len(n) for n in run["latencies"]]
    elif name == "refusals":
        samples["no_room"] = [[float("nan")] * 4 for _ in nothing]
    return run


def planted(run):
    """A section for each panel without its data."""
    text = "".join(report.panel(without(run, each[0]), *each)
                   for each in report.PANELS)
    return re.sub(r'id="(panel|plot)-', r'id="\1-no-', text)


# ---- What is asked ----------------------------------------------------------


def fetches(page):
    """What the browser would load from elsewhere, or run."""
    yield from re.findall(r"<(?:script|link|iframe|img|object)\b", page)
    yield from re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page)
    yield from re.findall(r"url\((?!#)[^)]*\)|@import", page)


def texts_missing(page, name):
    section = re.search(f'<section id="panel-{name}">(.*?)</section>', page,
                        re.S).group(1)
    for text in TEXTS[name]:
        if not re.search(rf"<text[^>]*>{re.escape(text)}", section):
            yield f"{name}: {text!r} is not to be read"
    if len(re.search("<p>(.*?)</p>", section, re.S).group(1)) < 40:
        yield f"{name}: nothing tells what it shows"


def faults(page, wide, narrow, image):
    for what in fetches(page):
        yield f"not self-contained: {what}"
    for where in wide, narrow:
        if where["width"] > where["window"]:
            yield f"{where['width']} wide in a window of {where['window']}"
    names = [name for name, *_ in report.PANELS]
    if names != list(TEXTS):
        yield f"other panels than this test knows: {names}"
    for name in names:
        yield from texts_missing(page, name)
        if is_empty(image, wide[f"plot-{name}"]):
            yield f"{name}: empty"
        if not is_empty(image, wide[f"plot-no-{name}"]):
            yield f"{name}: without its data, and still not found empty"


def look(rig, folder):
    out = subprocess.run(
        [rig, "--seconds", "2", "--seed", "14", "--json", "run.json",
         "--html", "page.html"], cwd=folder, capture_output=True, text=True)
    if out.returncode != 0:
        return [f"the rig ended with {out.returncode}: {out.stderr}"]
    page = (folder / "page.html").read_text()
    run = json.loads((folder / "run.json").read_text())
    more = page.replace("</main>", planted(run) + "</main>" + MEASURE)
    (folder / "measured.html").write_text(more)
    wide = measure(folder, 1280)
    narrow = measure(folder, 500)  # the narrowest that it opens
    chromium(folder, 1280, f"--screenshot={folder}/page.png")
    image = Image.open(folder / "page.png").convert("RGB")
    for name, *_ in report.PANELS:
        print(f"  {name}: {coloured(image, wide[f'plot-{name}'])} pixels, "
              f"{coloured(image, wide[f'plot-no-{name}'])} without its data")
    return list(faults(page, wide, narrow, image))


def main():
    rig = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(*sys.argv[2:3] or [temporary]).absolute()
        folder.mkdir(exist_ok=True)
        found = look(rig, folder)
    for fault in found:
        print(f"    {fault}")
    print(f"{'FAIL' if found else 'ok'} - report: {len(TEXTS)} panels")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
