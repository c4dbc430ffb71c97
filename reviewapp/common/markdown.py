"""Markdown that people wrote, as HTML that cannot do anything: rendered without raw HTML, then cleaned by a short list.

Two locks, either of which would hold alone: markdown-it escapes HTML in the text, nh3 (ammonia) drops what is not on
the list. No images, since they would tell another server who reads what. The page's policy is the third.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "s", "code", "pre", "blockquote", "a", "hr",
    "br", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, **{f"h{level}": {"id"} for level in range(2, 7)}}
SCHEMES = {"https", "http", "mailto"}
ADDRESS = re.compile(r"https?://|mailto:|#|/(?!/)", re.IGNORECASE)
PREFIX = "part-"  # ids from a text never meet those of the page

_parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20})
_parser.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])
_parser.validateLink = lambda url: bool(ADDRESS.match(url))  # type: ignore[method-assign]


@dataclass(frozen=True)
class Heading:
    """A heading of a text: its level on the page (2 is the highest, below the page's own), its id and its words."""

    level: int
    id: str
    text: str


def to_html(text: str, *, ids: bool = True) -> str:
    """The text as HTML of the tags above; headings begin one level below the page's own.

    They carry ids, unless the page shows the same text twice.
    """
    tokens = _parser.parse(text)
    for opening, heading in _headings(tokens) if ids else ():
        opening.attrSet("id", heading.id)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{_level(token)}"
    raw = str(_parser.renderer.render(tokens, _parser.options, {}))
    return nh3.clean(
        raw, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener nofollow", strip_comments=True
    )


def contents(text: str) -> list[Heading]:
    """The headings of the text, with the ids they have in its HTML."""
    return [heading for _, heading in _headings(_parser.parse(text))]


def _headings(tokens: list[Token]) -> list[tuple[Token, Heading]]:
    found: list[tuple[Token, Heading]] = []
    used: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type != "heading_open":
            continue
        words = "".join(part.content for part in inline.children or [] if part.type in ("text", "code_inline"))
        name = _slug(words)
        used[name] = used.get(name, 0) + 1
        number = f"-{used[name]}" if used[name] > 1 else ""
        found.append((token, Heading(_level(token), f"{PREFIX}{name}{number}", words.strip())))
    return found


def _level(token: Token) -> int:
    return min(int(token.markup.count("#") or {"=": 1, "-": 2}.get(token.markup, 1)) + 1, 6)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "section"
