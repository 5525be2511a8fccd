# SPDX-License-Identifier: MIT
"""The plots of docs/benchmarks.md, from its tables. Each returns how many
points and bars it has."""

import os

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.hashsalt": "irqgc", "svg.fonttype": "none", "font.size": 9,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "grid.alpha": 0.3, "legend.frameon": False})

from matplotlib import pyplot, ticker  # noqa: E402

WIDTH, HEIGHT = 8.0, 3.0  # inches
STYLES = {3: "-", 2: "--", 1: ":"}  # of the levels


class Plot:
    """A row of panels with the same axes, and one legend below."""

    def __init__(self, titles, x, y, rows=1):
        columns = max(1, -(-len(titles) // rows))
        self.figure, axes = pyplot.subplots(
            rows, columns, sharey=True, squeeze=False,
            figsize=(WIDTH, HEIGHT * rows + 0.4))
        self.panels = list(axes.flat)
        self.colours, self.n = {}, 0
        for axis, title in zip(self.panels, titles):
            axis.set_title(title)
        for axis in self.panels[len(titles):]:
            axis.axis("off")
        self.x = x
        for axis in axes[:, 0]:
            axis.set_ylabel(y)

    def colour(self, name):
        return self.colours.setdefault(name, f"C{len(self.colours)}")

    def line(self, panel, name, points, **style):
        if points:
            self.n += len(points)
            self.panels[panel].plot(*zip(*points), color=self.colour(name),
                                    **{"linewidth": 1.5, **style})

    def bar(self, panel, name, x, height, width, **style):
        self.n += 1
        self.panels[panel].bar(x, height, width, color=self.colour(name),
                               **style)

    def logarithmic(self, *which):
        for axis in self.panels:
            if "x" in which:
                axis.set_xscale("log")
            if "y" in which:
                axis.set_yscale("log")

    def sizes_at(self, kibs):
        """Heaps on the axis, the first, middle and last by their names."""
        shown = {0, len(kibs) // 2, len(kibs) - 1}
        for axis in self.panels:
            axis.set_xscale("log", base=2)
            axis.set_xticks(kibs, [size_name(kib) if i in shown else ""
                                   for i, kib in enumerate(kibs)])
            axis.xaxis.set_minor_locator(ticker.NullLocator())

    def write(self, where):
        height = self.figure.get_figheight()
        self.figure.text(0.5, 0.32 / height, self.x, ha="center")
        self.figure.legend(
            [pyplot.Line2D([], [], color=c, linewidth=3)
             for c in self.colours.values()], list(self.colours),
            loc="lower center", ncol=max(1, len(self.colours)))
        self.figure.tight_layout(rect=(0, 0.45 / height, 1, 1))
        self.figure.savefig(where, metadata={"Date": None})
        pyplot.close(self.figure)
        return self.n


def size_name(kib):
    return (f"{kib} K" if kib < 1024 else f"{kib // 1024} M"
            if kib < 1024 * 1024 else f"{kib // 1024 // 1024} G")


def different(rows, key):
    """In the order in which they come."""
    return list(dict.fromkeys(row[key] for row in rows))


def having(rows, **values):
    return [row for row in rows
            if all(row[key] == value for key, value in values.items())]


# --- Plots -------------------------------------------------------------------

def bars(rows, y, value, spread=None):
    """A group of bars for each `what`, a bar for each peer."""
    whats, peers = different(rows, "what"), different(rows, "peer")
    plot = Plot([""], "", y)
    width = 0.8 / max(1, len(peers))
    for row in rows:
        at = (whats.index(row["what"]) - 0.4
              + (peers.index(row["peer"]) + 0.5) * width)
        error = {} if spread is None else {"yerr": [
            [row[value] - row[spread[0]]], [row[spread[1]] - row[value]]]}
        plot.bar(0, row["peer"], at, row[value], width, **error)
    plot.panels[0].set_xticks(range(len(whats)), whats)
    plot.panels[0].grid(False, axis="x")
    return plot


def by_size(rows, y, panels, value, rows_of_panels=1):
    """`value` of each peer over the heap's size, a panel for each `what`."""
    plot = Plot([str(panel) for panel in panels], "heap", y, rows_of_panels)
    for peer in different(rows, "peer"):
        for i, panel in enumerate(panels):
            plot.line(i, peer, [(row["kib"], row[value]) for row in having(
                rows, peer=peer, what=panel)], marker="o", markersize=3)
    plot.logarithmic("y")
    plot.sizes_at(sorted(different(rows, "kib")))
    return plot


def programs(tables):
    return bars(having(tables["instructions"], work="replay",
                       call="operation"),
                "instructions an operation", "mean")


def times(tables):
    return bars(having(tables["times"], work="replay"),
                "ns an operation", "median", ("lower", "upper"))


def churn(tables):
    """Mean, and in pale the worst."""
    rows = having(tables["instructions"], work="churn", call="alloc")
    plot = by_size(rows, "instructions an alloc", different(rows, "what"),
                   "mean")
    for i, fill in enumerate(different(rows, "what")):
        plot.panels[i].set_title(f"{fill} % full")
        for peer in different(rows, "peer"):
            plot.line(i, peer, [(row["kib"], row["worst"]) for row in having(
                rows, peer=peer, what=fill)], linestyle=":", alpha=0.7)
    return plot


def worst(tables):
    rows = [row for row in having(tables["instructions"], work="worst")
            if row["call"] != "operation"]
    return by_size(rows, "instructions", different(rows, "what"), "worst", 1)


def shapes(tables):
    rows = having(tables["instructions"], work="shape", call="collect")
    return by_size(rows, "instructions", different(rows, "what"), "mean", 2)


def large(tables):
    rows = having(tables["instructions"], work="large")
    plot = Plot(["alloc", "free"], "bytes", "instructions")
    for peer in different(rows, "peer"):
        for i, call in enumerate(("alloc", "free")):
            plot.line(i, peer, [(row["what"], row["mean"]) for row in having(
                rows, peer=peer, call=call)], marker="o", markersize=3)
    plot.logarithmic("x", "y")
    return plot


def latency(tables):
    rows = tables["latency-curves"]
    cores = different(rows, "core")
    plot = Plot(cores, "instructions of the heap to wait for, at least",
                "share of all instants")
    for i, core in enumerate(cores):
        for heap in different(rows, "heap"):
            for level, style in STYLES.items():
                plot.line(i, heap, [
                    (row["delay"], row["share"]) for row in having(
                        rows, core=core, heap=heap, level=level)],
                    linestyle=style)
    plot.logarithmic("x", "y")
    for axis in plot.panels:
        axis.set_ylim(1e-6, 1.3)
    plot.panels[0].legend(
        [pyplot.Line2D([], [], color="grey", linestyle=style)
         for style in STYLES.values()],
        [f"priority {level}" for level in STYLES], loc="lower left")
    return plot


PLOTS = [latency, programs, times, churn, worst, shapes, large]


def write(folder, tables):
    """{name: how much is in it}"""
    return {plot.__name__: plot(tables).write(
        os.path.join(folder, plot.__name__ + ".svg")) for plot in PLOTS}
