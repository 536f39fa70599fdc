"""Add up what the suites' JUnit files say, and fail when anything failed or nothing ran."""

import sys
from pathlib import Path
from xml.etree import ElementTree

KINDS = ("tests", "failures", "errors", "skipped")


def numbers(path: Path) -> dict[str, int]:
    suites = ElementTree.parse(path).iter("testsuite")  # noqa: S314
    totals = dict.fromkeys(KINDS, 0)
    for suite in suites:
        for kind in KINDS:
            totals[kind] += int(suite.get(kind, "0"))
    return totals


def main() -> int:
    total = dict.fromkeys(KINDS, 0)
    for name in sys.argv[1:]:
        path = Path(name)
        found = numbers(path)
        passed = found["tests"] - found["failures"] - found["errors"] - found["skipped"]
        print(f"{path.stem}: {passed} passed, {found['skipped']} skipped")  # noqa: T201
        total = {kind: total[kind] + found[kind] for kind in KINDS}
    failed = total["failures"] + total["errors"]
    passed = total["tests"] - failed - total["skipped"]
    print(f"{passed} passed, {failed} failed, {total['skipped']} skipped")  # noqa: T201
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
