"""A kind of work has one name, and a name one kind."""

import pytest

from jobs.kinds import Kinds


class Cheer:
    pass


class Applause:
    pass


def test_a_kind_is_found_by_its_name() -> None:
    kinds: Kinds[type] = Kinds("outbox")

    kinds.add("cheer", Cheer)

    assert kinds["cheer"] is Cheer
    assert kinds.get("applause") is None
    assert list(kinds) == ["cheer"]


def test_a_second_kind_of_the_same_name_is_refused_with_both_places() -> None:
    kinds: Kinds[type] = Kinds("outbox")
    kinds.add("cheer", Cheer)

    with pytest.raises(LookupError, match=r"test_kinds\.Applause and .*test_kinds\.Cheer are both the outbox kind"):
        kinds.add("cheer", Applause)
