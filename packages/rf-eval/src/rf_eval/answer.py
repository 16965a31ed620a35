"""What a model wrote in one turn, with its JSON object read once for all metrics."""

from dataclasses import dataclass, field
from typing import Any

from rf_eval.extract import Extraction, extract
from rf_eval.score import Score, parse_error


@dataclass(frozen=True)
class Answer:
    """One completion and what `rf_eval.extract` read in it.

    `strict` is the object where the text is one JSON object and nothing else, `object` the one
    after the named repairs, which all metrics but the strict ones judge; None without one.
    `cache` is for metrics that share costly results; an answer belongs to one sample.
    """

    text: str
    finish_reason: str = "stop"
    extraction: Extraction = field(init=False, repr=False, compare=False)
    strict: dict[str, Any] | None = field(init=False, repr=False, compare=False)
    object: dict[str, Any] | None = field(init=False, repr=False, compare=False)
    cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        reading = extract(self.text, self.finish_reason)
        # The class is frozen, so its own fields are set the way dataclasses set theirs.
        self.__dict__.update(extraction=reading, strict=reading.strict, object=reading.recovered)

    def unreadable(self) -> Score:
        """The parse error of an answer without an object, with the reason."""
        return parse_error(self.extraction.why)
