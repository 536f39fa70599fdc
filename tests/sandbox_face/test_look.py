"""How things look that no other test would miss."""

from __future__ import annotations

import pytest

from tests.sandbox_face.windows import OpenAs

pytestmark = pytest.mark.browser


def test_digits_are_drawn_with_the_letters_not_as_emoji(open_as: OpenAs) -> None:
    page = open_as("ada")

    widths = page.evaluate(
        """() => {
          const probe = document.body.appendChild(document.createElement('span'));
          const width = (text) => { probe.textContent = text; return probe.getBoundingClientRect().width; };
          return [width('0000000000'), width('nnnnnnnnnn')];
        }"""
    )

    assert widths[0] < 1.3 * widths[1]
