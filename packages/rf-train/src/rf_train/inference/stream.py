"""Text out of a stream of tokens, whole characters only.

A token of a byte-level vocabulary may hold a third of a Chinese character. What does not yet end
on a character waits for the tokens that complete it.
"""

from typing import Any

_INCOMPLETE = "\ufffd"  # what decoders write for bytes that are not a whole character


class StreamDecoder:
    """Turns token ids into text as they come; the pieces joined are the text of all of them.

    Special tokens have no text. Each token is decoded behind the piece before it, because in
    some vocabularies a token's text depends on whether anything stands in front.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._window = 0  # where the piece before begins
        self._shown = 0  # tokens whose text has been given out

    def push(self, token: int) -> str:
        """The text that `token` completes, "" while a character is still cut in two."""
        self._ids.append(token)
        text = self._pending()
        if text.endswith(_INCOMPLETE):
            return ""
        self._window, self._shown = self._shown, len(self._ids)
        return text

    def flush(self) -> str:
        """What is left at the end: nothing, or U+FFFD for bytes that never became a character."""
        text = self._pending()
        self._window = self._shown = len(self._ids)
        return text

    def _pending(self) -> str:
        before = self._decode(self._ids[self._window : self._shown])
        return self._decode(self._ids[self._window :])[len(before) :]

    def _decode(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text
