"""The table of a comparison: medians over its rounds."""

from statistics import median

OURS = "digitlab"
KINDS = ["wall", "processor"]


def show(model, threads, batch, rounds):
    """Ratios are medians too: of figures that were taken right after another."""
    print(f"\n{model}, threads: {threads}, batch: {batch}")
    print("                images/s   in a CPU second  ours ×   (CPU)   (CPU, no call)  empty call")
    figures = [each["figures"] for each in rounds]
    for name in figures[0]:
        wall, used = (median(each[name][kind] for each in figures) for kind in KINDS)
        print(f"{name:13} {wall:11,.0f} {used:17,.0f}", end="")
        if name != OURS:
            for kind in KINDS:
                ratio = median(each[OURS][kind] / each[name][kind] for each in figures)
                print(f" {ratio:7.2f}", end="")
            without = median(ratio_without_call(each, name, threads * batch) for each in figures)
            call = median(each[name]["emptyCall"] for each in figures)
            print(f" {without:16.2f} {call:8.1f} µs", end="")
        print(flush=True)


def ratio_without_call(figures, name, images):
    """How many times our processor time the peer's is, less what it takes for an empty model."""
    theirs, ours = (1e6 * images / figures[who]["processor"] for who in (name, OURS))
    return (theirs - figures[name]["emptyCall"]) / ours
