"""How sure is the course of events? Bands over runs for the crowd in the streets, and who ends it.

python examples/bands.py
"""

import uprising


def main() -> None:
    study = uprising.ensemble("hungary-1956", runs=10, scale=0.01, until="1956-11-05")
    for outcome, row in study.outcomes().items():
        low, high = row["interval"]
        print(f"{outcome:20} {row['share']:.0%} of runs ({low:.0%} to {high:.0%})")

    # quantiles over runs of the people in the streets, for each half-hour of the crisis
    crowd = study.quantiles("crowd", levels=[0.05, 0.5, 0.95])
    for time in crowd["time"].values[28::48]:
        low, middle, high = crowd.sel(time=time).values
        print(f"{str(time)[:16]}  {low:12,.0f} {middle:12,.0f} {high:12,.0f}")

    # everything else is xarray and pandas: deaths at the end, run by run
    dead = study.series["dead"].isel(time=-1).sum(["place", "side"]).to_series()
    print(dead.describe())
    study.runs.to_csv("runs.csv", index=False)


if __name__ == "__main__":
    main()
