"""Index pages as servers write them, and as nobody should."""

from __future__ import annotations

import pytest
from longflow.landing.entries import listing_of
from longflow.landing.index_page import in_page

FOLDER = "http://host/dumps/2024-06-03"

NGINX = """<html><head><title>Index of /dumps/2024-06-03/</title></head><body>
<h1>Index of /dumps/2024-06-03/</h1><hr><pre><a href="../">../</a>
<a href="older/">older/</a>                    03-Jun-2024 00:00                   -
<a href="f%20a.csv">f a.csv</a>                04-Jun-2024 00:00             1234567
<a href="g.csv">g.csv</a>                      04-Jun-2024 00:05                   6
</pre><hr></body></html>"""
APACHE = """<table><tr><th><a href="?C=N;O=D">Name</a></th>
<th><a href="?C=M;O=A">Last modified</a></th>
<tr><td><a href="/dumps/">Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td></tr>
<tr><td><a href="f%20a.csv">f a.csv</a></td><td align="right">2024-06-04 00:00  </td>
<td align="right">1.2M</td></tr>
<tr><td><a href="g.csv">g.csv</a></td><td align="right">2024-06-04 00:05  </td>
<td align="right">  6 </td></tr></table>"""
LIGHTTPD = """<tbody><tr class="d"><td class="n"><a href="../">..</a>/</td><td class="m">&nbsp;</td>
<tr><td class="n"><a href="f%20a.csv">f a.csv</a></td><td class="m">2024-Jun-04 00:00:00</td>
<td class="s">1.2M</td><td class="t">text/csv</td></tr>
<tr><td class="n"><a href="g.csv">g.csv</a></td><td class="m">2024-Jun-04 00:05:00</td>
<td class="s">0.1K</td><td class="t">text/csv</td></tr></tbody>"""
PYTHON = """<ul><li><a href="f%20a.csv">f a.csv</a></li><li><a href="g.csv">g.csv</a></li></ul>"""


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (
            NGINX,
            [(1_234_567, "04-Jun-2024 00:00 1234567"), (6, "04-Jun-2024 00:05 6")],
        ),
        (APACHE, [(None, "2024-06-04 00:00 1.2M"), (6, "2024-06-04 00:05 6")]),
        (LIGHTTPD, [(None, "2024-Jun-04 00:00:00 1.2M"), (None, "2024-Jun-04 00:05:00 0.1K")]),
        (PYTHON, [(None, None), (None, None)]),
    ],
    ids=["nginx", "apache", "lighttpd", "python"],
)
def test_what_servers_tell(page: str, told: list[tuple[int | None, str | None]]) -> None:
    files = listing_of(in_page(page, FOLDER)).files
    assert [(name, one.path) for name, one in files.items()] == [
        ("f a.csv", f"{FOLDER}/f%20a.csv"),
        ("g.csv", f"{FOLDER}/g.csv"),
    ]
    assert [(one.size_bytes, one.version) for one in files.values()] == told


@pytest.mark.parametrize(
    "href",
    [
        "../x.csv",
        "/etc/passwd",
        "//evil/dumps/2024-06-03/x.csv",
        "http://evil/dumps/2024-06-03/x.csv",
        "https://host/dumps/2024-06-03/x.csv",
        "http://host:81/dumps/2024-06-03/x.csv",
        "http://host@evil/dumps/2024-06-03/x.csv",
        "http://[bad/x.csv",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "a/../../x.csv",
        "deep/x.csv",
        "x.csv?C=N",
        "x.csv#top",
        "..",
        ".",
        "",
        " ",
    ],
)
def test_links_that_leave_the_folder_are_no_files(href: str) -> None:
    found = listing_of(in_page(f'<a href="{href}">x.csv</a>', FOLDER))
    assert (found.files, found.others) == ({}, {})


@pytest.mark.parametrize(
    ("href", "name", "problem"),
    [
        ("%2e%2e%2fx.csv", "../x.csv", "its name is a path"),
        ("a%2Fb.csv", "a/b.csv", "its name is a path"),
        ("%2Fetc%2Fpasswd", "/etc/passwd", "its name is a path"),
        ("%ff.csv", "\\xff.csv", "its name is not UTF-8"),
        ("a%0ab.csv", "a\\nb.csv", "its name has control characters"),
        ("a%00.csv", "a\\x00.csv", "its name has control characters"),
        ("%1b[2J.csv", "\\x1b[2J.csv", "its name has control characters"),
        ("a" * 300, "a" * 300, "its name is longer than 255 bytes"),
    ],
)
def test_names_that_no_copy_can_have_are_told(href: str, name: str, problem: str) -> None:
    found = listing_of(in_page(f'<a href="{href}">x.csv</a>', FOLDER))
    assert (found.files, found.others) == ({}, {name: problem})


@pytest.mark.parametrize("folder", ["http://host/a b", "http://host/a%20b"])
@pytest.mark.parametrize("href", ["x.csv", "/a%20b/x.csv", "/a b/x.csv", "http://host/a%20b/x.csv"])
def test_a_folder_with_a_space_has_files(folder: str, href: str) -> None:
    files = listing_of(in_page(f'<a href="{href}">x.csv</a>', folder)).files
    assert [one.path for one in files.values()] == [f"{folder}/x.csv"]


def test_a_page_with_a_link_twice_has_one_file() -> None:
    page = f'<a href="x.csv"><img></a> <a href="x.csv">x</a> <a href="{FOLDER}/x.csv">x</a>'
    assert list(listing_of(in_page(page, FOLDER)).files) == ["x.csv"]
