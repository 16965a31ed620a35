"""Why a call ends without a design."""


class Declined(Exception):
    """The request is answered with a reason instead of a filter.

    Parameters
    ----------
    code
        One of the `reason_code` values of result.schema.json.
    en, zh
        The reason, a sentence or two for the person who asked.
    """

    def __init__(self, code: str, en: str, zh: str) -> None:
        super().__init__(en)
        self.code = code
        self.en = en
        self.zh = zh


def unreadable(key: str, text: str, expected_en: str, expected_zh: str) -> Declined:
    """A value that cannot be read as what its key holds."""
    return Declined(
        "unreadable",
        f"{key} {quoted(text)} cannot be read; expected {expected_en}.",
        f"无法读取 {key} 的值 {quoted(text)}，应为{expected_zh}。",
    )


def quoted(text: str, most: int = 40) -> str:
    """The text in quotes on one line, cut where it is long; control characters left out."""
    line = "".join(c if c.isprintable() else " " for c in text[: most + 1])
    return f'"{line if len(text) <= most else line[:most] + "…"}"'
