"""The model of the hf backend on its device: loading, tokenising, generating.

An adapter is merged into weights that are not quantised. torch and transformers are imported
inside functions (extra `hf`).
"""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rf_jsonl import read_json

from rf_eval.backends import as_asked
from rf_eval.backends.rendering import Rendering, hash_text
from rf_eval.backends.weights import refuse_pickles
from rf_eval.errors import EvalError
from rf_eval.samples import Sample

UNTRUSTED = {"use_safetensors": True, "trust_remote_code": False}
"""Every model is loaded without pickles and without code of its own; no option changes this."""

STRAGGLERS = 8
"""A batch ends when at most one in this many answers is unfinished; they are continued later."""


@dataclass(frozen=True)
class LoadedModel:
    """A model on its device, its tokenizer, and the token ids that end an answer."""

    model: Any
    tokenizer: Any
    stop_ids: tuple[int, ...]

    def tokenise(
        self, samples: Sequence[Sample], kwargs: dict[str, Any], prompts: Sequence[str] = ()
    ) -> list[list[int]]:
        """The prompts' token ids, rendered by the tokenizer's chat template. Raises EvalError.

        A prompt contains the functions that its sample offers, else those in `kwargs`; one of
        `prompts` replaces its system prompt.
        """
        texts = [self._rendered(sample, kwargs, prompts) for sample in samples]
        ids: list[list[int]] = self.tokenizer(texts, add_special_tokens=False)["input_ids"]
        return ids

    def _rendered(self, sample: Sample, kwargs: dict[str, Any], prompts: Sequence[str]) -> str:
        import jinja2

        offered = {"tools": [dict(tool) for tool in sample.tools]} if sample.tools else {}
        try:
            text: str = self.tokenizer.apply_chat_template(
                as_asked(sample, prompts),
                tokenize=False,
                add_generation_prompt=True,
                **(kwargs | offered),
            )
        except jinja2.TemplateError as error:
            raise EvalError(f"sample {sample.id}: the chat template fails: {error}") from None
        return text

    def continue_(self, prompts: Sequence[list[int]], limit: int) -> list[list[int]] | None:
        """Up to `limit` tokens for each prompt, including the stop token; None if out of memory.

        In a large batch the last eighth of the rows may be returned unfinished.
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
            if "allocate memory" not in str(error):  # raised by the CPU allocator
                raise
            return None
        return [self._cut(row) for row in output[:, width:].tolist()]

    def text(self, tokens: Sequence[int]) -> str:
        """The tokens as text, without special tokens."""
        decoded: str = self.tokenizer.decode(list(tokens), skip_special_tokens=True)
        return decoded

    def _cut(self, row: list[int]) -> list[int]:
        """The row up to and including its first stop token."""
        end = next((i for i, token in enumerate(row) if token in self.stop_ids), None)
        return row if end is None else row[: end + 1]


def _few_left(stop_ids: Sequence[int], few: int) -> Any:
    """A stopping criterion for transformers: ends a batch with at most `few` unfinished rows."""
    import torch

    done: list[Any] = []

    def criterion(input_ids: Any, scores: Any, **_: Any) -> Any:
        stops = torch.tensor(stop_ids, device=input_ids.device)
        ended = torch.isin(input_ids[:, -1], stops)
        done[:] = [done[0] | ended if done else ended]
        return ((~done[0]).sum() <= few).expand(len(input_ids))

    return criterion


def load_model(
    model: str, adapter: str | None, rendering: Rendering, nf4: bool, dtype: str
) -> LoadedModel:
    """Loads model and tokenizer. Raises EvalError with one line if that fails."""
    with _transformers_quiet():
        return _load_all(model, adapter, rendering, nf4, dtype)


def load_without_weights(rendering: Rendering) -> LoadedModel:
    """The tokenizer only, for `tokenise`. Raises EvalError."""
    with _transformers_quiet():
        return LoadedModel(None, _load_tokenizer(rendering), ())


@contextmanager
def _transformers_quiet() -> Iterator[None]:
    """Silences transformers. Raises EvalError if the extra is not installed."""
    try:
        import torch  # noqa: F401 - used below; reported here if missing
        import transformers
    except ImportError as error:
        raise EvalError(
            f"the hf backend needs {error.name}: install the extra rf-eval[hf]"
        ) from None
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with _notices_off():
        yield


@contextmanager
def _notices_off() -> Iterator[None]:
    """Suppresses the notices of other libraries while they load, but not their errors."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def _load_all(
    model: str, adapter: str | None, rendering: Rendering, nf4: bool, dtype: str
) -> LoadedModel:
    """Tokenizer and model; the adapter is merged unless the weights are quantised."""
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
    if nf4:
        _repack_only_what_fits(loaded)
    if adapter is not None:
        loaded = _with_adapter(loaded, adapter)
        loaded = loaded if nf4 else loaded.merge_and_unload()
    loaded = loaded.to("cuda") if gpu and not nf4 else loaded
    loaded.eval()
    loaded.generation_config = transformers.GenerationConfig(do_sample=False, use_cache=True)
    return LoadedModel(loaded, tokenizer, _stop_ids(tokenizer, rendering))


@contextmanager
def _in_one_line(path: str) -> Iterator[None]:
    """Converts the errors of loading from a missing or damaged folder to EvalError."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, SafetensorError) as error:
        raise EvalError(f"{path}: {str(error).splitlines()[0]}") from None


def _with_adapter(model: Any, adapter: str) -> Any:
    """The model with an adapter. Raises EvalError if it is damaged or of another model."""
    import peft

    try:
        with _in_one_line(adapter):
            # Read here, since peft uses the locale's encoding and does not accept a BOM.
            stated = read_json(Path(adapter) / "adapter_config.json")
            stated.pop("runtime_config", None)
            config = peft.PeftConfig.from_peft_type(**stated)
            return peft.PeftModel.from_pretrained(model, adapter, config=config)
    except RuntimeError as error:  # lists tensors of other shapes, one per line
        if "size mismatch" not in str(error):
            raise
        raise EvalError(f"{adapter}: an adapter of another model: its sizes differ") from None


def _nf4_options(dtype: Any, gpu: bool) -> dict[str, Any]:
    """The options of from_pretrained for loading linear layers in 4 bit."""
    import transformers

    settings = transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
    return {"quantization_config": settings, "device_map": {"": 0 if gpu else "cpu"}}


def _repack_only_what_fits(model: Any) -> None:
    """Keeps bitsandbytes from packing 4-bit weights anew for CPUs with AVX512-BF16 where it fails.

    It packs 32 rows at once, and takes for granted that rows are whole blocks of one scale (64
    weights); of other sizes, the first product of its `Linear4bit` raises.
    """
    from bitsandbytes.nn import Linear4bit

    for layer in model.modules():
        if isinstance(layer, Linear4bit):
            rows, columns = layer.out_features, layer.in_features
            if rows % 32 or columns % layer.weight.blocksize:
                layer.support_avx512bf16_for_cpu = False


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
        raise EvalError(f"{rendering.tokenizer}: loads another chat template than its files have")
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
