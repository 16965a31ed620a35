"""Models on the CPU, through rf_eval.engine: without torch, several times as fast as `hf` there.

The model is prepared once and cached; decoding is greedy and batched, longest prompts first. Needs
the extra `cpu`.
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

    Parameters
    ----------
    model : "embedded", a folder or a GGUF file
    adapter : folder of a PEFT adapter, merged into the model
    run : an rf-train run folder, which provides model and adapter
    precision : int8, int4 or float32
    batch_size, max_new_tokens, threads : prompts at a time, longest answer, threads of one pass
    cache : folder for prepared models
    chat_template_kwargs : arguments of the chat template
    system_prompt : "data" keeps the samples' system prompts, "run" uses those of the run
    call_schema : a JSON Schema file; answers are constrained to one call with such arguments
    call_name : the function of that call
    call_copied : the arguments, all strings, are constrained to copies from the user's turns
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
        """Hashes of the weights, engine, version and precision, without loading the model."""
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
        """Yields each prediction as it finishes, with the seconds it took."""
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
        """Raises EvalError for samples that offer other functions than the run's prompts do."""
        offered = list(self.source.rendering.kwargs.get("tools") or ())
        for sample in samples:
            if sample.tools and list(sample.tools) != offered:
                raise EvalError(
                    f"sample {sample.id}: offers functions that the run's prompts lack; "
                    "backend hf can add them"
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
    """Base model and adapter; for a run on the embedded model, that model itself."""
    path, chosen = chosen_weights(model, adapter, run)
    if model is None and run is not None:
        name = str(read_json(Path(run) / "run.json")["model"].get("name_or_path"))
        if name.startswith(f"{EMBEDDED}:"):
            path = name
    return path, chosen
