"""Build the wheel from a copy, so that the checkout stays as it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("response", "jobs", "people", "incidents", "integrations", "slackbot", "ui", "sandbox")
BUILD: Final = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def build(folder: Path) -> Path:
    """Return the wheel, made in the folder by what pyproject.toml names, without asking any registry."""
    copy, made = folder / "checkout", folder / "made"
    copy.mkdir()
    made.mkdir()
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    subprocess.run([sys.executable, "-c", BUILD, str(made)], cwd=copy, check=True, capture_output=True)
    (wheel,) = made.glob("*.whl")
    return wheel
