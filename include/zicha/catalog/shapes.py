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


Said = Annotated[
    Text,
    BeforeValidator(_two_languages),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "zh": {"type": "string", "minLength": 1},
                "en": {"type": "string", "minLength": 1},
            },
            "required": ["zh", "en"],
            "additionalProperties": False,
        }
    ),
]
"""A `Text` as the files write it: `{zh: …, en: …}`, both there, neither empty."""

_WORDS = r"[a-z0-9]+(-[a-z0-9]+)*"

Slug = Annotated[str, StringConstraints(pattern=rf"^{_WORDS}$")]
"""`lower-case-words`: a framework, a subject, a system."""

ControlId = Annotated[str, StringConstraints(pattern=rf"^{_WORDS}/{_WORDS}$")]
"""`subject/statement`, ours."""

ItemId = Annotated[str, StringConstraints(pattern=rf"^{_WORDS}/[a-z0-9]+([.-][a-z0-9]+)*$")]
"""`framework/clause`."""
