"""The language that a command speaks: that of `--lang`, else of the request, else English."""

from collections.abc import Iterator
from contextlib import contextmanager

from rf_design.errors import DesignError


def language(stated: str | None, text: str | None = None) -> str:
    """`zh` or `en`, for a request or for a command without one."""
    from rf_design.reading.text import language_of

    return stated or language_of(text or "")


@contextmanager
def in_language(lang: str) -> Iterator[None]:
    """Errors raised inside are in this language."""
    try:
        yield
    except DesignError as error:
        raise DesignError(error.text(lang)) from None
