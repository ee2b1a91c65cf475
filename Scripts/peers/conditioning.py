"""Random weights with which relevance is as well-conditioned around a picture as single precision needs.

Relevance jumps where a ReLU turns on, where another value wins a max pooling and where gamma's formula changes, and it grows without bound
where a sum cancels that divides it. Among millions of units a few lie within rounding of such a place, whatever the weights are, and
the order of additions decides on which side. One window of a VGG whose two highest values differ in the eighth digit is 4e-3 of max |R|.
So each layer gets, when it is reached:

- statistics of what comes to it, if it is a normalization; weights that make its values of size 1, if it is dense;
- a bias that puts 0 into the widest gap nearby between the values that a channel takes (as 12,544 values lie close, the gap
  is no wider than a thousandth of their spread, but a hundred times what rounding moves them);
- weights drawn again for a channel, if two values almost tie in a max pooling behind it.

Where relevance is divided by sums that it does not vanish with, a gap is not enough. Those of a residual block meet it if rules know only
weights (`flat`, `w-square`); its channels get biases with which almost all positions have one sign. The convolutions of a DenseNet
meet it always, as a normalization behind a concatenation hands relevance through: their channels get one sign everywhere, from a number
that is added to all weights. Their normalization takes that away again.
"""
import operator

import torch
import torch.nn.functional as F
from torch import fx, nn

# How far 0 may move, in standard deviations of what a layer's channels hold.
NEAR, FAR = 0.1, 4


class Conditioning(fx.Interpreter):
    """Runs a network on pictures and changes each layer in turn. The first `count` pictures are those that relevance is computed for."""

    def __init__(self, model: nn.Module, count: int):
        super().__init__(fx.symbolic_trace(model))
        self.layers = dict(self.module.named_modules())
        self.count = count

    def kind(self, node: fx.Node):
        """The module that computes the node, or its function."""
        return self.layers[node.target] if node.op == "call_module" else node.target

    def run_node(self, node: fx.Node):
        layer = self.kind(node)
        if layer in (operator.add, operator.iadd):
            return self.add(node)
        if not isinstance(layer, (nn.Conv2d, nn.Linear, nn.BatchNorm2d)):
            return super().run_node(node)
        x = self.env[node.args[0]]
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.copy_(x.mean((0, 2, 3)))
            layer.running_var.copy_(x.var((0, 2, 3)))
        elif isinstance(layer, nn.Conv2d):
            separate(layer, x[: self.count], self.pools(node))
            if layer.bias is None and not self.is_normalized(node):
                give_sign(layer, x[: self.count])
        else:
            layer.weight /= layer(x).std()
        result = layer(x)
        if layer.bias is None or self.is_normalized(node):
            return result
        return shift(layer, into_gap(result[: self.count], NEAR), result)

    def add(self, node: fx.Node) -> torch.Tensor:
        """Neither the sum nor the branch that is added may come close to 0."""
        a, b = (self.env[source] for source in node.args)
        branch = [source for source in node.args if isinstance(self.kind(source), nn.BatchNorm2d) and len(source.users) == 1][-1]
        result = a + b
        values = torch.cat([self.env[branch][: self.count], result[: self.count]])
        return shift(self.kind(branch), into_gap(values, FAR), result)

    def is_normalized(self, node: fx.Node) -> bool:
        return len(node.users) == 1 and isinstance(self.kind(next(iter(node.users))), nn.BatchNorm2d)

    def pools(self, node: fx.Node) -> list[nn.MaxPool2d]:
        """Those that see the node's channels in the order in which they are: behind normalization, ReLU, concatenation and each other."""
        for user in node.users:
            kind = self.kind(user)
            if isinstance(kind, nn.MaxPool2d):
                return [kind, *self.pools(user)]
            if isinstance(kind, (nn.BatchNorm2d, nn.ReLU)) or kind in (F.relu, torch.cat):
                found = self.pools(user)
                if found:
                    return found
        return []


def shift(layer: nn.Module, amount: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
    layer.bias += amount
    return result + amount.view(1, -1, *[1] * (result.dim() - 2))


def into_gap(values: torch.Tensor, reach: float) -> torch.Tensor:
    """[N, C, ...] -> [C]: what to add to a channel so that 0 is as far from all its values as it gets within reach.

    Of several places that are a standard deviation away from all, the nearest.
    """
    ordered = values.transpose(0, 1).flatten(1).sort(1).values
    # Of a dense layer each channel holds one value only: the layer's own spread stands for it.
    spread = ordered.var(1).mean().sqrt() if values.dim() > 2 else ordered.std()
    reach = reach * spread
    ends = torch.stack([-reach, reach]).expand(len(ordered), 2)
    places = torch.cat([ends, (ordered[:, 1:] + ordered[:, :-1]) / 2], 1)
    distances = torch.cat([(ordered[:, :, None] - ends[:, None]).abs().amin(1), (ordered[:, 1:] - ordered[:, :-1]) / 2], 1)
    score = distances.clamp(max=spread) - 1e-4 * places.abs()
    best = score.masked_fill(places.abs() > reach, float("-inf")).argmax(1, keepdim=True)
    return -places.gather(1, best)[:, 0]


def separate(layer: nn.Conv2d, x: torch.Tensor, pools: list[nn.MaxPool2d]) -> None:
    """Changes the weights of channels in which the two highest values of a window almost tie."""
    tied = torch.arange(layer.out_channels if pools else 0)
    while len(tied):
        y = F.conv2d(x, layer.weight[tied], None, layer.stride, layer.padding, layer.dilation)
        tied = tied[almost_ties(y, pools)]
        layer.weight[tied] += 0.1 * layer.weight.std() * torch.randn_like(layer.weight[tied])


def almost_ties(y: torch.Tensor, pools: list[nn.MaxPool2d]) -> torch.Tensor:
    """[N, C, H, W] -> [C]. Values that are the same are no tie: the first wins."""
    ties, spread = torch.zeros(y.shape[1], dtype=torch.bool), y.std((0, 2, 3))
    for pool in pools:
        pooled = pool(y)
        side, step, padding = (value if isinstance(value, int) else value[0] for value in (pool.kernel_size, pool.stride, pool.padding))
        (height, width), (rows, columns) = y.shape[2:], pooled.shape[2:]
        right, bottom = (max(0, (n - 1) * step + side - padding - size) for n, size in ((columns, width), (rows, height)))
        padded = F.pad(y, (padding, right, padding, bottom), value=float("-inf"))
        windows = padded.unfold(2, side, step).unfold(3, side, step)[:, :, :rows, :columns].flatten(4)
        second = windows.masked_fill(windows == pooled[..., None], float("-inf")).amax(-1)
        distances = (pooled - second).transpose(0, 1).flatten(1)
        ties |= distances.amin(1) < 0.25 / distances.shape[1] * spread
        y = pooled
    return ties


def give_sign(layer: nn.Conv2d, x: torch.Tensor) -> None:
    """Adds the same to all weights of a channel, so that it is positive everywhere or negative everywhere. `x` is behind a ReLU."""
    total = F.conv2d(x, torch.ones_like(layer.weight[:1]), None, layer.stride, layer.padding)
    mean = (layer(x) / total).transpose(0, 1).flatten(1)
    sign = torch.randint(0, 2, (layer.out_channels,)) * 2.0 - 1
    lowest = (mean * sign[:, None]).amin(1) - mean.std(1)
    layer.weight -= (sign * lowest).view(-1, 1, 1, 1)


@torch.no_grad()
def condition(model: nn.Module, pictures: torch.Tensor, count: int) -> None:
    """`model` is in evaluation mode. `count`: see `Conditioning`."""
    Conditioning(model, count).run(pictures)
