"""Section: six moments of the run on maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from uprising.result.holding import void_since
from uprising.result.report.basemap import BaseMap, base_maps, write_definitions
from uprising.result.report.facts import Facts
from uprising.result.report.moments import Moment
from uprising.result.report.snapshot import (
    DARKEST_SHADE,
    Content,
    Sizes,
    capital_content,
    country_content,
    draw_map,
    sizes_of,
    triangle,
)
from uprising.result.report.words import escape, moment, number, percent, rounded


def write_maps(facts: Facts, moments: Sequence[Moment]) -> str:
    """The key and a row of maps for each moment; a sentence where the case gives no coordinates."""
    maps = base_maps(facts)
    if not maps:
        why = f" ({escape(facts.case_fault)})" if facts.case_fault else ""
        return f"<p>The case's coordinates could not be read, so there are no maps{why}.</p>"
    contents = [
        {
            one.key: country_content(facts, m.step)
            if one.key == "country"
            else capital_content(facts, m.step)
            for one in maps
        }
        for m in moments
    ]
    sizes = {
        one.key: sizes_of((c[one.key] for c in contents), 0.6 if one.key == "city" else 1.0) for one in maps
    }
    rows = "".join(
        _moment(facts, one, maps, content, sizes) for one, content in zip(moments, contents, strict=True)
    )
    accuracy = facts.map.capital.get("accuracy", "")
    about = f'<p class="soft">{escape(accuracy)}</p>' if accuracy else ""
    return write_definitions(facts, maps) + _key(maps, sizes, bool(facts.map.counties)) + rows + about


def _moment(
    facts: Facts, one: Moment, maps: Sequence[BaseMap], content: dict[str, Content], sizes: dict[str, Sizes]
) -> str:
    figures = "".join(
        f'<figure class="{base.key}"><figcaption>{escape(base.title)}</figcaption>'
        f"{draw_map(base, content[base.key], sizes[base.key], f'{base.title}, {moment(one.time)}')}</figure>"
        for base in maps
    )
    return (
        f'<article class="moment-row"><h3><b class="letter-mark">{one.letter}</b> {escape(one.title)} '
        f"<span class='soft'>{moment(one.time)}</span></h3>"
        f'<dl class="line">{_numbers(facts, one.step)}</dl>'
        f'<div class="maps of{len(maps)}">{figures}</div></article>'
    )


def _numbers(facts: Facts, step: int) -> str:
    """What the maps show, in figures."""
    found: list[tuple[str, str]] = []
    if facts.has("crowd"):
        inside = float(facts.in_capital("crowd")[step])
        found.append((f"in the streets of {facts.capital_name}", rounded(inside)))
        found.append(("elsewhere", rounded(float(facts.total("crowd")[step]) - inside)))
    if facts.has("fighting"):
        found.append(("insurgents", rounded(float(facts.total("fighting")[step]))))
    if facts.hegemon_men is not None:
        country, capital = facts.hegemon_men
        found.append(("troops of the hegemon in the country", rounded(float(country[step]))))
        found.append((f"of them in {facts.capital_name}", rounded(float(capital[step]))))
    if facts.has("striking", "workers"):
        workers = float(facts.data["workers"].values.sum())
        if workers > 0:
            found.append(
                ("workers not at work", percent(min(float(facts.total("striking")[step]) / workers, 1.0)))
            )
    if facts.has("dead"):
        found.append(("dead so far", number(float(facts.total("dead")[step]))))
    if facts.has("conceded"):
        void = void_since(facts.run.events)
        is_void = void is not None and facts.times[step] >= np.datetime64(void, "m")
        words = "demands conceded, void" if is_void else "demands conceded"
        found.append((words, number(float(facts.array("conceded")[step]))))
    return "".join(f"<div><dd>{value}</dd><dt>{escape(name)}</dt></div>" for name, value in found)


def _key(maps: Sequence[BaseMap], sizes: dict[str, Sizes], has_counties: bool) -> str:
    """What the signs mean, and how large they are on each map."""
    items = [
        (_sign('<circle class="crowd" cx="9" cy="9" r="8"/>'), "crowd"),
        (_sign(f'<path class="fighters" d="{triangle(9, 10, 11)}"/>'), "insurgents under arms"),
        (_sign('<rect class="troops" x="3" y="3" width="12" height="12"/>'), "troops of the hegemon"),
        (_sign('<circle class="holder rebel" cx="9" cy="9" r="4"/>'), "site held by insurgents"),
        (_sign('<circle class="holder hegemon" cx="9" cy="9" r="2.6"/>'), "by the hegemon"),
        (_sign('<circle class="holder government" cx="9" cy="9" r="2.6"/>'), "by the government"),
    ]
    if has_counties:
        ramp = "".join(
            f'<rect class="county" x="{12 * k}" y="3" width="12" '
            f'height="12" style="fill-opacity:{DARKEST_SHADE * k / 4:.2f}"/>'
            for k in range(5)
        )
        items.append(
            (f'<svg class="sign ramp" viewBox="0 0 60 18">{ramp}</svg>', "workers not at work, 0 to 100 %")
        )
    said = "".join(f"<li>{sign} {escape(words)}</li>" for sign, words in items)
    scales = "; ".join(_scale(one, sizes[one.key]) for one in maps)
    words = "Areas are proportional to people, on one scale for all moments. "
    return f'<ul class="key">{said}</ul><p class="soft">{words}{escape(scales)}.</p>'


def _scale(one: BaseMap, sizes: Sizes) -> str:
    """How many people the largest signs of a map stand for."""
    title = one.title.lower() if one.key == "country" else one.title
    force = (
        f", largest square or triangle {rounded(sizes.force)}" if sizes.has_force else ", nobody under arms"
    )
    return f"{title}: largest circle {rounded(sizes.crowd)} people{force}"


def _sign(inside: str) -> str:
    return f'<svg class="sign" viewBox="0 0 18 18">{inside}</svg>'
