"""The networks that are compared: small random ones, the shipped one, and torchvision's."""
import functools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

from train_resnet50 import MEAN, STD, resnet50

from . import composites, explain
from .canonical import merge_normalizations
from .conditioning import condition


class BasicBlock(nn.Module):
    def __init__(self, inputs, width, outputs, stride, averages):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = shortcut(inputs, outputs, stride, averages)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, outputs, stride, averages):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = shortcut(inputs, outputs, stride, averages)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


def shortcut(inputs, outputs, stride, averages):
    if stride == 1 and inputs == outputs:
        return None
    if not averages:
        return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
    pool = nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False) if stride > 1 else nn.Identity()
    return nn.Sequential(pool, nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


class SmallResNet(nn.Module):
    """With torchvision's names. `stages`: width inside a block, outputs, number of blocks."""

    def __init__(self, block, channels, stem, stages, classes, averages):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, stem, 7, 2, 3, bias=False), nn.BatchNorm2d(stem)
        inputs = stem
        for number, (width, outputs, count) in enumerate(stages, 1):
            blocks = []
            for index in range(count):
                blocks.append(block(inputs, width, outputs, 2 if number > 1 and index == 0 else 1, averages))
                inputs = outputs
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for number in range(1, 5):
            x = getattr(self, f"layer{number}")(x)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def convolution(inputs, outputs, side, stride=1, groups=1, activation=nn.ReLU):
    """Convolution, batch normalization and, unless it is None, activation."""
    layers = [nn.Conv2d(inputs, outputs, side, stride, side // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([activation()] if activation else []))


def small_vgg():
    return nn.Sequential(
        convolution(3, 6, 3), nn.MaxPool2d(2), convolution(6, 8, 3), convolution(8, 8, 3), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d((3, 4)),
        nn.Flatten(), nn.Linear(96, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 5))


class Fire(nn.Module):
    def __init__(self, inputs, squeezed, expanded):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1x1, self.expand3x3 = nn.Conv2d(squeezed, expanded, 1), nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


def small_squeezenet():
    """Without batch normalization; its logits are averages of what a ReLU leaves."""
    pool = functools.partial(nn.MaxPool2d, 3, 2, ceil_mode=True)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2), nn.ReLU(), pool(), Fire(8, 4, 6), Fire(12, 4, 6), pool(), Fire(12, 5, 8),
        nn.Dropout(), nn.Conv2d(16, 5, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


class DenseLayer(nn.Module):
    """Its first normalization reads a concatenation, and no convolution stands before it."""

    def __init__(self, inputs, growth):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, 2 * growth, 1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(2 * growth), nn.Conv2d(2 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x):
        y = self.conv1(F.relu(self.norm1(x)))
        return torch.cat([x, self.conv2(F.relu(self.norm2(y)))], 1)


def small_densenet():
    transition = nn.Sequential(nn.BatchNorm2d(14), nn.ReLU(), nn.Conv2d(14, 7, 1, bias=False), nn.AvgPool2d(2))
    return nn.Sequential(
        convolution(3, 6, 7, 2), nn.MaxPool2d(3, 2, 1), DenseLayer(6, 4), DenseLayer(10, 4), transition,
        DenseLayer(7, 4), DenseLayer(11, 4), nn.BatchNorm2d(15), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(15, 5))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv = nn.Sequential(
            convolution(inputs, 3 * inputs, 1, activation=nn.ReLU6),
            convolution(3 * inputs, 3 * inputs, 3, stride, groups=3 * inputs, activation=nn.ReLU6),
            convolution(3 * inputs, outputs, 1, activation=None))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


def small_mobilenet():
    return nn.Sequential(
        convolution(3, 6, 3, 2, activation=nn.ReLU6), InvertedResidual(6, 6, 1), InvertedResidual(6, 8, 2), InvertedResidual(8, 8, 1),
        convolution(8, 16, 1, activation=nn.ReLU6), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(16, 5))


class Inception(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.branch1 = convolution(inputs, 4, 1)
        self.branch2 = nn.Sequential(convolution(inputs, 3, 1), convolution(3, 5, 3))
        self.branch3 = nn.Sequential(convolution(inputs, 2, 1), convolution(2, 3, 5))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), convolution(inputs, 2, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


def small_inception():
    return nn.Sequential(
        convolution(3, 6, 7, 2), nn.MaxPool2d(3, 2, ceil_mode=True), Inception(6), nn.MaxPool2d(3, 2, ceil_mode=True), Inception(14),
        nn.MaxPool2d(2, 2, ceil_mode=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(14, 5))


@dataclass
class Small:
    make: object
    seed: int
    size: tuple[int, int]
    mean = [0.4, 0.5, 0.6]
    std = [0.3, 0.4, 0.5]

    @property
    def is_onnx(self) -> bool:
        return self.make not in RESNETS


def small_resnet(block, outputs):
    stages = [(3, outputs[0], 2), (4, outputs[1], 1), (5, outputs[2], 2), (6, outputs[3], 1)]
    return SmallResNet(block, 3, 4, stages, 5, averages=False)


RESNETS = [functools.partial(small_resnet, Bottleneck, (6, 8, 10, 12)), functools.partial(small_resnet, BasicBlock, (4, 6, 8, 10))]
# Seeds for which relevance is well-conditioned: Zennit in single and in double precision agree to 1e-5 (`golden` checks it).
SMALL = {
    "resnet-bottleneck": Small(RESNETS[0], 7, (45, 52)),
    "resnet-basic": Small(RESNETS[1], 1, (45, 52)),
    "vgg": Small(small_vgg, 1, (27, 32)),
    "squeezenet": Small(small_squeezenet, 1, (33, 30)),
    "densenet": Small(small_densenet, 1, (33, 30)),
    "mobilenet": Small(small_mobilenet, 1, (27, 30)),
    "inception": Small(small_inception, 1, (34, 32)),
}


def randomize(model: nn.Module) -> None:
    for part in model.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(part.weight)
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.uniform_(part.bias, -0.5, 0.5)
            nn.init.uniform_(part.running_mean, -0.5, 0.5)
            nn.init.uniform_(part.running_var, 0.2, 2)


def random_model(make, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    model = make().eval()
    randomize(model)
    return model


def random_inputs(count: int, size, mean: list[float], std: list[float]) -> torch.Tensor:
    """Pictures of noise between black and white, as the network wants them: many of their values are negative."""
    noise = torch.rand(count, len(mean), *size)
    return (noise - torch.tensor(mean).view(-1, 1, 1)) / torch.tensor(std).view(-1, 1, 1)


def shipped(path: Path) -> nn.Module:
    model = resnet50()
    missing, unexpected = model.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()}, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    return model.eval()


SHIPPED_MEAN, SHIPPED_STD = [MEAN], [STD]
TORCHVISION_MEAN, TORCHVISION_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
# With the layer that Grad-CAM weighs.
TORCHVISION = {
    "resnet18": "layer4", "resnet50": "layer4", "vgg11_bn": "features", "squeezenet1_1": "classifier.2", "densenet121": "features.norm5",
    "mobilenet_v2": "features", "googlenet": "inception5b"}


def torchvision_model(name: str) -> tuple[nn.Module, torch.Tensor]:
    """Random weights, and a picture. Well-conditioned there and where integrated gradients look on the way to it."""
    torch.manual_seed(1)
    options = {"aux_logits": False, "transform_input": False, "init_weights": False} if name == "googlenet" else {}
    model = getattr(torchvision.models, name)(weights=None, **options).eval()
    for part in model.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(part.weight)
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.uniform_(part.bias, -0.3, 0.3)
    picture, *others = random_inputs(3, (224, 224), TORCHVISION_MEAN, TORCHVISION_STD).split(1)
    way = explain.path(picture, composites.bounds(TORCHVISION_MEAN, TORCHVISION_STD)[0].float(), explain.COARSE.steps)
    condition(model, torch.cat([way, *others]), len(way))
    merge_normalizations(model)
    return model, picture


def metadata(size, mean: list[float], std: list[float], classes: list[str]) -> dict[str, str]:
    values = {"input_size": [len(mean), *size], "mean": mean, "std": std, "classes": classes}
    return {key: json.dumps(value) for key, value in values.items()}


def save_safetensors(model: nn.Module, path: Path, properties: dict[str, str]) -> None:
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, path, properties)
    path.chmod(0o644)


def save_onnx(model: nn.Module, path: Path, properties: dict[str, str]) -> None:
    """With the exporter that traces: it merges normalization where it follows a convolution. The properties become metadata."""
    batch = {0: "batch"}
    torch.onnx.export(
        model, (torch.zeros(1, *json.loads(properties["input_size"])),), path, dynamo=False, opset_version=17, input_names=["input"],
        output_names=["logits"], dynamic_axes={"input": batch, "logits": batch})
    file = onnx.load(path)
    onnx.helper.set_model_props(file, properties)
    onnx.checker.check_model(file)
    onnx.save(file, path)


def onnx_logits(path: Path, inputs: torch.Tensor) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]).run(None, {"input": inputs.numpy()})[0]
