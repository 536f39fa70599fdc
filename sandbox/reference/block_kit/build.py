"""Make `block_kit.schema.json` from what ts-json-schema-generator wrote: without its prose, and without the catch-all.

python -m sandbox.reference.block_kit.build GENERATED
"""

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "block_kit.schema.json"
CATCH_ALL = "#/definitions/Block"


def cleaned(node: Any) -> Any:
    """Return the schema without descriptions, and without the alternative that lets any block pass."""
    if isinstance(node, list):
        return [cleaned(item) for item in node if not (isinstance(item, dict) and item.get("$ref") == CATCH_ALL)]
    if isinstance(node, dict):
        return {
            name: cleaned(value) for name, value in node.items() if name != "description" or isinstance(value, dict)
        }
    return node


def main(generated: Path) -> None:
    schema = cleaned(json.loads(generated.read_text("utf-8")))
    del schema["definitions"]["Block"]
    TARGET.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
