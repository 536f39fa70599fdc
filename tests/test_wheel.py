"""The wheel holds everything that its packages have in git."""

from __future__ import annotations

import subprocess
import tomllib
import zipfile
from pathlib import Path

from tests.wheel.building import PACKAGES, ROOT, build

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def known_to_git(*folders: str) -> set[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return {name for name in listed if (ROOT / name).exists()}


def test_the_wheel_holds_each_file_of_its_packages_and_no_other(tmp_path: Path) -> None:
    wheel = build(tmp_path)

    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert held == known_to_git(*PACKAGES)


def test_the_image_holds_each_package_of_the_product() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert all(f"COPY {package} " in dockerfile for package in PACKAGES if package != "sandbox")


def test_the_wheel_has_a_command() -> None:
    assert PROJECT["scripts"] == {"response": "response.command_line:main"}
