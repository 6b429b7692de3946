"""Index pages of HTTP servers: the links that stay in their folder, with what is written beside.

nginx, Apache, lighttpd and Python write the time of change after a link, and then the size. Times
are by the server's own clock and to the minute, and large sizes are rounded: good enough to see
that a file is new, not to know its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from longflow.landing.entries import Entry, Found

# 04-Jun-2024 00:00, 2024-06-04 00:00 or 2024-Jun-04 00:00:00, then the size: 1234, 1.2K or -.
_BESIDE = re.compile(
    r"(?P<time>(?:\d{4}-(?:\d\d|[A-Z][a-z]{2})-\d\d|\d\d-[A-Z][a-z]{2}-\d{4})"
    r"\s+\d\d:\d\d(?::\d\d)?)\s+(?P<size>[\d.]+[KMGTP]?i?B?|-)(?!\S)"
)


class _Links(HTMLParser):
    """Collects the links of a page, each with the text between its end and the next link."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self._in_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") if tag == "a" else None
        if href:
            self.found.append((href.strip(), []))
            self._in_link = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._in_link = False

    def handle_data(self, data: str) -> None:
        if self.found and not self._in_link:
            self.found[-1][1].append(data)


def in_page(page: str, folder: str) -> Iterator[Found]:
    """Files and folders directly below a folder to which its index page links.

    Links to other places, to parents, and to the page in another order are left out.

    Args:
        page: the page, HTML.
        folder: its URL.
    """
    links = _Links()
    links.feed(page)
    links.close()
    above = folder.rstrip("/") + "/"
    seen = set()
    for href, beside in links.found:
        part = _part_below(above, href)
        if part is None or part in seen:
            continue
        seen.add(part)
        name = unquote(part.rstrip("/"), errors="surrogateescape")
        entry = _entry(name, above + part, " ".join(beside))
        yield Found(entry, "folder" if part.endswith("/") else "file")


def _part_below(above: str, href: str) -> str | None:
    """The last part of a link's path, if all before it is the folder; None if it is not."""
    try:
        there, here = urlsplit(urljoin(above, href)), urlsplit(above)
    except ValueError:
        return None
    if there[:2] != here[:2] or there.query or there.fragment:
        return None
    *parents, name = there.path.rstrip("/").split("/")
    # Servers escape what others do not.
    if [unquote(one) for one in parents] != [unquote(one) for one in here.path.split("/")[:-1]]:
        return None
    return f"{name}/" if name and there.path.endswith("/") else name or None


def _entry(name: str, url: str, beside: str) -> Entry:
    stated = _BESIDE.search(beside)
    if stated is None:
        return Entry(name, url, None, None)
    size = int(stated["size"]) if stated["size"].isdigit() else None
    return Entry(name, url, size, " ".join(f"{stated['time']} {stated['size']}".split()))
