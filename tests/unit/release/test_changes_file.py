"""The file of changes: any key of a table can be written to it and read again."""

from __future__ import annotations

import json
from datetime import date

from longflow.release.changes.moves import Move
from longflow.release.changes.record import Changes
from longflow.release.files import json_bytes


def test_a_move_of_a_week_is_written_and_read() -> None:
    move = Move(
        table="hour-peaks",
        key={"week": date(2024, 6, 3), "service": "mobile", "hour": 8},
        column="mean_ratio",
        was=1.2,
        now=None,
        absolute=None,
        relative=None,
        interval=None,
        closed=False,
        beyond_error=True,
    )
    content = json.loads(json_bytes(Changes("20240701T000000Z", {}, (move,)).content()))
    assert content["values"][0]["key"] == {"week": "2024-06-03", "service": "mobile", "hour": 8}
    [again] = Changes.read(content).moves
    assert str(again) == str(move) == "hour-peaks 2024-06-03 mobile 8 mean_ratio 1.2 → none"
