"""How wide texts are, by the fonts themselves, and where lines may end."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from longflow.errors import LongflowError
from longflow.release import fonts
from longflow.release.figures.metrics import FACES, SIZE, face_of
from longflow.texts import Wording, wording

LATIN, JAPANESE = FACES["Liberation Sans"], FACES["Noto Sans CJK JP"]


def widths_in(file: Path, signs: str) -> list[float]:
    """The widths of signs in an OpenType font, in thousandths of its size."""
    data = file.read_bytes()
    (number,) = struct.unpack_from(">H", data, 4)
    at = {
        data[place : place + 4]: struct.unpack_from(">I", data, place + 8)[0]
        for place in range(12, 12 + 16 * number, 16)
    }
    (units,) = struct.unpack_from(">H", data, at[b"head"] + 18)
    (full,) = struct.unpack_from(">H", data, at[b"hhea"] + 34)
    glyphs = glyphs_of(data, at[b"cmap"])
    return [
        struct.unpack_from(">H", data, at[b"hmtx"] + 4 * min(glyphs[ord(sign)], full - 1))[0]
        * 1000
        / units
        for sign in signs
    ]


def glyphs_of(data: bytes, cmap: int) -> dict[int, int]:
    """Glyphs by code point, of the table of the whole Unicode (format 12)."""
    (number,) = struct.unpack_from(">H", data, cmap + 2)
    for record in range(number):
        (offset,) = struct.unpack_from(">I", data, cmap + 8 + 8 * record)
        table = cmap + offset
        if struct.unpack_from(">H", data, table) == (12,):
            (groups,) = struct.unpack_from(">I", data, table + 12)
            return {
                code: first_glyph + code - first
                for group in range(groups)
                for first, last, first_glyph in [
                    struct.unpack_from(">III", data, table + 16 + 12 * group)
                ]
                for code in range(first, last + 1)
            }
    raise LookupError("no table of format 12")


def test_the_widths_of_japanese_drawings_are_those_of_the_font() -> None:
    signs = "".join(map(chr, range(32, 127)))
    assert [round(of) for of in widths_in(fonts.FILES[0], signs)] == list(JAPANESE.widths)
    wide = "平均値のグラフ、。（）「」％±→≥×"
    assert widths_in(fonts.FILES[0], wide) == [1000.0] * len(wide)
    assert JAPANESE.width(wide) == pytest.approx(SIZE * len(wide))


def test_a_latin_sign_beside_a_wide_one_keeps_its_width() -> None:
    assert LATIN.width("12") == pytest.approx(2 * 0.556 * SIZE)
    assert JAPANESE.width("12月") == pytest.approx((2 * 0.555 + 1) * SIZE)


@pytest.mark.parametrize(
    ("text", "ems", "lines"),
    [
        ("Volume per consumer", 5, ["Volume", "per", "consumer"]),
        ("利用者あたりの使用量", 5, ["利用者あた", "りの使用量"]),
        ("IPoEへの移行", 4, ["IPoEへ", "の移行"]),
        # No line begins with a closing mark or a small letter, and none ends with an opening one.
        ("使用量（上り）です。", 4, ["使用量", "（上り）", "です。"]),
        ("ネットワーク", 4, ["ネット", "ワーク"]),
    ],
)
def test_lines_end_where_a_language_lets_them(text: str, ems: float, lines: list[str]) -> None:
    assert JAPANESE.lines_of(text, ems * SIZE + 0.1) == lines


def test_a_font_that_drawings_do_not_have_is_named(tmp_path: Path) -> None:
    file = tmp_path / "de.yml"
    numbers = 'numbers: {decimal: ",", thousands: ".", minus: "-", percent: "%"}\n'
    writing = 'writing: {name: Deutsch, between: ", ", spaces: kept}\n'
    file.write_text(f"{numbers}{writing}fonts: {{drawing: Fraktur}}\n")
    with pytest.raises(LongflowError, match="language de names the font 'Fraktur' for drawings"):
        face_of(Wording.read(file))


def test_every_language_has_a_font_of_drawings() -> None:
    assert face_of(wording("en")) is LATIN
