"""The computation graph of a decoder, built from OpenVINO's public operations.

It has the form that OpenVINO's servers expect: keys and values are states that grow by
concatenation, which the paged-attention transformation replaces by blocks. `sampled` selects the
positions whose logits are computed; all of them would take a fifth of the time of a prompt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import openvino as ov
from openvino import op as core_operations
from openvino import opset13 as ops
from openvino.op.util import Variable, VariableInfo

from rf_eval.engine.architecture import Architecture
from rf_eval.engine.quantise import StoredMatrix, WeightFile
from rf_eval.engine.weights import Floats

Node = Any
_MASKED = -65504.0


@dataclass(frozen=True)
class StoredWeights:
    """A model's matrices in a file, and its vectors (norms, biases), by name.

    Projections of the same input are one matrix, `…q_proj+k_proj+v_proj.weight`; `rows` has the
    number of rows of each of them. `kept` references memory that the graph uses without owning it:
    the weights must outlive their graph.
    """

    file: WeightFile
    matrices: dict[str, StoredMatrix]
    vectors: dict[str, Floats]
    rows: Mapping[str, int]
    kept: list[Any] = field(default_factory=list)


def build_graph(architecture: Architecture, weights: StoredWeights) -> ov.Model:
    """The model with inputs `input_ids`, `attention_mask`, `position_ids`, `beam_idx`, `sampled`.

    Its output `logits` has one row per position in `sampled`.
    """
    return _Graph(architecture, weights).build()


class _Constants:
    """Small constants without duplicates, which halves the nodes and speeds up compilation."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, tuple[int, ...], bytes], Node] = {}

    def axes(self, *numbers: int) -> Node:
        """A vector of int64."""
        return self.node(np.array(numbers, np.int64))

    def integer(self, number: int) -> Node:
        """A scalar of int64."""
        return self.node(np.array(number, np.int64))

    def real(self, number: float) -> Node:
        """A scalar of float32."""
        return self.node(np.array(number, np.float32))

    def node(self, values: Any) -> Node:
        key = (values.dtype.str, values.shape, values.tobytes())
        if key not in self._nodes:
            self._nodes[key] = ops.constant(values)
        return self._nodes[key]


class _Graph(_Constants):
    def __init__(self, architecture: Architecture, weights: StoredWeights) -> None:
        super().__init__()
        self.architecture, self.weights = architecture, weights
        self.ids = _input("input_ids", [-1, -1], np.int64)
        self.mask = _input("attention_mask", [-1, -1], np.int64)
        self.positions = _input("position_ids", [-1, -1], np.int64)
        self.beams = _input("beam_idx", [-1], np.int32)
        self.sampled = _input("sampled", [-1], np.int64)
        self.states: list[Node] = []
        self.batch = self.dimension(self.ids, 0)

    def build(self) -> ov.Model:
        embeddings = self.matrix("model.embed_tokens")
        hidden = ops.gather(embeddings, ops.convert(self.ids, "i32"), self.integer(0))
        rotation = self.rotation()
        bias = self.attention_bias()
        for layer in range(self.architecture.layers):
            hidden = self.layer(f"model.layers.{layer}", layer, hidden, rotation, bias)
        hidden = ops.gather(hidden, self.sampled, self.integer(0))
        hidden = self.norm("model.norm", hidden)
        tied = self.architecture.tied_embeddings
        logits = ops.matmul(hidden, embeddings if tied else self.matrix("lm_head"), False, True)
        logits.output(0).set_names({"logits"})
        inputs = [self.ids, self.mask, self.positions, self.beams, self.sampled]
        return ov.Model([ops.result(logits)], self.states, inputs, self.architecture.kind)

    def layer(self, name: str, number: int, hidden: Node, rotation: Any, bias: Node) -> Node:
        normed = self.norm(f"{name}.input_layernorm", hidden)
        attended = self.attention(f"{name}.self_attn", number, normed, rotation, bias)
        hidden = ops.add(hidden, attended)
        normed = self.norm(f"{name}.post_attention_layernorm", hidden)
        gate, up = self.linears(f"{name}.mlp", ("gate_proj", "up_proj"), normed)
        inner = ops.multiply(ops.swish(gate), up)
        return ops.add(hidden, self.linear(f"{name}.mlp.down_proj", inner))

    def attention(self, name: str, number: int, x: Node, rotation: Any, bias: Node) -> Node:
        shape = self.architecture
        queries, keys, values = self.linears(name, ("q_proj", "k_proj", "v_proj"), x)
        queries = self.heads(f"{name}.q", queries, shape.heads, norm=shape.query_key_norm)
        keys = self.heads(f"{name}.k", keys, shape.key_value_heads, norm=shape.query_key_norm)
        values = self.heads(f"{name}.v", values, shape.key_value_heads, norm=False)
        keys = self.remembered(number, "key", self.rotate(keys, *rotation))
        values = self.remembered(number, "value", values)
        mixed = ops.scaled_dot_product_attention(
            self.rotate(queries, *rotation), keys, values, bias, causal=False
        )
        joined = ops.reshape(
            ops.transpose(mixed, self.axes(0, 2, 1, 3)),
            self.axes(0, 0, shape.heads * shape.head_size),
            special_zero=True,
        )
        return self.linear(f"{name}.o_proj", joined)

    def heads(self, name: str, x: Node, count: int, *, norm: bool) -> Node:
        """A projection split into heads, shape (batch, heads, tokens, head size)."""
        split = ops.reshape(
            x,
            self.axes(0, 0, count, self.architecture.head_size),
            special_zero=True,
        )
        if norm:
            split = self.norm(f"{name}_norm", split)
        return ops.transpose(split, self.axes(0, 2, 1, 3))

    def remembered(self, layer: int, kind: str, new: Node) -> Node:
        """All keys (or values) including the new ones, repeated for each group of queries."""
        shape = self.architecture
        info = VariableInfo()
        info.data_shape = ov.PartialShape([-1, shape.key_value_heads, -1, shape.head_size])
        info.data_type = ov.Type.f32
        # The name by which the paged-attention transformation identifies a layer's state.
        info.variable_id = f"past_key_values.{layer}.{kind}present.{layer}.{kind}"
        state = Variable(info)
        empty = ops.broadcast(
            self.real(0),
            ops.concat([self.batch, self.axes(shape.key_value_heads, 0, shape.head_size)], 0),
        )
        past = ops.gather(core_operations.read_value(empty, state), self.beams, self.integer(0))
        whole = ops.concat([past, new], -2)
        self.states.append(core_operations.assign(whole, state))
        groups = shape.heads // shape.key_value_heads
        if groups == 1:
            return whole
        outer = self.axes(shape.key_value_heads, groups)
        inner = [self.dimension(whole, 2), self.axes(shape.head_size)]
        repeated = ops.concat([self.batch, outer, *inner], 0)
        spread = ops.broadcast(ops.unsqueeze(whole, self.integer(2)), repeated, "BIDIRECTIONAL")
        return ops.reshape(
            spread, self.axes(0, shape.heads, -1, shape.head_size), special_zero=True
        )

    def rotation(self) -> tuple[Node, Node]:
        """Cosine and sine of the rotary angles, shape (batch, 1, tokens, head size)."""
        frequencies = self.architecture.inverse_frequencies().reshape(1, -1, 1)
        spread = ops.broadcast(
            frequencies, ops.concat([self.batch, self.axes(frequencies.size, 1)], 0)
        )
        positions = ops.convert(ops.unsqueeze(self.positions, self.integer(1)), "f32")
        angles = ops.transpose(ops.matmul(spread, positions, False, False), self.axes(0, 2, 1))
        angles = ops.concat([angles, angles], 2)
        one = self.integer(1)
        return ops.unsqueeze(ops.cos(angles), one), ops.unsqueeze(ops.sin(angles), one)

    def attention_bias(self) -> Node:
        """0 for visible keys, a large negative number for masked ones."""
        zero, one = self.integer(0), self.integer(1)
        keys, queries = self.dimension(self.mask, 1), self.dimension(self.ids, 1)
        total, new = ops.squeeze(keys, self.axes(0)), ops.squeeze(queries, self.axes(0))
        key_positions = ops.unsqueeze(ops.range(zero, total, one, "i64"), self.axes(0, 1, 2))
        begin = ops.subtract(total, new)
        query_positions = ops.unsqueeze(ops.range(begin, total, one, "i64"), self.axes(0, 1, 3))
        present = ops.unsqueeze(ops.not_equal(self.mask, zero), self.axes(1, 2))
        visible = ops.logical_and(ops.less_equal(key_positions, query_positions), present)
        return ops.select(visible, self.real(0), self.real(_MASKED))

    def norm(self, name: str, x: Node) -> Node:
        """Root-mean-square norm over the last axis."""
        mean = ops.reduce_mean(ops.power(x, self.real(2)), self.axes(-1), keep_dims=True)
        root = ops.sqrt(ops.add(mean, self.real(self.architecture.norm_epsilon)))
        scaled = ops.multiply(x, ops.divide(self.real(1), root))
        return ops.multiply(scaled, ops.constant(self.weights.vectors[f"{name}.weight"]))

    def linear(self, name: str, x: Node) -> Node:
        product = ops.matmul(x, self.matrix(name), False, True)
        bias = self.weights.vectors.get(f"{name}.bias")
        return product if bias is None else ops.add(product, ops.constant(bias))

    def linears(self, name: str, parts: tuple[str, ...], x: Node) -> list[Node]:
        """Several projections of the same input, computed as one product and split."""
        product = ops.matmul(x, self.matrix(f"{name}.{'+'.join(parts)}"), False, True)
        sizes = [self.weights.rows[f"{name}.{part}.weight"] for part in parts]
        split = ops.variadic_split(product, self.integer(-1), self.axes(*sizes))
        biases = [self.weights.vectors.get(f"{name}.{part}.bias") for part in parts]
        return [
            output if bias is None else ops.add(output, ops.constant(bias))
            for output, bias in zip(split.outputs(), biases, strict=True)
        ]

    def matrix(self, name: str) -> Node:
        """A matrix as float32, in a form that the CPU plugin can multiply without unpacking."""
        stored, file = self.weights.matrices[f"{name}.weight"], self.weights.file
        values = file.array(stored.values)
        if stored.scales is None:
            return ops.constant(values, shared_memory=True)
        scales = ops.constant(file.array(stored.scales), shared_memory=True)
        if stored.precision == "int8":
            whole = ops.convert(ops.constant(values, shared_memory=True), "f32")
            return ops.multiply(whole, scales)
        rows, columns = stored.shape
        groups = [rows, stored.scales.shape[1], columns // stored.scales.shape[1]]
        tensor = ov.Tensor(values, ov.Shape(groups), ov.Type.u4)
        self.weights.kept.append((tensor, values))
        packed = ops.constant(tensor, shared_memory=True)
        zero = ops.convert(ops.constant(8, ov.Type.u4), "f32")
        whole = ops.multiply(ops.subtract(ops.convert(packed, "f32"), zero), scales)
        return ops.reshape(whole, self.axes(rows, columns), special_zero=False)

    def dimension(self, node: Node, axis: int) -> Node:
        """The size of one axis, shape (1,)."""
        return ops.gather(ops.shape_of(node), self.axes(axis), self.integer(0))

    def rotate(self, x: Node, cosine: Node, sine: Node) -> Node:
        """Rotary positions: x·cos + (−second half, first half)·sin."""
        half = self.architecture.head_size // 2
        parts = ops.variadic_split(x, self.integer(3), self.axes(half, half))
        minus = self.node(np.full((1, 1, 1, 1), -1, np.float32))
        turned = ops.concat([ops.multiply(parts.output(1), minus), parts.output(0)], -1)
        return ops.add(ops.multiply(x, cosine), ops.multiply(turned, sine))


def _input(name: str, shape: list[int], dtype: Any) -> Node:
    node = ops.parameter(shape, dtype, name=name)
    node.output(0).set_names({name})
    return node
