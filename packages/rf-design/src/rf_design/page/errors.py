"""Errors that the page shows in place of an answer."""


class PageError(Exception):
    """One line in English and Chinese, and the status of HTTP that goes with it."""

    def __init__(self, status: int, en: str, zh: str) -> None:
        super().__init__(en)
        self.status, self.en, self.zh = status, en, zh

    def as_json(self) -> dict[str, dict[str, str]]:
        """The body of the answer."""
        return {"error": {"en": self.en, "zh": self.zh}}
