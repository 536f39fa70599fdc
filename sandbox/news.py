"""What has just happened, for those inside the sandbox who wait for it."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.workspace import Channel, Message, View


@dataclass(frozen=True, slots=True)
class Posted:
    """Somebody or the app posted a message that others see."""

    channel: Channel
    message: Message


@dataclass(frozen=True, slots=True)
class ChannelMade:
    channel: Channel


@dataclass(frozen=True, slots=True)
class FormOpened:
    view: View


@dataclass(frozen=True, slots=True)
class WasReset:
    """It is the first day again, or a snapshot came back."""


Item = Posted | ChannelMade | FormOpened | WasReset


class News:
    def __init__(self) -> None:
        self._ears: list[Callable[[Item], None]] = []

    def listen(self, ear: Callable[[Item], None]) -> None:
        self._ears.append(ear)

    def tell(self, item: Item) -> None:
        for ear in self._ears:
            ear(item)
