#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the manifest in a generated folder: the fields that we use, by their
formats' documentation, and the version. manifests.py VERSION FOLDER"""
import json
import pathlib
import re
import sys

import jsonschema

VERSION, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])

# What the Arduino library specification wants of a library.properties, and
# where one value of a few is wanted.
PROPERTIES = {
    "name": r"[A-Za-z][\w .-]{0,62}", "version": re.escape(VERSION),
    "author": ".+", "maintainer": ".+", "sentence": r".+\.",
    "paragraph": ".+", "url": r"https?://\S+",
    "category": "Data Storage|Data Processing|Device Control|Other",
    "architectures": r"\w+(,\w+)*", "includes": r"irqgc\.h",
}

TEXT = {"type": "string", "minLength": 1}
LIBRARY_JSON = {
    "type": "object",
    "required": ["name", "version", "description", "keywords", "license",
                 "authors", "headers", "frameworks", "platforms", "build"],
    "additionalProperties": False,
    "properties": {
        "name": {"const": "irqgc"},
        "version": {"const": VERSION},
        "description": TEXT | {"maxLength": 255},
        "keywords": TEXT,
        "license": {"const": "MIT"},
        "authors": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["name"],
            "properties": {"name": TEXT}}},
        "headers": {"const": "irqgc.h"},
        "frameworks": {"const": "*"},
        "platforms": {"type": "array", "items": TEXT, "minItems": 1},
        "build": {"type": "object", "required": ["flags"],
                  "additionalProperties": False,
                  "properties": {"flags": TEXT}},
        "examples": {"type": "array", "items": {
            "type": "object", "required": ["name", "base", "files"],
            "properties": {"name": TEXT, "base": TEXT, "files": {
                "type": "array", "items": TEXT}}}},
    },
}


def properties_check():
    lines = (FOLDER / "library.properties").read_text().splitlines()
    fields = dict(line.split("=", 1) for line in lines)
    if set(fields) != set(PROPERTIES):
        sys.exit(f"library.properties: {set(fields) ^ set(PROPERTIES)}")
    for field, value in fields.items():
        if not re.fullmatch(PROPERTIES[field], value):
            sys.exit(f"library.properties: {field} is {value}")


def json_check():
    library = json.loads((FOLDER / "library.json").read_text())
    try:
        jsonschema.validate(library, LIBRARY_JSON)
    except jsonschema.ValidationError as error:
        sys.exit(f"library.json: {error.json_path}: {error.message}")
    for example in library["examples"]:
        for name in example["files"]:
            if not (FOLDER / example["base"] / name).exists():
                sys.exit(f"library.json: no {name}")


properties_check()
json_check()
