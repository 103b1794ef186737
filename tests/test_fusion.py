"""The packed graph: fast operators, the checkpoint's scores."""

from collections import Counter

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from vidner.train.fusion import fuse_operators  # noqa: E402


@pytest.fixture(scope="module")
def operators(tiny_packed):
    graph = onnx.load(tiny_packed / "model.onnx").graph
    return Counter(node.op_type for node in graph.node)


def test_normalisations_are_the_fast_ones(operators):
    assert operators["SkipLayerNormalization"] == 0
    assert operators["LayerNormalization"] == operators["Sum"] == 4


def test_matrix_products_quantise_scale_and_add_their_bias(operators):
    assert operators["DynamicQuantizeMatMul"] == 7
    assert not {"MatMulInteger", "BiasGelu", "Add"} & set(operators)


def test_a_mask_that_hides_nothing_is_left_out(tiny_packed):
    graph = onnx.load(tiny_packed / "model.onnx").graph
    (embed,) = (node for node in graph.node if node.op_type == "QEmbedLayerNormalization")
    assert embed.input[7] == ""
    attention = [node for node in graph.node if node.op_type == "QAttention"]
    assert [node.input[5] for node in attention] == ["", ""]


def model_of(nodes, weights, size):
    return helper.make_model(
        helper.make_graph(
            nodes,
            "test",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, size])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, None])],
            [numpy_helper.from_array(value, name) for name, value in weights.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
        ir_version=8,
    )


def answer(model, values):
    from vidner.backends._runtime import runtime

    session = runtime().InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"x": values})[0]


@pytest.mark.parametrize("zero", [0, 3], ids=["no zero point", "a zero point"])
@pytest.mark.parametrize("bias", [True, False])
def test_a_fused_product_gives_what_its_parts_gave(bias, zero):
    random = np.random.default_rng(0)
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
        helper.make_node("Mul", ["s", "ws"], ["scales"]),
        helper.make_node("MatMulInteger", ["q", "w", "z", "wz"], ["i"]),
        helper.make_node("Cast", ["i"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["f", "scales"], ["product" if bias else "y"]),
    ]
    if bias:
        nodes.append(helper.make_node("Add", ["b", "product"], ["y"]))
    weights = {
        "w": random.integers(-64, 64, (8, 6)).astype(np.int8),
        "ws": random.uniform(0.01, 0.02, 6).astype(np.float32),
        "wz": np.full(6, zero, np.int8),
        "b": random.normal(size=6).astype(np.float32),
    }
    model = model_of(nodes, weights, 8)
    values = random.normal(size=(5, 8)).astype(np.float32)
    before = answer(model, values)
    fuse_operators(model)
    (node,) = model.graph.node
    assert node.op_type == "DynamicQuantizeMatMul"
    assert (node.input[3] == "") == (zero == 0)
    assert np.allclose(answer(model, values), before, atol=1e-5)


def test_a_graph_without_the_patterns_is_left_alone():
    weights = {"w": np.eye(4, dtype=np.float32)}
    model = model_of([helper.make_node("MatMul", ["x", "w"], ["y"])], weights, 4)
    before = model.SerializeToString()
    fuse_operators(model)
    assert model.SerializeToString() == before
