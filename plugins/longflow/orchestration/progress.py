"""The progress that `make run` shows: a table on a terminal, lines in a log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

from rich.console import Console
from rich.live import Live
from rich.table import Table

State = Literal["waiting", "running", "done", "failed"]

_SIGN: dict[State, str] = {
    "waiting": "[dim]·[/]",
    "running": "[cyan]…[/]",
    "done": "[green]✓[/]",
    "failed": "[red]✗[/]",
}


@dataclass
class _Row:
    title: str
    state: State = "waiting"
    detail: str = ""
    began: float | None = None
    ended: float | None = None

    @property
    def seconds(self) -> str:
        if self.began is None or self.began == self.ended:
            return ""
        return f"{(self.ended or time.monotonic()) - self.began:.0f} s"


class Progress:
    """Rows with a state, a time and a note on what is being done."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: dict[str, _Row] = {}
        self._live = Live(
            console=console, get_renderable=self._table, refresh_per_second=2, transient=False
        )

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, title: str, state: State, detail: str = "") -> None:
        """Show the state of a row; a new row is added."""
        row = self._rows.setdefault(title, _Row(title))
        changed, row.state, row.detail = row.state != state, state, detail
        now = time.monotonic()
        if state != "waiting" and row.began is None:
            row.began = now
        if changed:
            row.ended = now if state in ("done", "failed") else None
        if changed and not self._console.is_terminal:
            word = {"waiting": "waits", "running": "begins"}.get(state, state)
            words = [title, word, row.seconds if row.ended else "", detail]
            self._console.print(" ".join(filter(None, words)), highlight=False, soft_wrap=True)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for _ in range(4):
            table.add_column(no_wrap=True, overflow="ellipsis")
        for row in self._rows.values():
            table.add_row(_SIGN[row.state], row.title, f"[dim]{row.seconds}[/]", row.detail)
        return table
