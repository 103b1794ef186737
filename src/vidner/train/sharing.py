"""Weights that two packed models have in common are kept once.

``tiny`` has the word embeddings of ``small``, which are half of its size. Its graph says where in
the other's file they are (external data, as the ONNX standard has it).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import ModelProto

LEAST = 1 << 20
"""Bytes of a constant that is worth sharing."""


def share_weights(model: ModelProto, other: Path) -> int:
    """Leave out the large constants that another model's file has too.

    Args:
        model: Graph whose constants are changed in place.
        other: The other model's file; loading will need it.

    Returns:
        How many bytes are shared.
    """
    from onnx import TensorProto

    data = other.read_bytes()
    shared = 0
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) < LEAST or (offset := data.find(tensor.raw_data)) < 0:
            continue
        size = len(tensor.raw_data)
        for key, value in (("location", other.name), ("offset", offset), ("length", size)):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, str(value)
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        shared += size
    return shared
