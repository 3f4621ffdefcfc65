"""What if there had been no Suez crisis? Two ensembles on the same draws, and what differs between them.

python examples/what_if.py
"""

import uprising

RUNS, SCALE = 10, 0.01


def main() -> None:
    case = uprising.load_case("hungary-1956")
    base = uprising.ensemble(case, runs=RUNS, scale=SCALE)
    quiet = uprising.ensemble(case, runs=RUNS, scale=SCALE, what_if="no-suez")
    effect = uprising.compare(base, quiet)

    for name, row in effect.totals.items():
        if row["interval"] is not None:
            low, high = row["interval"]
            print(
                f"{name:18} {row['baseline']:12,.2f} {row['difference']:+12,.2f}  ({low:+,.2f} .. {high:+,.2f})"
            )
    print("the paths part, at the earliest, on", effect.parting["earliest"])
    print("drawn in", effect.plot("no-suez.svg"))


if __name__ == "__main__":
    main()
