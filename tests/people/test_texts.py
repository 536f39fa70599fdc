"""Whatever people paste can be kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from people.texts import cleaned, one_line
from tests.hurry import PROFILE


def test_lines_end_in_one_way() -> None:
    assert cleaned("a\r\nb\rc\u2028d\x85e\n\tf") == "a\nb\nc\nd\ne\n\tf"


@PROFILE
@given(st.text(st.characters()))
def test_a_cleaned_text_can_be_kept_and_is_not_cleaned_again(text: str) -> None:
    clean = cleaned(text)

    clean.encode()
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in clean)
    assert cleaned(clean) == clean
    assert one_line(one_line(text)) == one_line(text)
    assert "\n" not in one_line(text)
