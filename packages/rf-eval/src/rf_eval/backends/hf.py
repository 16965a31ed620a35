"""Models through transformers: a local folder or hub id, with or without an adapter.

Decoding is greedy and batched with left padding, longest prompts first. A batch does not wait for
its slowest answers, which are continued together later; it is halved when memory runs out. Shards
of a fixed size are independent of each other, so that several devices give the same output as one.
torch and transformers are imported when the first prompt is rendered (extra `hf`).
"""

from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any

from rf_jsonl import shown

from rf_eval.backends import PLAIN_REQUESTS, backend, own_prompts, prediction
from rf_eval.backends.hf_model import LoadedModel, load_model, load_without_weights
from rf_eval.backends.processes import Processes
from rf_eval.backends.rendering import prompts_of_run, rendering_of_model, rendering_of_run
from rf_eval.backends.weights import adapter_identity, chosen_weights, fingerprint
from rf_eval.errors import EvalError
from rf_eval.predictions import Prediction
from rf_eval.samples import Sample

SHARD = 4
"""Batches per shard: few enough to distribute, enough to continue the slowest answers together."""


@backend("hf")
class HfBackend:
    """A causal language model.

    Parameters
    ----------
    model : a folder or a hub id
    adapter : folder of a PEFT adapter for `model`
    run : an rf-train run folder, which provides the rendering and, unless `model` is given, base
        model and adapter
    nf4 : load the linear layers in 4 bit
    batch_size, max_new_tokens : prompts at a time, longest answer
    dtype : bfloat16, float16, float32 or auto (bfloat16 on a GPU, float32 on the CPU)
    chat_template_kwargs : arguments of the chat template
    system_prompt : "data" keeps the samples' system prompts, "run" uses those of the run
    devices : number of processes, each on a separate GPU, or all on the CPU if there is none; the
        output is the same as that of one process
    """

    def __init__(
        self,
        *,
        model: str | None = None,
        adapter: str | None = None,
        run: str | None = None,
        nf4: bool = False,
        batch_size: int = 16,
        max_new_tokens: int = 512,
        dtype: str = "auto",
        chat_template_kwargs: dict[str, Any] | None = None,
        system_prompt: str = "data",
        devices: int | None = None,
    ) -> None:
        if model is None and run is None:
            raise EvalError("backend hf: needs a model or a run folder")
        self.model, self.adapter = chosen_weights(model, adapter, run)
        self.rendering = (
            rendering_of_run(Path(run))
            if run is not None
            else rendering_of_model(self.model, chat_template_kwargs)
        )
        self.prompts = prompts_of_run(run, system_prompt)
        self.nf4, self.dtype = nf4, dtype
        self.batch_size, self.max_new_tokens = batch_size, max_new_tokens
        self.devices = devices
        self._loaded: LoadedModel | None = None
        self._processes: Processes | None = None

    def describe(self) -> dict[str, Any]:
        """Hashes of the weights and of the chat template, without loading the model."""
        model = {"path": shown(self.model), "sha256": fingerprint(self.model), "nf4": self.nf4}
        return {
            "model": model | {"dtype": self.dtype},
            "adapter": adapter_identity(self.adapter, merged=not self.nf4),
            "rendering": self.rendering.to_record() | PLAIN_REQUESTS | own_prompts(self.prompts),
            "decoding": {"strategy": "greedy", "max_new_tokens": self.max_new_tokens},
        }

    def generate(self, samples: Sequence[Sample]) -> Iterator[list[Prediction]]:
        """Yields one list per batch, or with `devices` one per shard."""
        if self.devices is None:
            prompts = self._tokenised(self._load(), samples)
            for shard in self._shards(prompts):
                yield from self._answered([samples[i] for i in shard], [prompts[i] for i in shard])
            return
        prompts = self._tokenised(load_without_weights(self.rendering), samples)
        if self._processes is None:
            self._processes = Processes(self._alone(), self.devices)
        shards = [[samples[i] for i in shard] for shard in self._shards(prompts)]
        yield from self._processes.answer(shards)

    def answer(self, samples: Sequence[Sample]) -> Iterator[list[Prediction]]:
        """Answers one shard in this process; yields one list per batch."""
        return self._answered(samples, self._tokenised(self._load(), samples))

    def _tokenised(self, loaded: LoadedModel, samples: Sequence[Sample]) -> list[list[int]]:
        return loaded.tokenise(samples, self.rendering.kwargs, self.prompts)

    def _answered(
        self, samples: Sequence[Sample], prompts: Sequence[list[int]]
    ) -> Iterator[list[Prediction]]:
        """The predictions of a shard with tokenised prompts, longest first, in batches."""
        loaded = self._load()
        waiting = list(range(len(samples) - 1, -1, -1))  # reversed, since `pop` takes the last
        begun: dict[int, list[int]] = {}
        size = self.batch_size
        while waiting or begun:
            batch = _next_batch(waiting, begun, size)
            rows = loaded.continue_(
                [prompts[i] + begun.get(i, []) for i in batch],
                self.max_new_tokens - min(len(begun.get(i, ())) for i in batch),
            )
            if rows is None:  # out of memory
                if size == 1:
                    raise EvalError("out of memory with a batch of one")
                size = max(1, size // 2)
                waiting += [i for i in reversed(batch) if i not in begun]
                continue
            done = self._sort_out(batch, rows, begun, loaded.stop_ids)
            yield [
                prediction(samples[i], loaded.text(tokens), reason, len(prompts[i]), len(tokens))
                for i, tokens, reason in done
            ]

    def _load(self) -> LoadedModel:
        self._loaded = self._loaded or load_model(
            self.model, self.adapter, self.rendering, self.nf4, self.dtype
        )
        return self._loaded

    def _alone(self) -> "HfBackend":
        """A copy for a single process, with nothing loaded, to be sent to each process."""
        one = copy(self)
        one.devices = one._loaded = one._processes = None
        return one

    def _shards(self, prompts: Sequence[Sequence[int]]) -> Iterator[list[int]]:
        """Indices of the prompts, longest first, in shards."""
        order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]))
        step = SHARD * self.batch_size
        for start in range(0, len(order), step):
            yield order[start : start + step]

    def _sort_out(
        self,
        batch: Sequence[int],
        rows: Sequence[list[int]],
        begun: dict[int, list[int]],
        stop_ids: Sequence[int],
    ) -> list[tuple[int, list[int], str]]:
        """(index, tokens, finish reason) of finished answers; the others stay in `begun`."""
        done = []
        for i, row in zip(batch, rows, strict=True):
            tokens = (begun.pop(i, []) + row)[: self.max_new_tokens]
            if tokens[-1] in stop_ids:
                done.append((i, tokens, "stop"))
            elif len(tokens) == self.max_new_tokens:
                done.append((i, tokens, "length"))
            else:
                begun[i] = tokens
        return done


def _next_batch(waiting: list[int], begun: dict[int, list[int]], size: int) -> list[int]:
    """New prompts, or unfinished answers once they fill a batch or no prompts are left.

    Prompts are removed from `waiting`; answers stay in `begun` until they are finished.
    """
    if len(begun) >= size or not waiting:
        return list(begun)[:size]
    return [waiting.pop() for _ in range(min(size, len(waiting)))]
