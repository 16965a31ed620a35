"""The conversation in a terminal: typed questions, streamed answers, Ctrl-C to stop an answer."""

import sys
from collections.abc import Callable
from typing import Any

import click
from rf_jsonl import printable

from rf_train.chat.conversation import Answer, Conversation
from rf_train.chat.log import PredictionLog
from rf_train.chat.notes import notes
from rf_train.errors import TrainError

PROMPT = "> "
KEPT = "\n\t\u200c\u200d"  # line ends, tabs, and the joiners inside emoji and some scripts
HELP = """\
  /new    start a new dialogue
  /quit   leave (so does Ctrl-D)
  /help   show this help
  Ctrl-C during an answer stops it; answer and question are then dropped.
  Ctrl-C at the prompt drops the line; a second one leaves.
  A line that ends with \\ continues on the next one."""


def run_session(conversation: Conversation, log: PredictionLog | None) -> None:
    """Answers questions until the input ends or /quit.

    Raises KeyboardInterrupt for a second Ctrl-C in a row at the prompt.
    """
    _enable_line_editing()
    while (line := _next_question()) is not None:
        text = line.strip()
        if text.startswith("/"):
            if not _command(text, conversation, log):
                return
        elif text:
            _answer(text, conversation, log)


def show(piece: str) -> None:
    """Writes a piece of an answer to standard output at once.

    On a terminal, escape sequences are shown as text; a file or pipe gets the text unchanged.
    """
    if sys.stdout.isatty():
        piece = printable(piece, KEPT)
    click.echo(piece, nl=False, color=True)  # otherwise click strips escapes from piped text


def _enable_line_editing() -> None:
    """Enables line editing and history where Python has them (Windows' console has its own).

    A byte that is not UTF-8 becomes U+FFFD instead of ending the session.
    """
    reconfigure: Any = getattr(sys.stdin, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")
    if sys.stdin.isatty():
        try:
            import readline  # noqa: F401 - importing it enables line editing in `input`
        except ImportError:
            return


def _next_question() -> str | None:
    """The next question; a single Ctrl-C only drops what was typed.

    It may have been meant for an answer that had just ended.
    """
    try:
        return _question()
    except KeyboardInterrupt:
        if not sys.stdin.isatty():
            raise
    click.echo("\n(Ctrl-C again leaves, as Ctrl-D and /quit do)")
    return _question()


def _question() -> str | None:
    """One question, continued over lines that end with a backslash; None at the end of input."""
    lines: list[str] = []
    prompt = PROMPT if sys.stdin.isatty() else ""
    while True:
        try:
            line = input(prompt)
        except EOFError:
            if prompt:
                click.echo()
            return "\n".join(lines) or None
        lines.append(line.removesuffix("\\"))
        if not line.endswith("\\"):
            return "\n".join(lines)


def _command(text: str, conversation: Conversation, log: PredictionLog | None) -> bool:
    """Executes a slash command; returns False where it ends the session."""
    if text == "/quit":
        return False
    if text == "/new":
        conversation.reset()
        if log is not None:
            log.new_dialogue()
        click.echo("(new dialogue)")
    elif text == "/help":
        click.echo(HELP)
    else:
        click.echo(f"(unknown command {text.split(maxsplit=1)[0]}; /help lists them)")
    return True


def _answer(question: str, conversation: Conversation, log: PredictionLog | None) -> None:
    try:
        answer = conversation.ask(question, show)
    except KeyboardInterrupt:
        click.echo("\n(stopped; question and answer are dropped)")
        return
    except TrainError as error:
        click.echo(f"({error})")
        return
    click.echo()
    if log is not None:
        log.write(answer)
    _print_summary(answer, click.echo)


def _print_summary(answer: Answer, say: Callable[[str], None]) -> None:
    """Prints the notes on an answer, its length and its speed."""
    found = notes(answer)
    lines = [answer.reply] if answer.reply else [*found.summary, *found.warnings]
    if lines:
        say("")
        for line in lines:
            say(f"  {printable(line)}")
        say("")
    cut = ", cut off by max_new_tokens" if answer.finish_reason == "length" else ""
    say(
        f"({answer.completion_tokens:,} tokens{cut}; the first after {answer.first_token_s:.2f} s, "
        f"then {answer.tokens_per_second:.1f} per second)"
    )
