"""The table of a comparison: medians over its rounds."""

from statistics import median

OURS = "digitlab"
KINDS = ["wall", "processor"]


def show(model, threads, batch, rounds, no_rivals):
    """Ratios are medians too: of figures that were taken right after another.

    Those of the names in `no_rivals` are shown, but do not count as the best of theirs.
    """
    print(f"\n{model}, threads: {threads}, batch: {batch}")
    print(" " * 20 + "images/s   in a CPU second  ours ×   (CPU)   (CPU, no call)  empty call")
    figures = [each["figures"] for each in rounds]
    ratios = {}
    for name in figures[0]:
        wall, used = (median(each[name][kind] for each in figures) for kind in KINDS)
        print(f"{name:17} {wall:11,.0f} {used:17,.0f}", end="")
        if name != OURS:
            ratios[name] = ratios_of(figures, name, threads * batch)
            call = median(each[name]["emptyCall"] for each in figures)
            print(f"{columns(ratios[name])} {call:8.1f} µs", end="")
        print()
    rivals = [name for name in ratios if name not in no_rivals]
    best = [min((ratios[name][kind], name) for name in rivals) for kind in range(3)]
    names = ", ".join(dict.fromkeys(name for _, name in best))
    print(f"{'best of theirs':47}{columns(ratio for ratio, _ in best)}  {names}", flush=True)


def ratios_of(figures, name, images):
    """Ours to the peer's: by the clock, of processor time, and of that without the call."""
    by_kind = [median(each[OURS][kind] / each[name][kind] for each in figures) for kind in KINDS]
    return [*by_kind, median(ratio_without_call(each, name, images) for each in figures)]


def columns(ratios):
    return " {:7.2f} {:7.2f} {:16.2f}".format(*ratios)


def ratio_without_call(figures, name, images):
    """How many times our processor time the peer's is, less what it takes for an empty model."""
    theirs, ours = (1e6 * images / figures[who]["processor"] for who in (name, OURS))
    return (theirs - figures[name]["emptyCall"]) / ours
