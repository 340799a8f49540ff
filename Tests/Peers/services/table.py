"""The table of a case: medians over its rounds."""

from statistics import median

OURS = "digitd"
HEADING = ["requests/s", "images/s", "p50/µs", "p99/µs", "client", "rate ×", "p50 ÷", "p99 ÷"]


def show(case, names, shapes, rounds):
    """Ratios are medians too, of windows of the same round; above 1, ours is the better."""
    print(f"  {'median of ' + str(len(rounds)):22}" + "".join(f"{word:>12}" for word in HEADING))
    for name in shapes:
        figures = middle(rounds, name)
        row = [
            f"{figures['rate']:,.0f}", f"{figures['rate'] * case.batch:,.0f}",
            f"{figures['p50']:,.0f}", f"{figures['p99']:,.0f}", f"{figures['client']:.0%}",
        ]  # fmt: skip
        if name != OURS:
            row += [f"{ratio(rounds, name, key):.2f}" for key in ("rate", "p50", "p99")]
        print(f"  {names[name]:22}" + "".join(f"{cell:>12}" for cell in row))
    for name, shape in shapes.items():
        print(f"  {names[name]}: {shape}")
    judge(case, names, rounds)


def judge(case, names, rounds):
    keys = [key for key in case.judged if key in rounds[0]]
    if not keys:
        return
    best = case.ranked(keys, lambda key: middle(rounds, key))[0]
    times = ratio(rounds, best, case.figure)
    verdict = "reached" if times >= case.goal else "missed"
    print(
        f"  {case.figure} beside {names[best]}: {times:.2f} times as good, goal {case.goal:g}: "
        f"{verdict}; p99 {ratio(rounds, best, 'p99'):.2f} times as good", flush=True,
    )  # fmt: skip


def middle(rounds, key):
    figures = rounds[0][key]
    return {figure: median(each[key][figure] for each in rounds) for figure in figures}


def ratio(rounds, key, figure):
    def better(ours, theirs):
        return ours / theirs if figure == "rate" else theirs / ours

    return median(better(each[OURS][figure], each[key][figure]) for each in rounds)
