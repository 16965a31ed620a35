"""The conversation in a terminal: questions typed, answers streamed, Ctrl-C ends an answer only."""

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
  /new    forget the dialogue and begin another
  /quit   leave (Ctrl-D does too)
  /help   this
  Ctrl-C while an answer comes stops it; it and its question are then forgotten.
  Ctrl-C at the prompt drops the line; twice in a row it leaves.
  A line that ends with \\ goes on in the next one."""


def run_session(conversation: Conversation, log: PredictionLog | None) -> None:
    """Reads questions until the input ends or /quit; answers each.

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

    In a terminal an escape sequence is shown, not obeyed; a file or pipe gets the text as it is.
    """
    if sys.stdout.isatty():
        piece = printable(piece, KEPT)
    click.echo(piece, nl=False, color=True)  # click would take colours out of what is piped


def _enable_line_editing() -> None:
    """Line editing and history in a terminal, where Python has them (Windows' console has its own).

    A byte that is not UTF-8 must not end the session: it becomes U+FFFD.
    """
    reconfigure: Any = getattr(sys.stdin, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")
    if sys.stdin.isatty():
        try:
            import readline  # noqa: F401 - importing it is what makes `input` edit lines
        except ImportError:
            return


def _next_question() -> str | None:
    """The next question; a single Ctrl-C only drops what was typed.

    It may have been meant for an answer that ended a moment before.
    """
    try:
        return _question()
    except KeyboardInterrupt:
        if not sys.stdin.isatty():
            raise
    click.echo("\n(Ctrl-C again leaves, as Ctrl-D and /quit do)")
    return _question()


def _question() -> str | None:
    """One question, of several lines where they end with a backslash; None at the end of input."""
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
    """Carries out a slash command; False where it ends the session."""
    if text == "/quit":
        return False
    if text == "/new":
        conversation.reset()
        if log is not None:
            log.new_dialogue()
        click.echo("(a new dialogue)")
    elif text == "/help":
        click.echo(HELP)
    else:
        click.echo(f"(no command {text.split(maxsplit=1)[0]}; /help lists them)")
    return True


def _answer(question: str, conversation: Conversation, log: PredictionLog | None) -> None:
    try:
        answer = conversation.ask(question, show)
    except KeyboardInterrupt:
        click.echo("\n(stopped; question and answer are forgotten)")
        return
    except TrainError as error:
        click.echo(f"({error})")
        return
    click.echo()
    if log is not None:
        log.write(answer)
    _print_summary(answer, click.echo)


def _print_summary(answer: Answer, say: Callable[[str], None]) -> None:
    """What the answer says, in words, and what it took."""
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
        f"then {answer.tokens_per_second:.1f} a second)"
    )
