"""Faster operators for a packed graph, with the same results.

The runtime's own fusions leave something on the table: its
SkipLayerNormalization adds number by number, where Sum and LayerNormalization
use vector instructions; biases are added in a pass of their own, where the
matrix multiplication can add them while its result is in the cache; zero
points that are all zero are subtracted.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

_MICROSOFT = "com.microsoft"


def fuse_operators(model: ModelProto) -> None:
    """Rewrite the graph of a BERT encoder in place.

    A pattern that is not there is left alone, so any graph may be given.

    Args:
        model: What onnxruntime's transformer optimizer made, quantised or not.
    """
    graph = _Graph(model)
    for node in list(graph.nodes):
        if node.op_type == "MatMulInteger":
            _fuse_matmul(graph, node)
    for node in list(graph.nodes):
        if node.op_type == "SkipLayerNormalization":
            _split_skip(graph, node)
        elif node.op_type in ("EmbedLayerNormalization", "QEmbedLayerNormalization"):
            _drop_mask(graph, node)
    graph.write()


class _Graph:
    """The nodes of a graph in order, and who makes and reads each value."""

    def __init__(self, model: ModelProto) -> None:
        self.proto = model.graph
        self.nodes: list[NodeProto] = list(model.graph.node)
        self.constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self.results = {output.name for output in model.graph.output}
        self.maker = {name: node for node in self.nodes for name in node.output}
        self.readers: dict[str, list[NodeProto]] = defaultdict(list)
        for node in self.nodes:
            for name in node.input:
                self.readers[name].append(node)

    def reader(self, name: str, *kinds: str) -> NodeProto | None:
        """The only reader of a value, if it is of one of these kinds."""
        readers = self.readers[name]
        if name in self.results or len(readers) != 1 or readers[0].op_type not in kinds:
            return None
        return readers[0]

    def is_vector(self, name: str) -> bool:
        """True for a constant with one axis."""
        return name in self.constants and len(self.constants[name].dims) == 1

    def is_zero(self, name: str) -> bool:
        """True for a constant that holds nothing but zeros."""
        from onnx import numpy_helper

        constant = self.constants.get(name)
        return constant is not None and not np.any(numpy_helper.to_array(constant))

    def write(self) -> None:
        """Put the nodes back, without those and the constants that no output needs."""
        needed = set(self.results)
        kept: list[NodeProto] = []
        for node in reversed(self.nodes):
            if needed & set(node.output):
                needed.update(node.input)
                kept.append(node)
        del self.proto.node[:]
        self.proto.node.extend(reversed(kept))
        constants = [tensor for tensor in self.proto.initializer if tensor.name in needed]
        del self.proto.initializer[:]
        self.proto.initializer.extend(constants)
        del self.proto.value_info[:]


def _fuse_matmul(graph: _Graph, product: NodeProto) -> None:
    """Quantise, multiply, scale and add the bias in one operator."""
    if len(product.input) < 3:
        return
    quantised, weight, _, *zero = product.input
    quantize = graph.maker.get(quantised)
    cast = graph.reader(product.output[0], "Cast")
    scaled = cast and graph.reader(cast.output[0], "Mul")
    if quantize is None or quantize.op_type != "DynamicQuantizeLinear" or scaled is None:
        return
    scales = graph.maker.get(scaled.input[1])
    if scales is None or list(scales.input[:1]) != [quantize.output[1]]:
        return
    bias, result = _take_bias(graph, scaled.output[0])
    inputs = [quantize.input[0], weight, scales.input[1], *zero]
    if zero and graph.is_zero(zero[0]):
        inputs[3] = ""
    scaled.op_type, scaled.domain = "DynamicQuantizeMatMul", _MICROSOFT
    del scaled.input[:]
    scaled.input.extend([*inputs, *[""] * (4 - len(inputs)), bias])
    scaled.output[0] = result


def _take_bias(graph: _Graph, product: str) -> tuple[str, str]:
    """The bias that the product's only reader adds, and the name of the sum."""
    reader = graph.reader(product, "BiasGelu", "SkipLayerNormalization", "Add")
    if reader is None:
        return "", product
    if reader.op_type == "SkipLayerNormalization":
        if len(reader.input) < 5:
            return "", product
        return reader.input.pop(4), product
    others = [name for name in reader.input if name != product]
    if len(others) != 1 or not graph.is_vector(others[0]):
        return "", product
    if reader.op_type == "BiasGelu":
        reader.op_type = "Gelu"
        reader.input.remove(others[0])
        return others[0], product
    graph.nodes = [node for node in graph.nodes if node is not reader]
    return others[0], reader.output[0]


def _split_skip(graph: _Graph, node: NodeProto) -> None:
    """Sum and LayerNormalization for SkipLayerNormalization."""
    from onnx import helper

    if len(node.output) > 1 or len(node.input) < 4:
        return
    one, other, gamma, beta, *bias = node.input
    # An Add the runtime would fuse again.
    total = helper.make_node("Sum", [one, other, *bias], [node.output[0] + "_sum"])
    epsilon = next(a.f for a in node.attribute if a.name == "epsilon")
    normal = helper.make_node(
        "LayerNormalization", [total.output[0], gamma, beta], list(node.output), epsilon=epsilon
    )
    at = next(n for n, found in enumerate(graph.nodes) if found is node)
    graph.nodes[at : at + 1] = [total, normal]


def _drop_mask(graph: _Graph, node: NodeProto) -> None:
    """Leave out a mask that hides nothing, here and where attention reads it."""
    if len(node.input) > 7 and _is_ones(graph, node.input[7]):
        node.input[7] = ""
        for reader in graph.readers[node.output[1]]:
            reader.input[list(reader.input).index(node.output[1])] = ""


def _is_ones(graph: _Graph, name: str) -> bool:
    """True for a tensor that is filled with ones, cast or not."""
    from onnx import numpy_helper

    maker = graph.maker.get(name)
    while maker is not None and maker.op_type == "Cast":
        maker = graph.maker.get(maker.input[0])
    if maker is None or maker.op_type != "ConstantOfShape":
        return False
    return any(numpy_helper.to_array(value.t).item() == 1 for value in maker.attribute)
