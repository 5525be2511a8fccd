#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whether module.yml and sample.yaml have the fields that Zephyr documents, of
the types it wants, and name files that are there."""

import pathlib
import sys

import jsonschema
import yaml

root = pathlib.Path(__file__).resolve().parents[3]
TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT, "minItems": 1}


def table(required=(), others=False, **fields):
    return {"type": "object", "properties": fields, "required": list(required),
            "additionalProperties": others}


# Of each only what this module uses. Zephyr refuses keys that it does not know,
# and so does this.
MODULE = table(["name", "build"], name=TEXT, samples=TEXTS,
               build=table(["cmake", "kconfig"], cmake=TEXT, kconfig=TEXT))
TEST = dict(tags=TEXT, filter=TEXT, harness=TEXT, integration_platforms=TEXTS,
            harness_config=table(["type", "regex"], regex=TEXTS, type={
                "enum": ["one_line", "multi_line"]}))
SAMPLE = table(["sample", "tests"], common=table(**TEST),
               sample=table(["name"], name=TEXT, description=TEXT),
               tests={"type": "object", "minProperties": 1,
                      "additionalProperties": table(**TEST),
                      # Zephyr's tool wants a section and a name.
                      "propertyNames": {"pattern": r"^\w+(\.\w+)+$"}})


def read(path, schema):
    with open(root / path, encoding="utf-8") as text:
        content = yaml.safe_load(text)
    jsonschema.validate(content, schema)
    return content


def main():
    module = read("zephyr/module.yml", MODULE)
    wanted = [module["build"]["kconfig"],
              module["build"]["cmake"] + "/CMakeLists.txt"]
    samples = [p for folder in module["samples"]
               for p in (root / folder).glob("*/sample.yaml")]
    if not samples:
        wanted.append("a sample")
    for path in samples:
        read(path, SAMPLE)
        wanted += [path.parent.relative_to(root) / name
                   for name in ("prj.conf", "CMakeLists.txt")]
    missing = [str(w) for w in wanted if not (root / w).is_file()]
    for path in missing:
        print("FAIL no", path)
    return 1 if missing else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except jsonschema.ValidationError as error:
        print("FAIL", "/".join(map(str, error.absolute_path)), error.message)
        sys.exit(1)
