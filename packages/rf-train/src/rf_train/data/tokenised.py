"""The samples of a data set: read, rendered and tokenised, or found as an earlier run left them."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import lru_cache, partial
from hashlib import sha256
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, say_what_is_accepted, sha256_file

from rf_train.data.rendering import Example, Message, Rendered, render, tokenise
from rf_train.data.samples import Samples
from rf_train.data.sources import Dialogue, Source
from rf_train.data.stored import Skipped, Stored, Writer, stored
from rf_train.data.templates import Template
from rf_train.errors import TrainError

_CHUNK = 2048  # dialogues per tokeniser call


def read_samples(
    source: Source | Sequence[Source],
    tokenizer: Any,
    template: Template,
    *,
    cutoff_len: int,
    mask_history: bool = False,
    refuse_overlong: bool = False,
    max_records: int | None = None,
    progress: bool | None = False,
) -> Samples:
    """Reads, renders and tokenises data set files, one behind the other.

    `cutoff_len` in tokens; longer samples are left out and named (or refused). With `mask_history`
    only the last answer of a dialogue carries loss. Of each data set, which may have several
    files, `max_records` are read. `progress` None shows a bar on terminals.
    Raises FileError with the line of a faulty record.
    """
    read = partial(
        _read_file,
        tokenizer=tokenizer,
        template=template,
        cutoff_len=cutoff_len,
        mask_history=mask_history,
        refuse_overlong=refuse_overlong,
        progress=progress,
    )
    left: dict[str, int] = {}
    files = []
    for one in (source,) if isinstance(source, Source) else source:
        most = None if max_records is None else left.get(one.data_set, max_records)
        if most == 0:
            continue
        files.append(read(one, max_records=most))
        if most is not None:
            left[one.data_set] = most - files[-1].summary.records
    return Samples(files)


def _read_file(source: Source, *, progress: bool | None, **how: Any) -> Stored:
    """The samples of one file; who changes it meanwhile is told so."""
    before = _state(source.path)
    if source.path.suffix == ".jsonl":
        say_what_is_accepted(source.path)  # of which samples that are found say nothing
    key = _key(source, **how)

    def write(writer: Writer) -> None:
        _tokenise(writer, source, progress=progress, **how)
        if _state(source.path) != before:
            raise FileError(source.path, "was changed while it was read")

    return stored(key, write)


def _state(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise FileError.from_os_error(path, error) from None
    return found.st_size, found.st_mtime_ns


def _key(source: Source, *, tokenizer: Any, template: Template, **how: Any) -> str:
    """A hash of all that decides which samples come of a file, and what is said about them."""
    parts = {
        "source": {**asdict(source), "path": str(source.path)},
        "content": sha256_file(source.path),
        "tokenizer": sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest(),
        "chat_template": tokenizer.chat_template,
        "special_tokens": str(tokenizer.special_tokens_map),
        "template": asdict(template),
        "how": how,
        "versions": [metadata.version(name) for name in ("tokenizers", "transformers")],
        "code": _code(),
    }
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1)
def _code() -> list[str]:
    """Hashes of the modules that make tokens of files: others may make others."""
    return [sha256_file(path) for path in sorted(Path(__file__).parent.glob("*.py"))]


def _tokenise(
    writer: Writer,
    source: Source,
    *,
    tokenizer: Any,
    template: Template,
    cutoff_len: int,
    mask_history: bool,
    refuse_overlong: bool,
    max_records: int | None,
    progress: bool | None,
) -> None:
    """Writes the samples of a file, some dialogues at a time."""
    from tqdm import tqdm

    summary = writer.summary
    renderer = partial(render, tokenizer=tokenizer, template=template, mask_history=mask_history)
    dialogues = islice(source.dialogues(), max_records)
    with tqdm(desc="tokenise", unit=" records", disable=None if progress is None else True) as bar:
        while chunk := list(islice(dialogues, _CHUNK)):
            summary.records += len(chunk)
            summary.count_texts(
                [system_prompt(dialogue.messages) for dialogue in chunk],
                [json.dumps(dialogue.tools, ensure_ascii=False) for dialogue in chunk],
            )
            kept: list[tuple[int, Example]] = []
            for line, example in _examples(source, chunk, tokenizer, renderer, summary.skipped):
                if len(example.ids) <= cutoff_len:
                    kept.append((line, example))
                elif refuse_overlong:
                    text = f"{len(example.ids)} tokens, over cutoff_len {cutoff_len}"
                    raise FileError(source.path, text, line)
                else:
                    summary.skipped.add("over cutoff_len", f"{source.path}:{line}")
            writer.append([example for _, example in kept], [line for line, _ in kept])
            bar.update(len(chunk))
    if writer.end == 0:
        raise FileError(source.path, f"no sample is left of {summary.records} records")


def system_prompt(messages: list[Message]) -> str:
    """The text of a leading system message, "" without one."""
    first = messages[0]
    return str(first["content"]) if first["role"] == "system" else ""


def _examples(
    source: Source,
    chunk: list[Dialogue],
    tokenizer: Any,
    renderer: Callable[..., list[Rendered]],
    skipped: Skipped,
) -> Iterable[tuple[int, Example]]:
    """Examples of some dialogues with their lines; empty answers are left out and counted."""
    lines: list[int] = []
    rendered: list[Rendered] = []
    for line, messages, tools in chunk:
        if any(map(_is_empty_answer, messages)):
            skipped.add("empty answer", f"{source.path}:{line}")
            continue
        try:
            pieces = renderer(messages, tools=tools)
        except TrainError as error:
            raise FileError(source.path, str(error), line) from None
        rendered += pieces
        lines += [line] * len(pieces)
    for line, example in zip(lines, tokenise(rendered, tokenizer), strict=True):
        if isinstance(example, TrainError):
            raise FileError(source.path, str(example), line)
        yield line, example


def _is_empty_answer(message: Message) -> bool:
    answers = message["role"] == "assistant"
    return answers and not message["content"].strip() and not message.get("tool_calls")
