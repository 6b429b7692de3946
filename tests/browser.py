"""Debian's Chromium by its DevTools protocol, for tests and pictures of the report."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# The protocol's messages on standard input and output in place of the browser's own.
_START = 'exec chromium "$@" 3<&0 4>&1 >/dev/null 2>&1'
_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--force-color-profile=srgb",
)
_KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39}
_KEYS["ArrowDown"] = 40

JsonObject = dict[str, Any]


class Browser:
    """A running browser; `page` opens a page."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._writes, self._reads = process.stdin, process.stdout
        self._number = 0
        self._data = b""
        self.events: list[JsonObject] = []

    def call(self, method: str, session: str | None = None, **parameters: object) -> JsonObject:
        """The result of a method of the protocol."""
        self._number += 1
        message: JsonObject = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        self._writes.write(json.dumps(message).encode() + b"\0")
        self._writes.flush()
        while (answer := self._read()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, answer
        result: JsonObject = answer["result"]
        return result

    def wait(self, method: str) -> JsonObject:
        """The next event of a kind; earlier ones of that kind count, once each."""
        for event in self.events:
            if event.get("method") == method:
                self.events.remove(event)
                return event
        while (event := self._read()).get("method") != method:
            self.events.append(event)
        return event

    def _read(self) -> JsonObject:
        """The next message; messages end with a zero byte."""
        parts = [self._data]
        while b"\0" not in parts[-1]:
            parts.append(os.read(self._reads.fileno(), 1 << 20))
            assert parts[-1], "the browser has ended"
        data, _, self._data = b"".join(parts).partition(b"\0")
        message: JsonObject = json.loads(data)
        return message

    def page(self, file: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
        """A file in a window of its own."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        page.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setEmulatedMedia", features=[scheme])
        page.call("Network.enable")
        page.call("Page.enable")
        page.call("Page.navigate", url=file.as_uri())
        self.wait("Page.loadEventFired")
        return page


class Page:
    """A page in a window."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def call(self, method: str, **parameters: object) -> JsonObject:
        """The result of a method of the protocol."""
        return self._browser.call(method, self._session, **parameters)

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 - whatever the script gives
        """The value of an expression of JavaScript."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        of_key = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key]}
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **of_key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **of_key)

    def point(self, selector: str, *, press: bool = False, touch: bool = False) -> None:
        """Move the pointer to the middle of an element, and press it or touch it there."""
        x, y = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center', behavior: 'instant'});"
            " const r = e.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        if touch:
            self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
            self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
            return
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        if press:
            button = {"x": x, "y": y, "button": "left", "clickCount": 1}
            self.call("Input.dispatchMouseEvent", type="mousePressed", **button)
            self.call("Input.dispatchMouseEvent", type="mouseReleased", **button)

    def requested(self) -> list[str]:
        """The addresses that the page has asked for."""
        return [
            event["params"]["request"]["url"]
            for event in self._browser.events
            if event.get("method") == "Network.requestWillBeSent"
            and event.get("sessionId") == self._session
        ]

    def pdf(self) -> bytes:
        """The page as it is printed."""
        answer = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(answer["data"])

    def picture(self, *, whole: bool = False) -> bytes:
        """What is seen, or the whole page, as PNG."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(answer["data"])


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; it ends with the context."""
    with tempfile.TemporaryDirectory() as profile:
        command = ["sh", "-c", _START, "chromium", *_FLAGS, f"--user-data-dir={profile}"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            browser = Browser(process)
            try:
                yield browser
            finally:
                browser.call("Browser.close")
                process.wait()
