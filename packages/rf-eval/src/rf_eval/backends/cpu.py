"""Models through the engine: on the CPU, without torch, several times as fast as `hf` there.

The model is prepared once and cached (`rf_eval.engine`); answers are greedy and computed many at
once, longest prompts first. Needs the extra `cpu`.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rf_jsonl import read_json, shown
from tqdm import tqdm

from rf_eval.backends import PLAIN_REQUESTS, as_asked, backend, own_prompts, prediction
from rf_eval.backends.rendering import prompts_of_run
from rf_eval.backends.weights import adapter_identity, chosen_weights
from rf_eval.engine import (
    EMBEDDED,
    Engine,
    Messages,
    copied_call_grammar,
    load,
    prepare,
    tool_call_grammar,
)
from rf_eval.engine.install import engine_version
from rf_eval.engine.prepare import find_source
from rf_eval.errors import EvalError
from rf_eval.predictions import Prediction
from rf_eval.samples import Sample


@backend("cpu")
class CpuBackend:
    """A causal language model on the CPU.

    `model` is "embedded", a folder or a GGUF file, `adapter` a PEFT adapter added to it; `run` is
    a folder of rf-train, which says both. `precision` is int8, int4 or float32. `cache` is where
    prepared models are kept. `call_schema`, a JSON Schema file, holds every answer to one call of
    the function `call_name` with such arguments; with `call_copied` their values, all of them
    strings, are copied from the user's turns. With `system_prompt` "run" the samples are asked
    under the run's own system prompt in place of the data set's.
    """

    def __init__(
        self,
        *,
        model: str | None = None,
        adapter: str | None = None,
        run: str | None = None,
        precision: str = "int8",
        batch_size: int = 32,
        max_new_tokens: int = 1024,
        threads: int | None = None,
        cache: str | None = None,
        chat_template_kwargs: dict[str, Any] | None = None,
        system_prompt: str = "data",
        call_schema: str | None = None,
        call_name: str = "design_filter",
        call_copied: bool = False,
    ) -> None:
        if model is None and run is None:
            raise EvalError("backend cpu: needs a model or a run folder")
        engine_version()  # fails here if the engine is missing, before any file is read
        self.model, self.adapter = _chosen(model, adapter, run)
        self.precision, self.cache, self.kwargs = precision, cache, chat_template_kwargs
        self.source = find_source(self.model, self.adapter, precision, chat_template_kwargs)
        self.batch_size, self.max_new_tokens, self.threads = batch_size, max_new_tokens, threads
        self.prompts = prompts_of_run(run, system_prompt)
        self.grammar: str | None = None
        self._copied: Callable[[Messages], str] | None = None
        if call_schema is not None:
            schema = read_json(Path(call_schema))
            self.grammar = tool_call_grammar(schema, call_name)
            if call_copied:
                self._copied = partial(copied_call_grammar, schema, call_name)
        self._engine: Engine | None = None

    def describe(self) -> dict[str, Any]:
        """Hashes of the weights, engine, version and precision; nothing is loaded for it."""
        made = self.source.identity()
        decoding = {"strategy": "greedy", "max_new_tokens": self.max_new_tokens}
        if self.grammar is not None:
            decoding["grammar"] = self.grammar
            decoding["values"] = "free" if self._copied is None else "copied"
        return {
            "model": {
                "path": shown(self.model),
                "sha256": self.source.base_sha256(),
                "engine": made["engine"],
                "precision": self.precision,
            },
            "adapter": adapter_identity(self.adapter, merged=True),
            "rendering": self.source.rendering.to_record()
            | PLAIN_REQUESTS
            | own_prompts(self.prompts),
            "decoding": decoding,
        }

    def generate(self, samples: Sequence[Sample]) -> Iterator[list[Prediction]]:
        """Yields each prediction as it is finished, with the seconds it took."""
        self._check_tools(samples)
        engine = self._engine = self._engine or self._load()
        answers = engine.answers(
            [as_asked(sample, self.prompts) for sample in samples],
            self.max_new_tokens,
            self._copied or self.grammar,
            self.batch_size,
        )
        for number, answer in answers:
            yield [
                prediction(
                    samples[number],
                    answer.text,
                    answer.finish_reason,
                    answer.prompt_tokens,
                    answer.completion_tokens,
                    seconds=round(answer.seconds, 3),
                )
            ]

    def _check_tools(self, samples: Sequence[Sample]) -> None:
        """Raises EvalError for samples that offer other functions than the run's prompts hold."""
        held = list(self.source.rendering.kwargs.get("tools") or ())
        for sample in samples:
            if sample.tools and list(sample.tools) != held:
                raise EvalError(
                    f"sample {sample.id}: offers functions that the run's prompts do not hold; "
                    "backend hf puts them in"
                )

    def _load(self) -> Engine:
        folder = prepare(
            self.model,
            self.adapter,
            precision=self.precision,
            cache=self.cache,
            progress=lambda line: tqdm.write(line, file=sys.stderr),
            chat_template_kwargs=self.kwargs,
        )
        return load(folder, self.threads, for_batches=self.batch_size > 1)


def _chosen(model: str | None, adapter: str | None, run: str | None) -> tuple[str, str | None]:
    """Base and adapter; a run on the embedded model needs no unpacked copy of it."""
    path, chosen = chosen_weights(model, adapter, run)
    if model is None and run is not None:
        name = str(read_json(Path(run) / "run.json")["model"].get("name_or_path"))
        if name.startswith(f"{EMBEDDED}:"):
            path = name
    return path, chosen
