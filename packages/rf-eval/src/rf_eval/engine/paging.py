"""The stored form of the graph: simplified, with attention over blocks.

All transformations are applied when a model is prepared, since the CPU plugin's passes over the
graph take most of the loading time, in proportion to its nodes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rf_eval.engine.install import import_openvino
from rf_eval.errors import EvalError

Graph = Any
_ATTENTION = "PagedAttentionExtension"
_SMALL = 4096  # elements; weights are never equal, and comparing them would be slow


def page(graph: Graph) -> dict[str, int]:
    """Replaces states by blocks of keys and values and simplifies the graph, in place.

    Returns the head sizes for `load_paged`: the CPU plugin needs them on every attention node, but
    the file of the graph does not contain them.
    """
    from openvino._offline_transformations import (
        apply_moc_transformations,
        paged_attention_transformation,
    )

    paged_attention_transformation(graph)
    sizes = [_sizes(node) for node in _attention(graph)]
    _share_constants(graph)
    apply_moc_transformations(graph, cf=False)
    _share_constants(graph)
    if not sizes or any(one != sizes[0] for one in sizes):
        raise EvalError("this version of openvino describes paged attention differently")
    return sizes[0]


def load_paged(core: Any, path: Path, sizes: Mapping[str, int]) -> Graph:
    """The graph that was saved after `page`. Raises RuntimeError if it cannot be read."""
    core.get_property("CPU", "FULL_DEVICE_NAME")  # loads the plugin, which has the operation
    graph = core.read_model(path)
    for node in _attention(graph):
        for name, size in sizes.items():
            node.set_rt_info(size, name)
    return graph


def _attention(graph: Graph) -> list[Any]:
    return [node for node in graph.get_ops() if node.get_type_name() == _ATTENTION]


def _sizes(node: Any) -> dict[str, int]:
    found = node.get_rt_info()
    return {str(name): int(found[name].value) for name in found}


def _share_constants(graph: Graph) -> None:
    """Merges equal small constants into one node."""
    packed = {import_openvino().Type.u4, import_openvino().Type.i4}
    known: dict[tuple[str, tuple[int, ...], bytes], Any] = {}
    for node in graph.get_ordered_ops():
        if node.get_type_name() != "Constant":
            continue
        output = node.output(0)
        shape, kind = tuple(output.get_shape()), output.get_element_type()
        if kind in packed or node.get_byte_size() > 4 * _SMALL:
            continue
        key = (str(kind), shape, node.data.tobytes())
        first = known.setdefault(key, node)
        if first is not node:
            for target in output.get_target_inputs():
                target.replace_source_output(first.output(0))
