#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draws what `rig --json FILE` has written as one page that needs no network.

  rig/report.py FILE|- OUT.html

`make run ARGS="--html OUT.html"` does both.
"""
import html
import io
import json
import math
import sys

try:
    import matplotlib
except ImportError:
    sys.exit("report: needs matplotlib; run: "
             "apt-get install -y --no-install-recommends python3-matplotlib")
matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402: the backend comes first
from matplotlib.colors import LinearSegmentedColormap  # noqa: E402

# As large as a phone shows it; on a desktop several stand side by side. Text
# stays text, in the browser's own letters.
matplotlib.rcParams.update({
    "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9,
    "figure.figsize": (4.3, 3.2), "figure.constrained_layout.use": True,
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.edgecolor": "#777777", "axes.axisbelow": True,
    "axes.grid": True, "grid.color": "#dddddd", "grid.linewidth": 0.6,
    "legend.frameon": False, "legend.fontsize": 8.5,
})

# Of the thread and the timers; apart for the colour-blind, too.
COLOURS = ["#0072b2", "#e69f00", "#009e73", "#c63d8f"]
USED, FREE, LONGEST = "#0072b2", "#b8e0c8", "#d55e00"
HEAT = LinearSegmentedColormap.from_list(
    "heat", ["#eaf6ee", "#7fc3b5", "#2f7fb5", "#10305f"])
KIB = 1024
MAP_FULL = 9  # rig/host/map.h


def level_name(level):
    return f"{level['hz']} Hz" if level["level"] else "thread"


def edges(seconds, end):
    """Where samples begin, and where the last one ends."""
    return seconds + [max(end, seconds[-1] + 1e-3)]


def below(axes, n_columns):
    """A legend under the axes, so that it hides nothing."""
    if not axes.get_legend_handles_labels()[0]:
        return
    axes.legend(loc="upper left", bbox_to_anchor=(-0.14, -0.2),
                ncol=n_columns, handlelength=1.4, columnspacing=1.2)


def note(axes, text):
    axes.text(0.5, 0.5, text, ha="center", transform=axes.transAxes)


# ---- The panels -------------------------------------------------------------
# Each draws what it shows into `axes`.


def draw_map(run, figure, axes):
    samples = run["samples"]
    cells = [[int(c) / MAP_FULL * 100 for c in text] for text in samples["map"]]
    size = run["total_bytes"] / KIB
    n = len(cells[0])
    mesh = axes.pcolormesh(
        edges(samples["seconds"], run["seconds"]),
        [size * i / n for i in range(n + 1)],
        list(zip(*cells)), cmap=HEAT, vmin=0, vmax=100, rasterized=True)
    axes.grid(False)
    axes.set_ylabel("place in the heap, KiB")
    axes.set_xlabel("time, s")
    bar = figure.colorbar(mesh, location="bottom", aspect=40,
                          ticks=[0, 50, 100])
    bar.ax.set_xticklabels(["free", "half used", "all used"])
    bar.outline.set_visible(False)


def draw_bytes(run, _, axes):
    samples = run["samples"]
    total = run["total_bytes"] / KIB
    seconds = samples["seconds"]
    used = [total - free / KIB for free in samples["free"]]
    axes.fill_between(seconds, 0, used, color=USED, linewidth=0,
                      label="in use")
    axes.fill_between(seconds, used, total, color=FREE, linewidth=0,
                      label="free")
    axes.plot(seconds, [n / KIB for n in samples["longest_run"]],
              color=LONGEST, linewidth=1, label="longest free run")
    axes.plot(seconds, [total - n / KIB for n in samples["least_free"]],
              color="black", linewidth=1, linestyle="--",
              label="most ever in use")
    axes.set_ylim(0, total)
    axes.set_ylabel("KiB")
    axes.set_xlabel("time, s")
    below(axes, 2)


def draw_fragmentation(run, _, axes):
    samples = run["samples"]
    shares = [100 * (1 - longest / free) if free else math.nan for longest, free
              in zip(samples["longest_run"], samples["free"])]
    axes.fill_between(samples["seconds"], 0, shares, color=LONGEST, alpha=0.25,
                      linewidth=0)
    axes.plot(samples["seconds"], shares, color=LONGEST, linewidth=1,
              label="free memory outside the longest run")
    axes.set_ylim(0, 100)
    axes.set_ylabel("% of the free memory")
    axes.set_xlabel("time, s")
    below(axes, 1)


def rates(seconds, counts):
    """How often a second, between each sample and the next."""
    return [(after - before) / max(end - start, 1e-6)
            for before, after, start, end
            in zip(counts, counts[1:], seconds, seconds[1:])]


def draw_collections(run, _, axes):
    samples = run["samples"]
    step = max(1, len(samples["seconds"]) // 100)  # else a bar a pixel
    seconds = samples["seconds"][::step]
    base = [0] * (len(seconds) - 1)
    for who, colour in ("thread", COLOURS[0]), ("handlers", COLOURS[3]):
        rate = rates(seconds, samples[f"collects_{who}"][::step])
        top = [a + b for a, b in zip(base, rate)]
        axes.stairs(top, seconds, baseline=base, fill=True, color=colour,
                    linewidth=0, label=f"by the {who}")
        base = top
    axes.set_ylim(bottom=0)
    axes.set_ylabel("collections a second")
    axes.set_xlabel("time, s")
    below(axes, 2)


def bucket_end(i):
    """In microseconds; rig/host/latency.h."""
    return 2 ** (i / 4) / 1000


def time_text(us, _=None):
    unit, size = next((u for u in [("s", 1e6), ("ms", 1e3), ("µs", 1)]
                       if us >= u[1]), ("ns", 1e-3))
    return f"{us / size:.{2 if us < 99.5 * size else 3}g} {unit}"


def shares(counts):
    """Of the ticks, in %, that waited less than the end of each bucket."""
    total, so_far, result = sum(counts), 0, []
    for n in counts:
        so_far += n
        result.append(100 * so_far / total)
    return result


def draw_latency(run, _, axes):
    bounds = [bucket_end(i + 1) for i in range(len(run["latencies"][0]))]
    low, high = [], []
    for level, counts in zip(run["levels"][1:], run["latencies"]):
        if sum(counts) == 0:
            continue
        curve = shares(counts)
        half = next(i for i, share in enumerate(curve) if share >= 50)
        last = curve.index(100)
        low.append(next(i for i, n in enumerate(counts) if n))
        high.append(last)
        axes.plot(bounds, curve, color=COLOURS[level["level"]], linewidth=1.6,
                  label=f"{level_name(level)}: half below "
                  f"{time_text(bounds[half])}, all below "
                  f"{time_text(bounds[last])}")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(time_text)
    axes.xaxis.set_minor_formatter("")
    if not low:
        note(axes, "no timer ran")
    else:
        axes.set_xlim(bounds[max(min(low) - 3, 0)],
                      bounds[min(max(high) + 2, len(bounds) - 1)])
    axes.set_ylim(0, 104)
    axes.set_ylabel("% of the timer’s ticks")
    axes.set_xlabel("waited less than")
    below(axes, 1)


def draw_refusals(run, _, axes):
    samples = run["samples"]
    for level, counts in zip(run["levels"], zip(*samples["no_room"])):
        axes.plot(samples["seconds"], counts, linewidth=1.4,
                  color=COLOURS[level["level"]],
                  label=f"{level_name(level)}: {level['no_room']}")
    if not any(level["no_room"] for level in run["levels"]):
        note(axes, "nothing was refused")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("refused so far")
    axes.set_xlabel("time, s")
    below(axes, 2)


# A name, a title, how it is drawn, and what it shows.
PANELS = [
    ("map", "Map of the heap", draw_map,
     "Each column is one look at the whole heap, from its lowest address at "
     "the bottom. Light is free, dark is in use; a dark streak to the right is "
     "an object that stays."),
    ("bytes", "Memory in use, and free", draw_bytes,
     "As the thread saw it behind one of its collections. No object can be "
     "larger than the longest free run."),
    ("fragmentation", "Fragmentation", draw_fragmentation,
     "How much of the free memory is not in the longest free run. At 0&nbsp;% "
     "all of it could be one object; near 100&nbsp;% it lies in small pieces, "
     "and large objects are refused."),
    ("collections", "Collections", draw_collections,
     "How often all that nobody can reach any more was freed. The thread does "
     "so all the time, handlers now and then, also in the middle of another "
     "collection."),
    ("latency", "Handlers’ latency", draw_latency,
     "How long ticks waited for their handler. Most of that is the host’s: its "
     "timers, and what else it runs; the rest is more urgent handlers. The "
     "heap keeps interrupts out for a few instructions at a time."),
    ("refusals", "Refusals", draw_refusals,
     "Allocations that were answered with NULL, since no free run was long "
     "enough. The heap is never “locked” or “busy”."),
]


NO_METADATA = dict.fromkeys(["Creator", "Date", "Format", "Type"])


def panel_svg(run, name, draw):
    figure, axes = pyplot.subplots()
    axes.patch.set_gid(f"plot-{name}")
    draw(run, figure, axes)
    if name != "latency":
        axes.set_xlim(0, run["seconds"])
    matplotlib.rcParams["svg.hashsalt"] = name  # names differ between panels
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata=NO_METADATA)
    pyplot.close(figure)
    return text.getvalue().partition("<svg")[2]


def panel(run, name, title, draw, text):
    return f"""<section id="panel-{name}">
<h2>{title}</h2>
<p>{text}</p>
<svg role="img" aria-label="{title}" {panel_svg(run, name, draw)}
</section>
"""


# ---- The page ---------------------------------------------------------------

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.45 system-ui, sans-serif; color: #222; background: #f4f5f6;
       margin: 0 auto; padding: 1rem; max-width: 82rem; }
h1 { font-size: 1.5rem; margin: 0.3rem 0; }
h2 { font-size: 1.05rem; margin: 0; }
p { margin: 0.4rem 0; max-width: 46rem; }
code { font-size: 0.85rem; overflow-wrap: anywhere; }
.verdict { font-weight: 600; }
.ok { color: #00633f; } .failed { color: #b00020; }
main { display: grid; gap: 1rem; margin-top: 1rem;
       grid-template-columns: repeat(auto-fit, minmax(min(21rem, 100%), 1fr)); }
section { background: white; border: 1px solid #ddd; border-radius: 6px;
          padding: 0.8rem; display: flex; flex-direction: column; }
section p { font-size: 0.9rem; color: #444; flex: 1; }
section svg { width: 100%; height: auto; }
.wide { overflow-x: auto; }
td span { color: #444; }
table { border-collapse: collapse; font-size: 0.9rem; background: white; }
th, td { border: 1px solid #ddd; padding: 0.25rem 0.6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
th { white-space: nowrap; }
@media (max-width: 36rem) {
  body { padding: 0.6rem; }
  table { font-size: 0.8rem; }
  th, td { padding: 0.2rem 0.3rem; }
}
"""

# What is told of each level, and what that is.
FIGURES = [
    ("ticks", "ticks", "runs of a handler, rounds of the thread"),
    ("lost", "lost", "ticks that the host was too slow for"),
    ("allocs", "allocated", "objects"),
    ("frees", "freed", "by the program, not by a collection"),
    ("collects", "collections", "by the program’s own calls"),
    ("no_room", "refused", "no free run was long enough"),
    ("objects_checked", "checked", "objects, their content, too"),
]


def table(run):
    head = "".join(f"<th>{level_name(level)}" for level in run["levels"])
    rows = "".join(
        f"<tr><td><b>{title}</b>: <span>{text}</span>"
        + "".join(f"<td>{level[key]:,}" for level in run["levels"])
        for key, title, text in FIGURES)
    return f'<div class="wide"><table><tr><th>{head}{rows}</table></div>'


def verdict(run):
    if run["ok"]:
        return ('<p class="verdict ok">All is well: no object was corrupted or '
                "lost.</p>")
    return f'<p class="verdict failed">FAILED: {html.escape(run["fault"])}</p>'


def page(run):
    timers = [str(level["hz"]) for level in run["levels"][1:] if level["hz"]]
    panels = "".join(panel(run, *each) for each in PANELS)
    return f"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>irqgc: a run of the rig</title>
<style>{STYLE}</style>
<h1>irqgc: a run of the rig</h1>
<p>For {run["seconds"]:.0f} seconds a thread and the interrupt handlers of
timers at {", ".join(timers) or "no"} Hz, each more urgent than those before it,
used one garbage-collected heap of {run["heap_kib"]} KiB: they allocated, freed
and collected, each in the middle of what the others did, and checked that their
objects were as they had left them.</p>
{verdict(run)}
{table(run)}
<p>The same again: <code>{html.escape(run["command"])}</code></p>
<main>
{panels}</main>
</html>
"""


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    source, target = sys.argv[1:]
    with (sys.stdin if source == "-" else open(source)) as file:
        run = json.load(file)
    with open(target, "w", encoding="utf-8") as file:
        file.write(page(run))


if __name__ == "__main__":
    main()
