"""The table of a case: medians over its rounds."""

from statistics import median

OURS = "digitd"
HEADING = ["requests/s", "images/s", "p50/µs", "p99/µs", "client", "rate ×", "p50 ÷", "p99 ÷"]


def show(case, names, entries, rounds):
    """Ratios are medians too, of windows of the same round; above 1, ours is the better."""
    print(f"  {'median of ' + str(len(rounds)):22}" + "".join(f"{word:>12}" for word in HEADING))
    for entry in entries:
        figures = middle(rounds, entry.key)
        row = [
            f"{figures['rate']:,.0f}", f"{figures['rate'] * case.batch:,.0f}",
            f"{figures['p50']:,.0f}", f"{figures['p99']:,.0f}", f"{figures['client']:.0%}",
        ]  # fmt: skip
        if entry.key != OURS:
            row += [f"{ratio(rounds, entry.key, key):.2f}" for key in ("rate", "p50", "p99")]
        print(f"  {names[entry.key]:22}" + "".join(f"{cell:>12}" for cell in row))
    for entry in entries:
        print(f"  {names[entry.key]}: {shape(entry)}")
    judge(case, names, rounds)


def judge(case, names, rounds):
    keys = [key for key in case.judged if key in rounds[0]]
    if not keys:
        return
    best = case.best(keys, lambda key: middle(rounds, key))
    times = ratio(rounds, best, case.figure)
    verdict = "reached" if times >= case.goal else "missed"
    print(
        f"  {case.figure} beside {names[best]}: {times:.2f} times as good, "
        f"goal {case.goal:g}: {verdict}", flush=True,
    )  # fmt: skip


def middle(rounds, key):
    figures = rounds[0][key]
    return {figure: median(each[key][figure] for each in rounds) for figure in figures}


def ratio(rounds, key, figure):
    def better(ours, theirs):
        return ours / theirs if figure == "rate" else theirs / ours

    return median(better(each[OURS][figure], each[key][figure]) for each in rounds)


def shape(entry):
    setting = [f"{key} {value}" for key, value in entry.setting.items()]
    return ", ".join([*setting, f"{entry.in_flight} in flight on {entry.connections} connections"])
