"""What every file of ours has in common: strict models, texts in two languages, kinds of ids."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from zicha.model.our_time import absurd
from zicha.model.text import Text


class Strict(BaseModel):
    """No unknown key, no value of another type, nothing changed after loading."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _names_no_absurd_year(self) -> Self:
        for name in self.model_fields_set:
            value = getattr(self, name)
            if isinstance(value, date) and (wrong := absurd(value)):
                raise ValueError(f"{name} {wrong}")
        return self


def _two_languages(found: Any) -> Any:
    if isinstance(found, Text):
        return found
    if not isinstance(found, dict) or found.keys() != {"zh", "en"}:
        raise ValueError("must hold zh and en, both and nothing else: write {zh: …, en: …}")
    for lang, said in found.items():
        if not isinstance(said, str) or not said.strip():
            raise ValueError(f"{lang} is empty or no text: write it")
    return found


_IN_BOTH: JsonSchemaValue = {
    "type": "object",
    "properties": {
        "zh": {"type": "string", "minLength": 1},
        "en": {"type": "string", "minLength": 1},
    },
    "required": ["zh", "en"],
    "additionalProperties": False,
}

Said = Annotated[Text, BeforeValidator(_two_languages), WithJsonSchema(_IN_BOTH)]
"""A `Text` as the files write it: `{zh: …, en: …}`, both there, neither empty."""


def _one_name_or_two(found: Any) -> Any:
    if not isinstance(found, str):
        return found if found is None else _two_languages(found)
    name = found.strip()
    return Text(name, name) if name else None


Called = Annotated[
    Text | None,
    BeforeValidator(_one_name_or_two),
    WithJsonSchema({"anyOf": [_IN_BOTH, {"type": "string"}]}),
]
"""A name in both languages, or one text that serves as both; an empty text is none."""

_WORDS = r"[a-z0-9]+(-[a-z0-9]+)*"

Slug = Annotated[str, StringConstraints(pattern=rf"^{_WORDS}$")]
"""`lower-case-words`: a framework, a subject, a system."""

ControlId = Annotated[str, StringConstraints(pattern=rf"^{_WORDS}/{_WORDS}$")]
"""`subject/statement`, ours."""

ItemId = Annotated[str, StringConstraints(pattern=rf"^{_WORDS}/[a-z0-9]+([.-][a-z0-9]+)*$")]
"""`framework/clause`."""
