"""Ids that look like Slack's: a letter and ten capitals or digits, never twice, the same ones after every reset."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPAN = 36**9
# Prime to 36, so that counting up visits every number once in an order that does not look like counting.
_STRIDE = 7_625_597_484_991


class Ids:
    def __init__(self) -> None:
        self.count = 0

    def new(self, prefix: str) -> str:
        self.count += 1
        number = (self.count * _STRIDE) % _SPAN
        return f"{prefix}0{base36(number).rjust(9, '0')}"


def base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
