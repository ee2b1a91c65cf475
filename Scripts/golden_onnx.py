#!/usr/bin/env python3
"""Writes the ONNX files that the tests of networks compare with, each with an input and the logits that other programs compute for it.

    python3 Scripts/golden_onnx.py Tests/NetworksTests/Golden

needs PyTorch, onnx, onnxscript and NumPy. Input and logits are initializers that nothing reads: `golden.input` and `golden.logits`.
Files `operator-*` are one operator or a few, computed by onnx's reference implementation in single precision; `script-*` and `dynamo-*`
are small networks as PyTorch's older and newer exporter write them, computed by PyTorch in double precision.
"""
import copy
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch import nn
from torch.nn import functional as F

random = np.random.default_rng(7)


def weights(*shape):
    return random.uniform(-1, 1, shape).astype(np.float32)


def save(folder, name, model, x, y):
    for key, value in (("golden.input", x), ("golden.logits", y)):
        model.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=np.float32), key))
    onnx.checker.check_model(model)
    onnx.save(model, folder / f"{name}.onnx")


def graph(nodes, constants, shape, opset=17, batch="N", outputs=("y",)):
    """Nodes as (operator, inputs, output, attributes); the input is x, the output y."""
    made = [helper.make_node(kind, inputs, [output], name=f"{output}_node", **attributes) for kind, inputs, output, attributes in nodes]
    initializers = [value if isinstance(value, TensorProto) else numpy_helper.from_array(value, key) for key, value in constants.items()]
    return helper.make_model(
        helper.make_graph(
            made, "graph", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, *shape])],
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, [None, None]) for o in outputs], initializers),
        opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def operator(folder, name, nodes, constants=None, shape=(2, 6, 7), opset=17, batch="N", reference=None, outputs=("y",)):
    x = random.uniform(-2, 2, (2 if batch == "N" else batch, *shape)).astype(np.float32)
    model = graph(nodes, constants or {}, shape, opset, batch, outputs)
    evaluated = graph(reference, constants or {}, shape, opset, batch) if reference else model
    save(folder, f"operator-{name}", model, x, ReferenceEvaluator(evaluated).run(None, {"x": x})[-1])


def flat(source, extra=()):
    return [*extra, ("Flatten", [source], "y", {"axis": 1})]


def ints(*values):
    return np.array(values, dtype=np.int64)


def typed(key, value, data_type, raw):
    value = np.asarray(value, dtype=np.float32)
    if raw:
        return numpy_helper.from_array(value.astype(helper.tensor_dtype_to_np_dtype(data_type)), key)
    return helper.make_tensor(key, data_type, value.shape, value.flatten().tolist())


def operators(folder):
    def one(name, kind, constants=None, shape=(2, 6, 7), opset=17, batch="N", extra_inputs=(), **attributes):
        inputs = ["x", *(constants or {}), *extra_inputs]
        operator(folder, name, flat("a", [(kind, inputs, "a", attributes)]), constants, shape, opset, batch)

    one("conv", "Conv", {"w": weights(3, 2, 3, 3), "b": weights(3)}, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    one("conv-plain", "Conv", {"w": weights(3, 2, 2, 3)})
    one("conv-groups", "Conv", {"w": weights(6, 2, 3, 3)}, shape=(4, 5, 5), group=2)
    one("conv-depthwise", "Conv", {"w": weights(4, 1, 3, 3)}, shape=(4, 5, 5), group=4, strides=[2, 2], pads=[1, 1, 1, 1])
    one("conv-dilated", "Conv", {"w": weights(2, 2, 3, 2)}, shape=(2, 9, 8), dilations=[2, 3])
    one("conv-asymmetric", "Conv", {"w": weights(2, 2, 3, 3)}, pads=[0, 1, 2, 0], strides=[2, 1])
    for mode in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        one(f"conv-{mode.lower().replace('_', '-')}", "Conv", {"w": weights(2, 2, 4, 3)}, auto_pad=mode, strides=[2, 3])
    norm = {"g": weights(3), "t": weights(3), "m": weights(3), "v": np.abs(weights(3)) + 0.1}
    operator(
        folder, "conv-norm",
        flat("b", [("Conv", ["x", "w"], "a", {}), ("BatchNormalization", ["a", "g", "t", "m", "v"], "b", {"epsilon": 1e-3})]),
        {"w": weights(3, 2, 3, 3), **norm})
    operator(
        folder, "conv-norm-shared",
        flat("c", [("Conv", ["x", "w"], "a", {}), ("BatchNormalization", ["a", "g", "t", "m", "v"], "b", {}), ("Add", ["a", "b"], "c", {})]),
        {"w": weights(3, 2, 3, 3), **norm})
    operator(
        folder, "norm-first",
        flat("b", [("BatchNormalization", ["x", "g", "t", "m", "v"], "a", {}), ("Conv", ["a", "w"], "b", {"pads": [1, 1, 1, 1]})]),
        {"w": weights(2, 3, 3, 3), **norm}, shape=(3, 5, 5))
    one("relu", "Relu")
    one("leaky-relu", "LeakyRelu", alpha=0.3)
    one("prelu", "PRelu", {"s": np.array([0.2], np.float32)})
    one("clip-attributes", "Clip", opset=9, min=-0.5, max=1.0)
    one("clip-inputs", "Clip", {"low": np.float32(-1), "high": np.float32(0.75)})
    operator(folder, "clip-max-only", flat("a", [("Clip", ["x", "", "high"], "a", {})]), {"high": np.float32(0.5)})
    operator(
        folder, "sum",
        flat("c", [("Relu", ["x"], "a", {}), ("LeakyRelu", ["x"], "b", {}), ("Sum", ["a", "b", "x"], "c", {})]))
    one("add-channels", "Add", {"c": weights(1, 2, 1, 1)})
    one("mul-channels", "Mul", {"c": weights(2, 1, 1)})
    one("div-number", "Div", {"c": np.float32(3)})
    operator(folder, "sub-from", flat("a", [("Sub", ["c", "x"], "a", {})]), {"c": weights(2, 1, 1)})
    operator(
        folder, "normalized-input",
        flat("c", [("Sub", ["x", "m"], "a", {}), ("Div", ["a", "s"], "b", {}), ("Conv", ["b", "w"], "c", {"pads": [1, 1, 1, 1]})]),
        {"m": weights(1, 2, 1, 1), "s": np.abs(weights(1, 2, 1, 1)) + 0.2, "w": weights(2, 2, 3, 3)})
    operator(
        folder, "conv-scaled",
        flat("c", [("Conv", ["x", "w"], "a", {}), ("Mul", ["a", "s"], "b", {}), ("Add", ["b", "t"], "c", {})]),
        {"w": weights(3, 2, 3, 3), "s": weights(1, 3, 1, 1), "t": weights(3, 1, 1)})
    one("max-pool", "MaxPool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1])
    one("max-pool-ceil", "MaxPool", shape=(2, 8, 8), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    one("max-pool-dilated", "MaxPool", shape=(1, 8, 7), kernel_shape=[2, 2], dilations=[2, 3])
    one("max-pool-same", "MaxPool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
    one("average-pool", "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    one("average-pool-counting", "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
    one("average-pool-ceil", "AveragePool", opset=19, shape=(2, 8, 8), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    one("global-average-pool", "GlobalAveragePool")
    one("global-max-pool", "GlobalMaxPool")
    operator(folder, "mean-attribute", [("ReduceMean", ["x"], "y", {"axes": [2, 3], "keepdims": 0})], opset=13)
    one("mean-input", "ReduceMean", {"axes": ints(-1, -2)}, opset=18, keepdims=1)
    one("mean-rows", "ReduceMean", opset=13, axes=[2])
    one("pad-attributes", "Pad", opset=9, pads=[0, 0, 1, 2, 0, 0, 0, 1], value=0.5)
    operator(folder, "pad-inputs", flat("a", [("Pad", ["x", "p", "v"], "a", {})]), {"p": ints(0, 0, 2, 0, 0, 0, 1, 1), "v": np.float32(-1)})
    operator(
        folder, "pad-axes", flat("a", [("Pad", ["x", "p", "", "axes"], "a", {})]), {"p": ints(1, 0, 2, 1), "axes": ints(-1, 2)}, opset=18)
    operator(
        folder, "concat",
        flat("c", [("Relu", ["x"], "a", {}), ("Conv", ["x", "w"], "b", {}), ("Concat", ["a", "b", "x"], "c", {"axis": -3})]),
        {"w": weights(3, 2, 1, 1)})
    dense = {"w": weights(84, 4), "b": weights(4)}
    operator(folder, "gemm", [("Flatten", ["x"], "f", {}), ("Gemm", ["f", "w", "b"], "y", {"alpha": 0.5, "beta": 2.0})], dense)
    operator(
        folder, "gemm-transposed", [("Flatten", ["x"], "f", {}), ("Gemm", ["f", "w", "b"], "y", {"transB": 1})],
        {"w": weights(4, 84), "b": np.float32(0.5)})
    operator(folder, "gemm-no-bias", [("Flatten", ["x"], "f", {}), ("Gemm", ["f", "w"], "y", {})], {"w": weights(84, 4)})
    operator(folder, "matmul-add", [("Flatten", ["x"], "f", {}), ("MatMul", ["f", "w"], "m", {}), ("Add", ["b", "m"], "y", {})], dense)
    operator(
        folder, "matmul-transposed",
        [("Flatten", ["x"], "f", {}), ("Transpose", ["w"], "t", {"perm": [1, 0]}), ("MatMul", ["f", "t"], "y", {})], {"w": weights(3, 84)})
    operator(folder, "reshape-open", [("Reshape", ["x", "s"], "y", {})], {"s": ints(-1, 84)})
    operator(folder, "reshape-copy", [("Reshape", ["x", "s"], "y", {})], {"s": ints(0, -1)})
    operator(folder, "reshape-fixed", [("Reshape", ["x", "s"], "y", {})], {"s": ints(3, 84)}, batch=3)
    operator(
        folder, "reshape-and-back",
        flat("d", [("Reshape", ["x", "s"], "a", {}), ("Relu", ["a"], "b", {}), ("Reshape", ["b", "t"], "c", {}), ("Conv", ["c", "w"], "d", {})]),
        {"s": ints(0, 84), "t": ints(0, 3, 4, -1), "w": weights(2, 3, 2, 2)})
    view = [
        ("Shape", ["x"], "shape", {}), ("Constant", [], "zero", {"value": numpy_helper.from_array(np.array(0, np.int64))}),
        ("Gather", ["shape", "zero"], "count", {"axis": 0}),
    ]
    operator(
        folder, "view-old",
        [*view, ("Unsqueeze", ["count"], "counts", {"axes": [0]}), ("Constant", [], "rest", {"value": numpy_helper.from_array(ints(-1))}),
         ("Concat", ["counts", "rest"], "target", {"axis": 0}), ("Reshape", ["x", "target"], "y", {})], opset=11)
    operator(
        folder, "view-slice",
        [("Shape", ["x"], "shape", {}), ("Slice", ["shape", "from", "to"], "count", {}), ("Concat", ["count", "rest"], "target", {"axis": 0}),
         ("Cast", ["target"], "cast", {"to": TensorProto.INT64}), ("Reshape", ["x", "cast"], "y", {})],
        {"from": ints(0), "to": ints(1), "rest": ints(-1)})
    operator(
        folder, "view-product",
        [("Shape", ["x"], "shape", {"start": 1}), ("Gather", ["shape", "first"], "c", {}), ("Gather", ["shape", "last"], "w", {}),
         ("Mul", ["c", "w"], "p", {}), ("Mul", ["p", "six"], "q", {}), ("Unsqueeze", ["q", "axis"], "u", {}),
         ("Concat", ["open", "u"], "target", {"axis": 0}), ("Reshape", ["x", "target"], "y", {})],
        {"first": np.int64(0), "last": np.int64(-1), "six": np.int64(6), "axis": ints(0), "open": ints(-1)})
    operator(
        folder, "squeeze", [("GlobalAveragePool", ["x"], "a", {}), ("Squeeze", ["a", "axes"], "y", {})], {"axes": ints(2, 3)})
    operator(
        folder, "unsqueeze",
        flat("d", [("ReduceMean", ["x"], "a", {"axes": [2, 3], "keepdims": 0}), ("Unsqueeze", ["a", "axes"], "b", {}),
                   ("Unsqueeze", ["b", "last"], "c", {}), ("Conv", ["c", "w"], "d", {})]),
        {"axes": ints(2), "last": ints(-1), "w": weights(3, 2, 1, 1)})
    operator(
        folder, "transpose-of-ones",
        [("GlobalAveragePool", ["x"], "a", {}), ("Transpose", ["a"], "b", {"perm": [0, 2, 3, 1]}), ("Flatten", ["b"], "y", {})])
    operator(
        folder, "passages",
        flat("d", [("Identity", ["x"], "a", {}), ("Dropout", ["a"], "b", {}), ("Cast", ["b"], "c", {"to": TensorProto.FLOAT}),
                   ("Relu", ["c"], "d", {})]))
    operator(
        folder, "constant-node",
        flat("a", [("Constant", [], "c", {"value": numpy_helper.from_array(weights(2, 1, 1))}), ("Mul", ["x", "c"], "a", {})]))
    for kind in ("Softmax", "LogSoftmax"):
        body = [("Flatten", ["x"], "f", {}), ("Gemm", ["f", "w", "b"], "l", {})]
        operator(
            folder, kind.lower(), [*body, (kind, ["l"], "y", {"axis": -1})], dense, reference=[*body, ("Identity", ["l"], "y", {})])
    operator(
        folder, "logits-as-picture", [("GlobalAveragePool", ["x"], "y", {})],
        reference=[("GlobalAveragePool", ["x"], "a", {}), ("Flatten", ["a"], "y", {})])
    operator(
        folder, "outputs", [("Relu", ["x"], "r", {}), ("Flatten", ["r"], "y", {})], outputs=("r", "y"),
        reference=[("Relu", ["x"], "r", {}), ("Flatten", ["r"], "y", {})])
    for data_type, word in ((TensorProto.FLOAT16, "half"), (TensorProto.BFLOAT16, "bfloat"), (TensorProto.DOUBLE, "double"), (TensorProto.FLOAT, "float")):
        for raw in (True, False):
            # Eighths are exact in every type; the reference computes with the same numbers as FLOAT.
            value = np.round(weights(3, 2, 2, 2) * 8) / 8
            x = random.uniform(-2, 2, (2, 2, 4, 4)).astype(np.float32)
            nodes = flat("a", [("Conv", ["x", "w"], "a", {})])
            y = ReferenceEvaluator(graph(nodes, {"w": value}, (2, 4, 4))).run(None, {"x": x})[0]
            model = graph(nodes, {"w": typed("w", value, data_type, raw)}, (2, 4, 4))
            for key, array in (("golden.input", x), ("golden.logits", y)):
                model.graph.initializer.append(numpy_helper.from_array(array, key))
            onnx.save(model, folder / f"operator-{word}-{'raw' if raw else 'typed'}.onnx")
    operator(
        folder, "sum-with-constants", flat("b", [("Relu", ["x"], "a", {}), ("Sum", ["c", "a", "x", "n"], "b", {})]),
        {"c": weights(1, 2, 1, 1), "n": np.float32(0.5)})
    for name, kind, shape in (("add-positions", "Add", (1, 2, 6, 7)), ("mul-rows", "Mul", (6, 1)), ("div-columns", "Div", (1, 1, 1, 7)),
                              ("sub-picture", "Sub", (6, 7)), ("mul-channel-columns", "Mul", (2, 1, 7))):
        one(name, kind, {"c": weights(*shape) + 2})
    operator(
        folder, "positions-and-norm",
        flat("f", [("Conv", ["x", "w"], "a", {}), ("Add", ["a", "p"], "b", {}), ("BatchNormalization", ["b", "g", "t", "m", "v"], "c", {}),
                   ("Mul", ["c", "q"], "d", {}), ("Add", ["d", "g3"], "e", {}), ("Relu", ["e"], "f", {})]),
        {"w": weights(3, 2, 3, 3), **norm, "p": weights(1, 3, 4, 5), "q": weights(4, 5), "g3": weights(3, 1, 1)})
    for name, shape in (("mean-of-list", (0, 2, 42)), ("mean-of-rows", (0, 2, 7, 6))):
        operator(
            folder, name, [("Reshape", ["x", "s"], "a", {}), ("ReduceMean", ["a"], "b", {"axes": [-1], "keepdims": 0}),
                           *([("ReduceMean", ["b"], "c", {"axes": [2], "keepdims": 1})] if len(shape) == 4 else []),
                           ("Flatten", ["c" if len(shape) == 4 else "b"], "y", {})],
            {"s": ints(*shape)}, opset=13)


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class TinyResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1, self.relu = nn.Conv2d(3, 4, 7, 2, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1, self.layer2 = nn.Sequential(Residual(4, 4, 1)), nn.Sequential(Residual(4, 6, 2))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(6, 3)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.fc(torch.flatten(self.avgpool(self.layer2(self.layer1(x))), 1))


class TinyVGG(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Conv2d(4, 5, 3, padding=1), nn.BatchNorm2d(5),
            nn.ReLU(), nn.MaxPool2d(2, 2))
        self.avgpool = nn.AdaptiveAvgPool2d((2, 2))
        self.classifier = nn.Sequential(nn.Linear(20, 6), nn.ReLU(), nn.Dropout(), nn.Linear(6, 4))

    def forward(self, x):
        x = self.avgpool(self.features(x))
        return self.classifier(x.view(x.size(0), -1))


class Fire(nn.Module):
    def __init__(self, inputs, squeeze, expand):
        super().__init__()
        self.squeeze, self.expand1x1 = nn.Conv2d(inputs, squeeze, 1), nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


class TinySqueezeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True), Fire(4, 2, 3), nn.MaxPool2d(3, 2, ceil_mode=True), Fire(6, 2, 4))
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(8, 5, 1), nn.ReLU(), nn.AdaptiveAvgPool2d((1, 1)))

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


class DenseLayer(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, 4, 1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(4), nn.Conv2d(4, 2, 3, padding=1, bias=False)

    def forward(self, inputs):
        x = self.conv1(F.relu(self.norm1(torch.cat(inputs, 1))))
        return self.conv2(F.relu(self.norm2(x)))


class TinyDenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv0, self.norm0 = nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4)
        self.layers = nn.ModuleList([DenseLayer(4), DenseLayer(6)])
        self.transition = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1, bias=False), nn.AvgPool2d(2, 2))
        self.norm5, self.classifier = nn.BatchNorm2d(4), nn.Linear(4, 3)

    def forward(self, x):
        found = [F.relu(self.norm0(self.conv0(x)))]
        for layer in self.layers:
            found.append(layer(found))
        x = F.relu(self.norm5(self.transition(torch.cat(found, 1))))
        return self.classifier(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))


class TinyMobileNet(nn.Module):
    def __init__(self):
        super().__init__()

        def block(inputs, outputs, kernel=1, stride=1, groups=1):
            return nn.Sequential(
                nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs), nn.ReLU6())

        self.stem = block(3, 4, 3, 2)
        self.conv = nn.Sequential(block(4, 8), block(8, 8, 3, groups=8), nn.Conv2d(8, 4, 1, bias=False), nn.BatchNorm2d(4))
        self.head, self.classifier = block(4, 6), nn.Linear(6, 3)

    def forward(self, x):
        x = self.stem(x)
        return self.classifier(self.head(x + self.conv(x)).mean([2, 3]))


class TinyInception(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 4, 3, 2, bias=False), nn.BatchNorm2d(4, eps=0.001)
        self.branch1, self.branch2 = nn.Conv2d(4, 2, 1), nn.Conv2d(4, 2, (1, 3), padding=(0, 1))
        self.branch3 = nn.Conv2d(4, 3, 5, padding=2)
        self.fc = nn.Linear(11, 3)

    def forward(self, x):
        x = x * 0.9 - 0.05
        x = F.relu(self.bn(self.conv(x)), inplace=True)
        pooled = F.max_pool2d(x, 3, 1, 1)
        x = torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), F.avg_pool2d(pooled, 3, 1, 1)], 1)
        x = F.max_pool2d(F.leaky_relu(x, 0.1), 3, 2, ceil_mode=True)
        return F.log_softmax(self.fc(F.adaptive_avg_pool2d(x, (1, 1)).flatten(1)), 1)

    def logits(self, x):
        model = copy.deepcopy(self).double()
        last = {}
        model.fc.register_forward_hook(lambda module, inputs, output: last.update(y=output))
        model(x)
        return last["y"]


def trimmed(model):
    """Without what exporters tell about themselves, but for the names of modules."""
    model.graph.ClearField("value_info")
    model.ClearField("functions")
    for node in model.graph.node:
        node.ClearField("doc_string")
        kept = [(p.key, p.value) for p in node.metadata_props if p.key == "pkg.torch.onnx.name_scopes"]
        node.ClearField("metadata_props")
        for key, value in kept:
            node.metadata_props.add(key=key, value=value)
    for message in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        message.ClearField("metadata_props")
    return model


def networks(folder):
    for kind, size in ((TinyResNet, 20), (TinyVGG, 16), (TinySqueezeNet, 17), (TinyDenseNet, 12), (TinyMobileNet, 12), (TinyInception, 15)):
        torch.manual_seed(3)
        model = kind().eval()
        for part in model.modules():
            if isinstance(part, nn.BatchNorm2d):
                nn.init.uniform_(part.weight, 0.5, 1.5)
                nn.init.uniform_(part.bias, -0.5, 0.5)
                nn.init.uniform_(part.running_mean, -0.5, 0.5)
                nn.init.uniform_(part.running_var, 0.2, 2)
        x = torch.randn(2, 3, size, size)
        with torch.no_grad():
            y = model.logits(x.double()) if hasattr(model, "logits") else copy.deepcopy(model).double()(x.double())
        name = kind.__name__.removeprefix("Tiny").lower()
        with tempfile.TemporaryDirectory() as place:
            for word in ("script", "dynamo"):
                path = f"{place}/{word}.onnx"
                if word == "dynamo":
                    torch.onnx.export(model, (x,), path, dynamo=True, dynamic_shapes=({0: torch.export.Dim("batch")},), external_data=False)
                else:
                    torch.onnx.export(
                        model, (x,), path, dynamo=False, input_names=["input"], dynamic_axes={"input": {0: "batch"}}, opset_version=13)
                exported = trimmed(onnx.load(path))
                if word == "script":
                    exported.metadata_props.add(key="mean", value="[0.485, 0.456, 0.406]")
                    exported.metadata_props.add(key="std", value="[0.229, 0.224, 0.225]")
                    exported.metadata_props.add(key="classes", value=str([f"class {i}" for i in range(y.shape[1])]).replace("'", '"'))
                save(folder, f"{word}-{name}", exported, x.numpy(), y.numpy())


def main():
    warnings.filterwarnings("ignore")
    folder = Path(sys.argv[1])
    operators(folder)
    networks(folder)


main()
