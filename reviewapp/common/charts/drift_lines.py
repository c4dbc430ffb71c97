"""How somebody's level moves from their first answer to their last: one small line each, all on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from reviewapp.common.charts.drawing import Canvas, Chart, clip

WIDTH, ACROSS, HIGH, LEFT, TOP, BOTTOM, GAP = 880, 3, 150, 44, 30, 26, 16


@dataclass(frozen=True)
class Track:
    """One line: points from 0 (first) to 1 (last), with how many answers are behind each."""

    name: str
    points: Sequence[tuple[float, float, int]]
    note: str = ""


def drift_lines(tracks: Sequence[Track], *, title: str, measure: str, first: str, last: str) -> Chart:
    """Draw each track in a field of its own, three a row, around a line at 0."""
    rows = ceil(len(tracks) / ACROSS) or 1
    canvas = Canvas(WIDTH, rows * HIGH, title=title, description=f"{measure} of {len(tracks)} from {first} to {last}")
    reach = max([abs(value) for track in tracks for _, value, _ in track.points] + [0.5]) * 1.1
    wide = WIDTH / ACROSS
    for place, track in enumerate(tracks):
        _draw(
            canvas,
            track,
            at=(wide * (place % ACROSS), float(HIGH * (place // ACROSS))),
            reach=reach,
            ends=(first, last),
        )
    table = [["", "from start", measure, "n"]]
    table += [
        [track.name, f"{when:.0%}", _signed(value), f"{count:,}"]
        for track in tracks
        for when, value, count in track.points
    ]
    return Chart(canvas.svg(), table)


def _draw(canvas: Canvas, track: Track, *, at: tuple[float, float], reach: float, ends: tuple[str, str]) -> None:
    left, top = at[0] + LEFT, at[1] + TOP
    wide, high = WIDTH / ACROSS - LEFT - GAP, HIGH - TOP - BOTTOM

    def x(when: float) -> float:
        return left + wide * when

    def y(value: float) -> float:
        return top + high * (1 - (value + reach) / (2 * reach))

    canvas.open("g", class_="axis")
    edge = int(reach * 2) / 2
    for tick in (-edge, 0.0, edge):
        canvas.add("line", class_="grid" if tick else "base", x1=left, x2=left + wide, y1=y(tick), y2=y(tick))
        canvas.add("text", _signed(tick, 1), x=left - 8, y=y(tick) + 4, text_anchor="end")
    canvas.add("text", ends[0], x=left, y=top + high + 18)
    canvas.add("text", ends[1], x=left + wide, y=top + high + 18, text_anchor="end")
    canvas.close("g")
    said = ", ".join(f"{when:.0%} {_signed(value, 2)}" for when, value, _ in track.points)
    canvas.open("g", role="img", aria_label=f"{track.name}: {said}")
    canvas.add("text", clip(track.name, 18), x=left, y=at[1] + 16)
    canvas.add("text", track.note, x=left + wide, y=at[1] + 16, text_anchor="end", class_="soft")
    if len(track.points) > 1:
        path = " ".join(f"{x(when):.2f},{y(value):.2f}" for when, value, _ in track.points)
        canvas.add("polyline", class_="trend", points=path)
    for when, value, _ in track.points:
        canvas.add("circle", class_="dot", cx=x(when), cy=y(value), r=3)
    canvas.close("g")


def _signed(value: float, places: int = 3) -> str:
    text = f"{value:+.{places}f}".replace("-", "−")
    return f"{0:.{places}f}" if not text.strip("+−0.") else text
