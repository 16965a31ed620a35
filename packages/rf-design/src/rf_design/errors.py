"""The one error this package raises for what a user can put right."""


class DesignError(Exception):
    """Something cannot be designed, read or written; `str()` is one line in English for a person.

    `zh` is the same line in Chinese, where a user of the terminal or of an assistant can meet it.
    """

    def __init__(self, en: str, zh: str | None = None) -> None:
        super().__init__(en)
        self.zh = zh or en

    def text(self, lang: str) -> str:
        """The line in a language, `zh` or `en`."""
        return self.zh if lang == "zh" else str(self)
