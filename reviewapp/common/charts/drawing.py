"""What all charts share: a canvas that escapes text, and the finished chart with its table."""

from dataclasses import dataclass, field
from html import escape


@dataclass(frozen=True)
class Chart:
    """A drawn chart: its SVG, its rows as a table (the first names the columns), and the names of its series."""

    svg: str
    table: list[list[str]]
    legend: list[str] = field(default_factory=list)


class Canvas:
    """Collects SVG elements. Every attribute and text is escaped; sizes are in user units."""

    def __init__(self, width: int, height: int, *, title: str, description: str) -> None:
        self.width, self.height = width, height
        self.parts = [f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"]

    def add(self, name: str, text: str = "", **attributes: object) -> None:
        said = "".join(
            f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"' for key, value in attributes.items()
        )
        self.parts.append(f"<{name}{said}>{escape(text)}</{name}>")

    def open(self, name: str, **attributes: object) -> None:
        said = "".join(
            f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"' for key, value in attributes.items()
        )
        self.parts.append(f"<{name}{said}>")

    def close(self, name: str) -> None:
        self.parts.append(f"</{name}>")

    def svg(self) -> str:
        inner = "".join(self.parts)
        return f'<svg class="chart" viewBox="0 0 {self.width} {self.height}" role="group">{inner}</svg>'


@dataclass(frozen=True)
class Page:
    """Where the rows of a chart are: wide has names beside the axis, narrow above each row; one of the two is shown."""

    kind: str
    width: int
    left: int
    right: int
    row: int
    line: int  # from the top of a row to its line
    is_narrow: bool = False

    def kept(self, canvas: Canvas) -> str:
        return canvas.svg().replace('class="chart"', f'class="chart {self.kind}"', 1)

    def name(self, canvas: Canvas, name: str, note: str, *, y: float) -> None:
        """What stands beside a row's line or, where it is narrow, above it."""
        if self.is_narrow:
            canvas.add("text", clip(name, 34 if len(note) < 16 else 28), x=self.left, y=y - 14)
            canvas.add("text", note, x=self.width - self.right, y=y - 14, text_anchor="end", class_="soft")
        else:
            canvas.add("text", clip(name, 36), x=self.left - 14, y=y + 4, text_anchor="end")
            canvas.add("text", note, x=self.width - self.right + 14, y=y + 4, class_="soft")


def _number(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def clip(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
