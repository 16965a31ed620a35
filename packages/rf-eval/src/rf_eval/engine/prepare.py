"""Prepares a model for the engine: base weights, adapter and tokenizer in one cached folder.

NumPy reads, merges and quantises the weights a few rows at a time; OpenVINO writes the graph.
Neither torch nor transformers is used.
"""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rf_jsonl import (
    FileError,
    manifest,
    read_json,
    sha256_file,
    write_json,
    write_jsonl,
    write_text,
)

from rf_eval.backends.rendering import Rendering, rendering_of_model, rendering_of_run
from rf_eval.backends.weights import ADAPTER_WEIGHTS
from rf_eval.engine.adapter import AdaptedReader
from rf_eval.engine.architecture import Architecture, architecture_of
from rf_eval.engine.cache import cache_folder, publish, sampled_sha256
from rf_eval.engine.chat import CHAT_FILE, TOKENIZER_FILE, chat_settings
from rf_eval.engine.gguf_file import EMBEDDED_NAME, GgufReader, embedded_gguf
from rf_eval.engine.install import ENGINE_NAME, engine_version, import_openvino, in_one_line
from rf_eval.engine.quantise import PRECISIONS, StoredMatrix, WeightFile, store_matrix
from rf_eval.engine.typical import TYPICAL_FILE, typical_answers
from rf_eval.engine.weights import SafetensorsReader, WeightReader
from rf_eval.errors import EvalError

if TYPE_CHECKING:
    from rf_eval.engine.graph import StoredWeights

EMBEDDED = "embedded"
FORMAT = 4
GRAPH_FILE, RECORD_FILE = "model.xml", "prepared.json"
_SPILLED = "weights.tmp"
_GRAPH_BYTES = 4 << 20  # maximum size of the graph's description without weights

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Source:
    """The parts of a model to prepare; nothing is loaded yet."""

    base: str
    weights: tuple[Path, ...]
    adapter: Path | None
    rendering: Rendering
    precision: str
    config: dict[str, Any] = field(default_factory=dict)
    typical: Path | None = None

    def identity(self) -> dict[str, Any]:
        """What determines the prepared model, as JSON: hashes, engine, precision."""
        typical = {} if self.typical is None else {"typical": sha256_file(self.typical)}
        return typical | {
            "format": FORMAT,
            "engine": {"name": ENGINE_NAME, "version": engine_version()},
            "precision": self.precision,
            "base": {path.name: sampled_sha256(path) for path in self.weights},
            "config": self.config,
            "adapter": _adapter_hashes(self.adapter),
            "rendering": self.rendering.to_record() | {"tokenizer": self._tokenizer_hashes()},
        }

    def base_sha256(self) -> str:
        """One hash of the base model's files."""
        hashes = json.dumps(self.identity()["base"], sort_keys=True)
        return sha256(hashes.encode("utf-8")).hexdigest()

    def name(self) -> str:
        """The folder's name: a readable part and a hash of the identity."""
        text = json.dumps(self.identity(), sort_keys=True, ensure_ascii=False)
        parts = [self.base if self.adapter is None else self.adapter.resolve().name]
        return "-".join([*parts, self.precision, sha256(text.encode("utf-8")).hexdigest()[:16]])

    def _tokenizer_hashes(self) -> dict[str, str]:
        folder = Path(self.rendering.tokenizer)
        names = (TOKENIZER_FILE, "tokenizer_config.json", "chat_template.jinja")
        return {n: sha256_file(folder / n) for n in names if (folder / n).is_file()}


def prepare(
    base: str | Path = EMBEDDED,
    adapter: str | Path | None = None,
    *,
    precision: str = "int8",
    cache: str | Path | None = None,
    progress: Progress | None = None,
    chat_template_kwargs: Mapping[str, Any] | None = None,
) -> Path:
    """The folder of a model for `load`, prepared unless it is in the cache.

    Parameters
    ----------
    base
        `"embedded"`, a model folder (config.json, safetensors), or a GGUF file.
    adapter
        A PEFT LoRA adapter's folder. An rf-train run folder, or a merged `base` with a run.json,
        also determines how prompts are rendered. If one of them has a `typical_answers.jsonl`
        (`{"answer": "…"}`), answers that resemble these are faster.
    precision
        `int8`, `int4` (groups of 128) or `float32`.
    cache
        The folder for prepared models; by default RF_CACHE or the user's cache folder.
    progress
        Called with a message before a long step.
    chat_template_kwargs
        Arguments of the chat template if there is no run.json.

    Raises FileError and EvalError with one line; incomplete files are removed.
    """
    source = find_source(base, adapter, precision, chat_template_kwargs)
    folder = Path(cache or cache_folder()) / "engine" / source.name()
    say = progress or (lambda line: None)
    if not is_prepared(folder):
        publish(
            folder,
            is_prepared,
            lambda hidden: _write(source, hidden, say),
            lambda: say("Waiting: another process is preparing the same model"),
        )
    return folder


def find_source(
    base: str | Path,
    adapter: str | Path | None,
    precision: str = "int8",
    chat_template_kwargs: Mapping[str, Any] | None = None,
) -> Source:
    """The locations of a model's parts. Raises FileError or EvalError if one is missing."""
    if precision not in PRECISIONS:
        raise EvalError(f"precision {precision!r}, expected one of {', '.join(PRECISIONS)}")
    name, path = _base_place(str(base))
    folder = None if adapter is None else Path(adapter)
    if folder is not None and not (folder / "adapter_config.json").is_file():
        raise FileError(folder, "has no adapter_config.json, expected a PEFT adapter")
    weights: tuple[Path, ...] = (path,)
    config: dict[str, Any] = {}
    if path.is_dir():
        weights = tuple(sorted(path.glob("*.safetensors")))
        config = read_json(path / "config.json")
        if not weights:
            raise FileError(path, "has no .safetensors weights")
    places = [place for place in (folder, path) if place is not None and place.is_dir()]
    rendering = _rendering(places, chat_template_kwargs) or Rendering(str(path), None)
    typical = next((p / TYPICAL_FILE for p in places if (p / TYPICAL_FILE).is_file()), None)
    return Source(name, weights, folder, rendering, precision, config, typical)


def _base_place(base: str) -> tuple[str, Path]:
    """A readable name, and the path of the weights."""
    if base == EMBEDDED or base.startswith(f"{EMBEDDED}:"):
        if base not in (EMBEDDED, f"{EMBEDDED}:{EMBEDDED_NAME}"):
            raise EvalError(f"{base!r}: the embedded model is {EMBEDDED}:{EMBEDDED_NAME}")
        return EMBEDDED_NAME, embedded_gguf()
    path = Path(base)
    if not (path.is_dir() or path.is_file()):
        raise FileError(path, "no such model, expected 'embedded', a folder or a GGUF file")
    return path.resolve().name, path


def _rendering(places: list[Path], kwargs: Mapping[str, Any] | None) -> Rendering | None:
    """The rendering of the first folder with a run.json, else with a tokenizer, else None."""
    for place in places:
        if (place / "run.json").is_file() and (place / TOKENIZER_FILE).is_file():
            return rendering_of_run(place)
    for place in places:
        if (place / TOKENIZER_FILE).is_file():
            return rendering_of_model(str(place), dict(kwargs or {}))
    return None


def is_prepared(folder: Path) -> bool:
    """Whether a folder has a complete model: every file in its record with its full size."""
    if not (folder / RECORD_FILE).is_file():
        return False
    files = read_json(folder / RECORD_FILE).get("files", {})
    return bool(files) and all(
        (folder / name).is_file() and (folder / name).stat().st_size == entry["bytes"]
        for name, entry in files.items()
    )


def _adapter_hashes(adapter: Path | None) -> dict[str, str] | None:
    if adapter is None:
        return None
    names = ("adapter_config.json", ADAPTER_WEIGHTS)
    return {name: sha256_file(adapter / name) for name in names}


def _write(source: Source, folder: Path, say: Progress) -> None:
    """Fills an empty folder. Raises FileError, EvalError, OSError."""
    say(f"Preparing {source.base} for {ENGINE_NAME} in {source.precision}, once")
    reader, architecture, tokenizer = _open(source, folder)
    write_json(folder / CHAT_FILE, chat_settings(source.rendering, tokenizer))
    say("Reading and quantising the weights")
    file = WeightFile(folder / _SPILLED)
    with in_one_line():
        weights = _store(reader, architecture, source.precision, file)
        file.finish()
        attention = _save_graph(architecture, weights, folder / GRAPH_FILE)
    file.path.unlink()
    if tokenizer != folder:
        write_text(folder / TOKENIZER_FILE, (tokenizer / TOKENIZER_FILE).read_text("utf-8"))
    if source.typical is not None:
        answers = typical_answers(source.typical.parent)
        write_jsonl(folder / TYPICAL_FILE, ({"answer": answer} for answer in answers))
    names = [path.name for path in folder.iterdir() if path.is_file()]
    record = {
        **source.identity(),
        "model": source.base,
        "architecture": architecture.kind,
        "context_length": architecture.context_length,
        "attention": attention,
        "files": manifest(folder, names),
    }
    write_json(folder / RECORD_FILE, record)


def _open(source: Source, folder: Path) -> tuple[WeightReader, Architecture, Path]:
    """The weights with the adapter merged, the architecture, and the tokenizer's folder.

    For a GGUF file without an adapter, its tokenizer is written to `folder`.
    """
    reader: WeightReader
    tokenizer = Path(source.rendering.tokenizer)
    if source.config:
        reader, config = SafetensorsReader(source.weights), source.config
    else:
        reader = GgufReader(source.weights[0])
        config = reader.config()
        if not tokenizer.is_dir():
            tokenizer = folder
            for name, content in reader.tokenizer_files().items():
                write_text(folder / name, content)
    architecture = architecture_of(config, source.weights[0].parent)
    if source.adapter is not None:
        reader = AdaptedReader(reader, source.adapter)
    return reader, architecture, tokenizer


def _store(
    reader: WeightReader, architecture: Architecture, precision: str, file: WeightFile
) -> "StoredWeights":
    """Quantises a model's weights into `file`. Raises FileError, EvalError, OSError."""
    import_openvino()
    from rf_eval.engine.graph import StoredWeights

    vectors = {n: reader.read(n) for n, shape in reader.shapes.items() if len(shape) == 1}
    matrices: dict[str, StoredMatrix] = {}
    for name, parts in matrix_names(architecture):
        missing = [part for part in parts if part not in reader.shapes]
        if missing:
            raise EvalError(f"the model has no tensor {missing[0]!r}")
        wide = name in ("model.embed_tokens.weight", "lm_head.weight")
        chosen = "int8" if wide and precision == "int4" else precision
        matrices[name] = store_matrix(reader, parts, chosen, file)
    rows = {name: shape[0] for name, shape in reader.shapes.items()}
    return StoredWeights(file, matrices, vectors, rows)


def matrix_names(architecture: Architecture) -> Iterator[tuple[str, list[str]]]:
    """The matrices of the graph, each with the tensors stacked in it."""
    groups = (
        ("self_attn.", ("q_proj", "k_proj", "v_proj")),
        ("self_attn.", ("o_proj",)),
        ("mlp.", ("gate_proj", "up_proj")),
        ("mlp.", ("down_proj",)),
    )
    yield "model.embed_tokens.weight", ["model.embed_tokens.weight"]
    if not architecture.tied_embeddings:
        yield "lm_head.weight", ["lm_head.weight"]
    for layer in range(architecture.layers):
        for place, parts in groups:
            prefix = f"model.layers.{layer}.{place}"
            yield f"{prefix}{'+'.join(parts)}.weight", [f"{prefix}{p}.weight" for p in parts]


def _save_graph(architecture: Architecture, weights: "StoredWeights", path: Path) -> dict[str, int]:
    """Writes the graph; returns the head sizes for `load_paged`."""
    ov = import_openvino()
    from rf_eval.engine.graph import build_graph
    from rf_eval.engine.paging import page

    try:
        graph = build_graph(architecture, weights)
    except KeyError as error:
        raise EvalError(f"the model has no tensor {error}") from None
    attention = page(graph)
    try:
        ov.save_model(graph, path, compress_to_fp16=False)
    except RuntimeError as error:
        if "iostream" not in str(error):  # raised by a C++ stream that cannot be written
            raise
        raise _write_error(path.parent, weights) from None
    return attention


def _write_error(folder: Path, weights: "StoredWeights") -> OSError:
    """The likely reason why the graph's weights could not be written."""
    needed = weights.file.path.stat().st_size + _GRAPH_BYTES
    full = shutil.disk_usage(folder).free < needed
    number = errno.ENOSPC if full else errno.EIO
    return OSError(number, os.strerror(number))
