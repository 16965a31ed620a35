"""The error this package raises for faults that a user can correct."""


class DesignError(Exception):
    """Something cannot be designed, read or written; `str()` is one line in English.

    `zh` is the same line in Chinese, if users of the terminal or an assistant can encounter it.
    """

    def __init__(self, en: str, zh: str | None = None) -> None:
        super().__init__(en)
        self.zh = zh or en

    def text(self, lang: str) -> str:
        """The line in language `zh` or `en`."""
        return self.zh if lang == "zh" else str(self)
