"""Errors that the page shows instead of an answer."""

from rf_design.errors import DesignError


class PageError(Exception):
    """One line in English and Chinese, with its HTTP status."""

    def __init__(self, status: int, en: str, zh: str) -> None:
        super().__init__(en)
        self.status, self.en, self.zh = status, en, zh

    def as_json(self) -> dict[str, dict[str, str]]:
        """The body of the response."""
        return {"error": {"en": self.en, "zh": self.zh}}


def not_designed(error: DesignError) -> PageError:
    """The error of a call or an option that cannot be designed."""
    return PageError(400, error.text("en"), f"无法设计：{error.text('zh')}")
