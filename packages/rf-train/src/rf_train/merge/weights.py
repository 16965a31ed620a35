"""The weights of a merged model in row blocks: stored or quantised weights plus the adapter."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch

from rf_train.files.peft_adapter import Adapter, LoadedUpdate
from rf_train.files.safetensors_ranges import FLOATS, TensorLocation, row_blocks
from rf_train.model.fp8 import quantise_rows

_BLOCK, _NESTED_BLOCK = 64, 256  # weights per scale, scales per second one: bitsandbytes'


@dataclass(frozen=True)
class FourBit:
    """How a training quantised its frozen weights; `dtype` is its precision of products."""

    code: str = "nf4"
    double: bool = True
    dtype: torch.dtype = torch.bfloat16


class FourBitRows:
    """A weight after bitsandbytes' 4-bit quantisation, in the training's precision.

    Only the 4-bit codes and their scales are in memory, 0.53 bytes per weight; the values are
    exactly those of quantising the whole tensor at once.
    """

    def __init__(self, tensor: TensorLocation, how: FourBit, device: torch.device) -> None:
        import bitsandbytes  # noqa: F401 - importing it registers its operators

        self.shape = tensor.shape
        self._how = how
        self._codes: list[torch.Tensor] = []
        scales = []
        for first, last in row_blocks(tensor.shape):
            block = tensor.rows(first, last).to(device, how.dtype)
            codes, absmax = torch.ops.bitsandbytes.quantize_4bit.default(
                block, _BLOCK, how.code, torch.uint8
            )
            self._codes.append(codes)
            scales.append(absmax)
        self._scales = self._through_8bit(torch.cat(scales)) if how.double else torch.cat(scales)

    @staticmethod
    def _through_8bit(scales: torch.Tensor) -> torch.Tensor:
        """The scales after their own quantisation ("double quantisation", arXiv:2305.14314)."""
        from bitsandbytes.functional import dequantize_blockwise, quantize_blockwise

        offset = scales.mean()
        codes, state = quantize_blockwise(scales - offset, blocksize=_NESTED_BLOCK)
        values: torch.Tensor = dequantize_blockwise(codes, state) + offset
        return values

    def rows(self, first: int = 0, last: int | None = None) -> torch.Tensor:
        """Rows `first` to `last`, [n, in]."""
        last = self.shape[0] if last is None else last
        pieces = [
            self._block(number, a)[max(first - a, 0) : last - a]
            for number, (a, b) in enumerate(row_blocks(self.shape))
            if a < last and first < b
        ]
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def _block(self, number: int, first: int) -> torch.Tensor:
        shape = (min(self._step, self.shape[0] - first), *self.shape[1:])
        start = first * self.shape[1] // _BLOCK
        count = -(-shape[0] * self.shape[1] // _BLOCK)
        values: torch.Tensor = torch.ops.bitsandbytes.dequantize_4bit.default(
            self._codes[number],
            self._scales[start : start + count].float(),
            _BLOCK,
            self._how.code,
            shape,
            self._how.dtype,
        )
        return values

    @property
    def _step(self) -> int:
        return next(row_blocks(self.shape))[1]


@dataclass(frozen=True)
class Fp8Rows:
    """A weight as a training with `compute_dtype: fp8` holds it: e4m3, one scale per row."""

    source: TensorLocation | FourBitRows
    device: torch.device

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return self.source.shape

    def rows(self, first: int = 0, last: int | None = None) -> torch.Tensor:
        """Rows `first` to `last`, [n, in] in float32."""
        loaded = self.source.rows(first, last).to(self.device, torch.bfloat16)
        values, scales = quantise_rows(loaded)
        return values.float() * scales


RowSource = TensorLocation | FourBitRows | Fp8Rows  # a matrix whose rows can be read in pieces


@dataclass(frozen=True)
class TrainedOn:
    """How a training held its frozen linear weights: in 4 bits, in FP8, or in FP8 made of those."""

    four_bit: FourBit | None = None
    fp8: bool = False

    @property
    def name(self) -> str:
        """The formats in the order of their application, such as `nf4, then fp8`."""
        formats = (self.four_bit.code if self.four_bit else "", "fp8" if self.fp8 else "")
        return ", then ".join(filter(None, formats))

    def rows(self, tensor: TensorLocation, device: torch.device) -> RowSource:
        """The weight as it was in the products of the training."""
        source: TensorLocation | FourBitRows = tensor
        if self.four_bit is not None:
            source = FourBitRows(tensor, self.four_bit, device)
        return Fp8Rows(source, device) if self.fp8 else source


@dataclass(frozen=True)
class MergedWeights:
    """The content of every tensor of the merged model.

    With `trained_on`, `quantised` are the names of the weights that the training held so.
    """

    adapter: Adapter
    trained_on: TrainedOn | None = None
    quantised: frozenset[str] = frozenset()
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def changes(self, name: str) -> bool:
        """Whether a tensor differs from the base's; all others are copied byte by byte."""
        return name in self.adapter.updates or name in self.quantised

    def base(self, tensor: TensorLocation) -> RowSource:
        """The weight that the adapter's change is added to."""
        if self.trained_on is not None and tensor.name in self.quantised:
            return self.trained_on.rows(tensor, self.device)
        return tensor

    def blocks(self, tensor: TensorLocation) -> Iterator[torch.Tensor]:
        """The merged tensor in consecutive row blocks on the CPU, in its stored precision.

        Computed in float32 and rounded once, to nearest even. A block is valid until the next one
        is requested: they share their memory, whose few MB stay in the processor's cache.
        """
        update, source = self.adapter.updates.get(tensor.name), self.base(tensor)
        change = None if update is None else LoadedUpdate(update, self.device)
        height = next(row_blocks(tensor.shape), (0, 0))[1]
        work = torch.empty((height, *tensor.shape[1:]), device=self.device)
        block = torch.empty(work.shape, dtype=FLOATS[tensor.dtype])
        for first, last in row_blocks(tensor.shape):
            rows = work[: last - first]
            rows.copy_(source.rows(first, last))
            if change is not None:
                change.add_to(rows, first)
            yield block[: last - first].copy_(rows)
