"""The error that ends a call without a design."""


class Declined(Exception):
    """The request is declined, with a reason.

    Parameters
    ----------
    code
        One of the `reason_code` values of result.schema.json.
    en, zh
        The reason in one or two sentences, for the user.
    """

    def __init__(self, code: str, en: str, zh: str) -> None:
        super().__init__(en)
        self.code = code
        self.en = en
        self.zh = zh


def unreadable(key: str, text: str, expected_en: str, expected_zh: str) -> Declined:
    """The error for a value that cannot be parsed."""
    return Declined(
        "unreadable",
        f"{key} {quoted(text)} cannot be read; expected {expected_en}.",
        f"无法读取 {key} 的值 {quoted(text)}，应为{expected_zh}。",
    )


def quoted(text: str, most: int = 40) -> str:
    """The text in quotes, at most `most` characters on one line, without control characters."""
    line = "".join(c if c.isprintable() else " " for c in text[: most + 1])
    return f'"{line if len(text) <= most else line[:most] + "…"}"'
