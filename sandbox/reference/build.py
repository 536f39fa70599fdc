"""Make `methods.json` from a folder of method files of github.com/slack-ruby/slack-api-ref (MIT).

python -m sandbox.reference.build FOLDER
"""

import json
import sys
from pathlib import Path
from typing import Any

KEPT_RULES = ("enum", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems")
TARGET = Path(__file__).with_name("methods.json")


def argument(published: dict[str, Any], *, required: bool) -> dict[str, Any]:
    alternatives = [published, *published.get("anyOf", []), *published.get("allOf", [])]
    types = sorted({one["type"] for one in alternatives if "type" in one} - {"null"})
    rules = {rule: published[rule] for rule in KEPT_RULES if rule in published}
    return {"types": types, **({"required": True} if required else {}), **rules}


def method(published: dict[str, Any]) -> dict[str, Any]:
    arguments = published["args"]
    required = set(arguments.get("required") or [])
    return {
        "verb": published["http_method"],
        "scopes": (published.get("scope") or {}).get("bot") or [],
        "tier": published.get("rate_limits"),
        "json": bool(published.get("json_input_supported")),
        "args": {
            name: argument(rules, required=name in required)
            for name, rules in (arguments.get("properties") or {}).items()
            if name != "token"
        },
        "outputs": (published.get("output") or {}).get("required") or [],
        "errors": sorted(published.get("errors") or {}),
    }


def main(folder: Path) -> None:
    methods = {path.stem: method(json.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.json"))}
    TARGET.write_text(json.dumps(methods, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
