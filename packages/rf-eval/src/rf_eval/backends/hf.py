"""Models through transformers: a local folder or hub id, with or without an adapter.

Greedy, batched, padded on the left, longest prompts first; a batch does not wait for its slowest
answers, which continue together later; it is halved when memory runs out. An adapter is merged
into weights that are not quantised. torch and transformers are imported when the first prompt is
rendered (extra `hf`).
"""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rf_jsonl import read_json, shown

from rf_eval.backends import PLAIN_REQUESTS, as_asked, backend, own_prompts, prediction
from rf_eval.backends.rendering import (
    Rendering,
    hash_text,
    prompts_of_run,
    rendering_of_model,
    rendering_of_run,
)
from rf_eval.backends.weights import (
    adapter_identity,
    chosen_weights,
    fingerprint,
    refuse_pickles,
)
from rf_eval.errors import EvalError
from rf_eval.predictions import Prediction
from rf_eval.samples import Sample

UNTRUSTED = {"use_safetensors": True, "trust_remote_code": False}
"""How every model is loaded: no pickles, and no code that comes with it, not even on request."""

STRAGGLERS = 8
"""A batch ends when at most one in so many answers is unfinished; those go on together later."""


@backend("hf")
class HfBackend:
    """A causal language model.

    `run` is a folder of rf-train: its rendering is used and, unless `model` names other weights,
    its base model with its adapter. `adapter` adds a PEFT adapter to `model`. `nf4` loads the
    linear layers in 4 bit. `dtype` is bfloat16, float16, float32 or auto (bfloat16 on a GPU,
    float32 on the CPU). With `system_prompt` "run" the samples are asked under the run's own
    system prompt in place of the data set's.
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
        self._loaded: _Loaded | None = None

    def describe(self) -> dict[str, Any]:
        """Hashes of the weights and of the chat template; nothing is loaded for it."""
        model = {"path": shown(self.model), "sha256": fingerprint(self.model), "nf4": self.nf4}
        return {
            "model": model | {"dtype": self.dtype},
            "adapter": adapter_identity(self.adapter, merged=not self.nf4),
            "rendering": self.rendering.to_record() | PLAIN_REQUESTS | own_prompts(self.prompts),
            "decoding": {"strategy": "greedy", "max_new_tokens": self.max_new_tokens},
        }

    def generate(self, samples: Sequence[Sample]) -> Iterator[list[Prediction]]:
        """Yields a list a batch."""
        loaded = self._loaded = self._loaded or _load(
            self.model, self.adapter, self.rendering, self.nf4, self.dtype
        )
        prompts = loaded.tokenise(samples, self.rendering.kwargs)
        waiting = sorted(range(len(samples)), key=lambda i: len(prompts[i]))  # longest last
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

    def _sort_out(
        self,
        batch: Sequence[int],
        rows: Sequence[list[int]],
        begun: dict[int, list[int]],
        stop_ids: Sequence[int],
    ) -> list[tuple[int, list[int], str]]:
        """(index, tokens, finish reason) of what is finished; the rest stays in `begun`."""
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
    """Fresh prompts; or answers that were left behind, when they fill a batch or are all there is.

    `begun` keeps its members until they are finished; `waiting` loses those taken.
    """
    if len(begun) >= size or not waiting:
        return list(begun)[:size]
    taken = [waiting.pop() for _ in range(min(size, len(waiting)))]
    return taken


@dataclass(frozen=True)
class _Loaded:
    """A model on its device, its tokenizer, and the token ids that end an answer."""

    model: Any
    tokenizer: Any
    stop_ids: tuple[int, ...]

    def tokenise(self, samples: Sequence[Sample], kwargs: dict[str, Any]) -> list[list[int]]:
        """The prompts' token ids, rendered by the tokenizer's chat template. Raises EvalError.

        Functions that a sample offers go into its prompt, those of `kwargs` otherwise.
        """
        texts = [self._rendered(sample, kwargs) for sample in samples]
        ids: list[list[int]] = self.tokenizer(texts, add_special_tokens=False)["input_ids"]
        return ids

    def _rendered(self, sample: Sample, kwargs: dict[str, Any]) -> str:
        import jinja2

        offered = {"tools": [dict(tool) for tool in sample.tools]} if sample.tools else {}
        try:
            text: str = self.tokenizer.apply_chat_template(
                as_asked(sample), tokenize=False, add_generation_prompt=True, **(kwargs | offered)
            )
        except jinja2.TemplateError as error:
            raise EvalError(f"sample {sample.id}: the chat template fails: {error}") from None
        return text

    def continue_(self, prompts: Sequence[list[int]], limit: int) -> list[list[int]] | None:
        """Up to `limit` tokens for each prompt, the stop token included; None without memory.

        Of a large batch, the last eighth is not waited for: their rows come back unfinished.
        """
        import torch

        width, pad = max(map(len, prompts)), self.stop_ids[0]
        ids = torch.tensor([[pad] * (width - len(p)) + p for p in prompts])
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
        device = self.model.device
        try:
            with torch.inference_mode():
                output = self.model.generate(
                    input_ids=ids.to(device),
                    attention_mask=mask.to(device),
                    max_new_tokens=limit,
                    eos_token_id=list(self.stop_ids),
                    pad_token_id=pad,
                    stopping_criteria=[_few_left(self.stop_ids, len(prompts) // STRAGGLERS)],
                )
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            return None
        except RuntimeError as error:
            if "allocate memory" not in str(error):  # how the CPU allocator says it
                raise
            return None
        return [self._cut(row) for row in output[:, width:].tolist()]

    def text(self, tokens: Sequence[int]) -> str:
        """The tokens as text, without the stop token and other special ones."""
        decoded: str = self.tokenizer.decode(list(tokens), skip_special_tokens=True)
        return decoded

    def _cut(self, row: list[int]) -> list[int]:
        """The row up to its first stop token, that included."""
        end = next((i for i, token in enumerate(row) if token in self.stop_ids), None)
        return row if end is None else row[: end + 1]


def _few_left(stop_ids: Sequence[int], few: int) -> Any:
    """A stopping criterion of transformers: ends a batch once at most `few` rows are unfinished."""
    import torch

    done: list[Any] = []

    def criterion(input_ids: Any, scores: Any, **_: Any) -> Any:
        stops = torch.tensor(stop_ids, device=input_ids.device)
        ended = torch.isin(input_ids[:, -1], stops)
        done[:] = [done[0] | ended if done else ended]
        return ((~done[0]).sum() <= few).expand(len(input_ids))

    return criterion


def _load(model: str, adapter: str | None, rendering: Rendering, nf4: bool, dtype: str) -> _Loaded:
    """Loads everything. Raises EvalError with one line for what cannot be loaded."""
    try:
        import torch  # noqa: F401 - used below; its absence is told here
        import transformers
    except ImportError as error:
        raise EvalError(
            f"the hf backend needs {error.name}: install the extra rf-eval[hf]"
        ) from None
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with _notices_off():
        return _load_all(model, adapter, rendering, nf4, dtype)


@contextmanager
def _notices_off() -> Iterator[None]:
    """Keeps the notices of other libraries off the terminal while they load; errors pass."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def _load_all(
    model: str, adapter: str | None, rendering: Rendering, nf4: bool, dtype: str
) -> _Loaded:
    """Tokenizer and model, the adapter merged where the weights are not quantised."""
    import torch
    import transformers

    refuse_pickles(model, adapter)
    tokenizer = _load_tokenizer(rendering)
    gpu = torch.cuda.is_available()
    kind = ("bfloat16" if gpu else "float32") if dtype == "auto" else dtype
    options: dict[str, Any] = {"dtype": getattr(torch, kind)} | UNTRUSTED
    if nf4:
        options |= _nf4_options(options["dtype"], gpu)
    with _in_one_line(model):
        loaded = transformers.AutoModelForCausalLM.from_pretrained(model, **options)
    if adapter is not None:
        loaded = _with_adapter(loaded, adapter)
        loaded = loaded if nf4 else loaded.merge_and_unload()
    loaded = loaded.to("cuda") if gpu and not nf4 else loaded
    loaded.eval()
    loaded.generation_config = transformers.GenerationConfig(do_sample=False, use_cache=True)
    return _Loaded(loaded, tokenizer, _stop_ids(tokenizer, rendering))


@contextmanager
def _in_one_line(path: str) -> Iterator[None]:
    """Turns what loading from a missing or damaged folder raises into an EvalError about it."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, SafetensorError) as error:
        raise EvalError(f"{path}: {str(error).splitlines()[0]}") from None


def _with_adapter(model: Any, adapter: str) -> Any:
    """The model with an adapter. Raises EvalError for a damaged one or that of another model."""
    import peft

    try:
        with _in_one_line(adapter):
            # Read by our rules: peft takes the machine's encoding and knows no byte order mark.
            stated = read_json(Path(adapter) / "adapter_config.json")
            stated.pop("runtime_config", None)
            config = peft.PeftConfig.from_peft_type(**stated)
            return peft.PeftModel.from_pretrained(model, adapter, config=config)
    except RuntimeError as error:  # tensors of other shapes, one a line below the first
        if "size mismatch" not in str(error):
            raise
        raise EvalError(f"{adapter}: an adapter of another model: its sizes differ") from None


def _nf4_options(dtype: Any, gpu: bool) -> dict[str, Any]:
    """How from_pretrained is told to load linear layers in 4 bit."""
    import transformers

    settings = transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
    return {"quantization_config": settings, "device_map": {"": 0 if gpu else "cpu"}}


def _load_tokenizer(rendering: Rendering) -> Any:
    import transformers

    with _in_one_line(rendering.tokenizer):
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            rendering.tokenizer, trust_remote_code=False
        )
    if not tokenizer.chat_template:
        raise EvalError(f"{rendering.tokenizer}: its tokenizer has no chat template")
    found = hash_text(tokenizer.chat_template)
    if rendering.template_sha256 and found != rendering.template_sha256:
        raise EvalError(f"{rendering.tokenizer}: loads another chat template than its files hold")
    return tokenizer


def _stop_ids(tokenizer: Any, rendering: Rendering) -> tuple[int, ...]:
    ids = []
    for token in rendering.stop:
        found = tokenizer.convert_tokens_to_ids(token)
        if found is None or found == tokenizer.unk_token_id:
            raise EvalError(f"{rendering.tokenizer}: no stop token {token!r} in the vocabulary")
        ids.append(found)
    if tokenizer.eos_token_id is not None and tokenizer.eos_token_id not in ids:
        ids.append(tokenizer.eos_token_id)
    if not ids:
        raise EvalError(f"{rendering.tokenizer}: no token ends an answer")
    return tuple(ids)
