"""`rf-train chat`: talk to a model, once or at length."""

import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rf_jsonl import printable, shown
from rf_jsonl.options import PATH

if TYPE_CHECKING:
    from rf_train.chat.conversation import Conversation
    from rf_train.chat.log import PredictionLog
    from rf_train.inference.load import ChatModel


@click.command()
@click.argument("recipe", type=PATH)
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key.")
@click.option("--once", metavar="TEXT", help="Answer TEXT (-: standard input) and exit.")
@click.option("--jsonl", type=PATH, help="Append predictions to this file.")
@click.option("--id", "first_id", metavar="ID", help="Id of the first dialogue in that file.")
def chat(
    recipe: Path,
    changes: tuple[str, ...],
    once: str | None,
    jsonl: Path | None,
    first_id: str | None,
) -> None:
    """Talk to the model of RECIPE, prompted exactly as in its training.

    RECIPE is YAML with LLaMA-Factory's inference keys. Answers are streamed; follow-up questions
    continue the dialogue. With --once only the answer goes to standard output.
    """
    if first_id is not None and jsonl is None:
        raise click.UsageError("--id needs --jsonl, whose file it applies to")
    if jsonl == Path("-"):
        raise click.UsageError("--jsonl -: the answers go to standard output already")
    from rf_train.quiet import quiet_libraries

    quiet_libraries()  # before the import of libraries that print while they load
    from rf_train.chat.conversation import Conversation
    from rf_train.chat.log import PredictionLog
    from rf_train.chat.tool import Tool
    from rf_train.inference.load import load_chat_model
    from rf_train.inference.recipe import INFERENCE
    from rf_train.recipe.file import load_keys

    question = None if once is None else _question(once)
    resolved, remarks = load_keys(INFERENCE, recipe, changes)

    def say(text: str) -> None:
        click.echo(text, err=once is not None)

    appended = f", answers appended to {shown(jsonl)}" if jsonl else ""
    say(f"Chat with the recipe {shown(recipe)}{appended}")
    tool = Tool(resolved.tool) if resolved.tool is not None else None
    with PredictionLog(jsonl, first_id, tool=tool is not None) if jsonl else nullcontext() as log:
        chat_model = load_chat_model(resolved)
        _print_setup(chat_model, remarks, say)
        if tool is not None:
            say(f"  {'tool':<9} {resolved.tool}")
        _answer_or_converse(Conversation(chat_model, tool), question, log, say)


def _question(once: str) -> str:
    """The text of --once, read from standard input where it is a dash. Raises FileError."""
    from rf_jsonl import parse_text

    from rf_train.errors import TrainError

    text = once if once != "-" else parse_text("<stdin>", sys.stdin.buffer.read())
    if not text.strip():
        raise TrainError("--once: expected a question, found nothing")
    return text.strip()


def _print_setup(chat_model: "ChatModel", remarks: list[str], say: Callable[[str], None]) -> None:
    for name, value in chat_model.details.items():
        say(f"  {name:<9} {printable(value)}")
    prompts = [prompt for prompt in chat_model.system_prompts if prompt]
    for prompt in prompts or ["none"]:
        say(f"  {'system':<9} {prompt if len(prompt) <= 60 else prompt[:57] + '...'}")
    for remark in remarks:
        say(f"  ({remark})")


def _answer_or_converse(
    conversation: "Conversation",
    question: str | None,
    log: "PredictionLog | None",
    say: Callable[[str], None],
) -> None:
    """Answers one question, or those typed in the terminal."""
    from rf_train.chat.notes import notes
    from rf_train.chat.terminal import run_session, show

    if question is None:
        say("Ctrl-C stops an answer, Ctrl-D ends the session, /help lists all commands.")
        run_session(conversation, log)
        return
    answer = conversation.ask(question, show)
    click.echo()
    if answer.reply is not None:
        show(answer.reply + "\n")
    if log is not None:
        log.write(answer)
    for line in notes(answer).warnings:
        say(line)
    if answer.finish_reason == "length":
        say(f"(cut off after {answer.completion_tokens:,} tokens: max_new_tokens)")
