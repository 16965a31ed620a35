"""Text from a stream of tokens, in whole characters only.

A token of a byte-level vocabulary may hold a third of a Chinese character. Incomplete characters
are held back until the tokens that complete them arrive.
"""

from typing import Any

_INCOMPLETE = "\ufffd"  # what decoders return for bytes that are not a whole character


class StreamDecoder:
    """Turns token ids into text as they arrive; the pieces joined are the text of all of them.

    Special tokens have no text. Each token is decoded together with the piece before it, because
    in some vocabularies a token's text depends on whether it is the first.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._window = 0  # where the previous piece begins
        self._shown = 0  # how many tokens have had their text returned

    def push(self, token: int) -> str:
        """The text that `token` completes, "" while a character is incomplete."""
        self._ids.append(token)
        text = self._pending()
        if text.endswith(_INCOMPLETE):
            return ""
        self._window, self._shown = self._shown, len(self._ids)
        return text

    def flush(self) -> str:
        """The rest at the end: nothing, or U+FFFD for bytes that are no complete character."""
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
