"""What a grade looks like as JSON: written one line for each item, read only when it keeps to the published schema."""

import json
import math
from collections.abc import Callable, Collection
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["as_of_now", "compact", "json_ready", "rows", "validate"]


def json_ready(value: Any) -> Any:
    """Returns a value as JSON has it; numbers that it does not have as text."""
    kind = type(value)
    if kind is str or kind is int or kind is bool:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (list, tuple)):
        return [json_ready(item) for item in value]
    if is_dataclass(value):
        # Read one by one: asdict would copy every number deeply first.
        return {field.name: json_ready(getattr(value, field.name)) for field in fields(value)}
    return value


def compact(value: Any) -> str:
    """Returns the JSON of a value in one line."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def rows(value: Any) -> str:
    """Returns the JSON of a value, of a list with a line for each item."""
    if not value or not isinstance(value, list):
        return compact(value)
    return "[\n  " + ",\n  ".join(map(compact, value)) + "\n ]"


def as_of_now(data: Any, version: int, known: Collection[str]) -> Any:
    """Returns the content of a grade.json of version 1, whose environment had an entry for each option, as of now.

    The earliest ones named the seed instead of saying whether there was one.

    Args:
        data: anything that JSON holds.
        version: of the schema, now.
        known: names of what an environment has now; any other entry is an option.
    """
    made = data.get("environment") if isinstance(data, dict) else None
    if not isinstance(made, dict) or data.get("schema") != 1:
        return data
    kept = {name: value for name, value in made.items() if name in known}
    if "seed" in made:
        kept["hidden"] = made["seed"] is not None
    options = {name: value for name, value in made.items() if name not in known and name != "seed"}
    return {**data, "schema": version, "environment": {**kept, "options": options}}


def validate(data: Any) -> None:
    """Raises ValueError where a grade.json does not keep to the schema."""
    # Imported here: who grades only writes grades, and jsonschema takes a tenth of all imports.
    import fastjsonschema

    # Of 200 checks the compiled schema takes 3 ms, jsonschema 100; the slow one finds the words for what is wrong.
    try:
        _compiled_schema()(data)
    except fastjsonschema.JsonSchemaValueException:
        import jsonschema

        try:
            jsonschema.validate(data, _schema())
        except jsonschema.ValidationError as exc:
            raise ValueError(f"not a grade of this version: {exc.json_path}: {exc.message[:200]}") from exc


@cache
def _compiled_schema() -> Callable[[Any], Any]:
    import fastjsonschema

    compiled: Callable[[Any], Any] = fastjsonschema.compile(_schema())
    return compiled


@cache
def _schema() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("grade.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
