"""The form of a network in which each of Zennit's rules finds the layer that it is for.

Zennit gives rules to modules. What a network computes without one (a residual `+`, `F.relu`, `F.adaptive_avg_pool2d`) gets no rule and hands
back its gradient instead, and a batch normalization needs to be merged into the convolution before it. Zennit's canonizers know
torchvision's ResNets and VGGs only, take any normalization that is registered behind a convolution for one that follows it (wrong in a
DenseNet), and leave a merged one with its epsilon, so that it still divides by sqrt(1 + 1e-5): 53 times in a ResNet50. The graph of a
network says all this exactly.
"""
import copy
import operator

import torch
import torch.nn.functional as F
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from zennit.layer import Sum

ADDITIONS = {operator.add, operator.iadd, torch.add}
MODULES = {
    F.relu: nn.ReLU, F.relu6: nn.ReLU6, F.avg_pool2d: nn.AvgPool2d, F.adaptive_avg_pool2d: nn.AdaptiveAvgPool2d,
    F.max_pool2d: nn.MaxPool2d}
# Their gradient is their rule: they hand back what they move.
GRADIENT_IS_THE_RULE = {torch.cat, torch.flatten, F.dropout}
RESHAPING_METHODS = {"flatten", "reshape", "size", "view"}


class FirstOfEqual(nn.Module):
    """Max pooling that takes values for equal which are equal in single precision: the first of them wins.

    Around a digit everything is equal. What a convolution makes of it differs by rounding in the 16th digit, depending on where the
    library that multiplies matrices cuts them; without this those errors would choose the winners.
    """

    def __init__(self, pool: nn.MaxPool2d):
        super().__init__()
        self.pool = nn.MaxPool2d(pool.kernel_size, pool.stride, pool.padding, pool.dilation, return_indices=True, ceil_mode=pool.ceil_mode)

    def forward(self, x):
        pooled, winners = self.pool(x.float())
        return x.flatten(2).gather(2, winners.flatten(2)).view_as(pooled)


def canonical(model: nn.Module) -> fx.GraphModule:
    """A copy of `model` with merged batch normalization, in which every sum, activation and average is a module."""
    traced = fx.symbolic_trace(copy.deepcopy(model).eval())
    for node in list(traced.graph.nodes):
        if node.op == "call_function":
            replace_function(traced, node)
        elif node.op == "call_module":
            merge_normalization(traced, node)
        elif node.op == "call_method" and node.target not in RESHAPING_METHODS:
            raise ValueError(f"no rule is known for {node.target}")
    for name, module in list(traced.named_modules()):
        if isinstance(module, nn.MaxPool2d):
            traced.add_submodule(name, FirstOfEqual(module))
        if hasattr(module, "inplace"):
            module.inplace = False
    traced.graph.lint()
    traced.recompile()
    return traced


def replace_function(traced: fx.GraphModule, node: fx.Node) -> None:
    if node.target in ADDITIONS:
        with traced.graph.inserting_before(node):
            stacked = traced.graph.call_function(torch.stack, (list(node.args), -1))
            replace(traced, node, unused_name(traced, node, "add"), Sum(), stacked)
    elif node.target in MODULES:
        options = {key: value for key, value in node.kwargs.items() if key != "inplace"}
        module = MODULES[node.target](*node.args[1:], **options)
        with traced.graph.inserting_before(node):
            replace(traced, node, unused_name(traced, node, node.target.__name__), module, node.args[0])
    elif node.target not in GRADIENT_IS_THE_RULE:
        raise ValueError(f"no rule is known for {node.target}")


def unused_name(traced: fx.GraphModule, node: fx.Node, kind: str) -> str:
    """`kind`, with the name of the module that computes the node: `layer1.0.add`."""
    stack = list(node.meta.get("nn_module_stack", {}).values())
    prefix = f"{stack[-1][0]}.{kind}" if stack and stack[-1][0] else kind
    taken = dict(traced.named_modules())
    return next(name for name in [prefix] + [f"{prefix}{n}" for n in range(2, 100)] if name not in taken)


def replace(traced: fx.GraphModule, node: fx.Node, name: str, module: nn.Module, source: fx.Node) -> None:
    traced.add_submodule(name, module.eval())
    node.replace_all_uses_with(traced.graph.call_module(name, (source,)))
    traced.graph.erase_node(node)


def merge_normalization(traced: fx.GraphModule, node: fx.Node) -> None:
    """Merges a batch normalization into the convolution that nothing but it reads; any other stays, and passes relevance through."""
    if isinstance(traced.get_submodule(node.target), nn.Identity) or merge_into_convolution(traced, node):
        node.replace_all_uses_with(node.args[0])
        traced.graph.erase_node(node)


def merge_into_convolution(model: nn.Module, node: fx.Node) -> bool:
    """Whether the node of the model's graph is a normalization that could be merged, and was."""
    source = node.args[0]
    if not isinstance(model.get_submodule(node.target), nn.BatchNorm2d) or source.op != "call_module" or len(source.users) > 1:
        return False
    convolution = model.get_submodule(source.target)
    if not isinstance(convolution, nn.Conv2d):
        return False
    set_submodule(model, source.target, fuse_conv_bn_eval(convolution, model.get_submodule(node.target)))
    return True


def set_submodule(model: nn.Module, path: str, module: nn.Module) -> None:
    parent, _, name = path.rpartition(".")
    setattr(model.get_submodule(parent), name, module)


def merge_normalizations(model: nn.Module) -> None:
    """Merges in the model's own precision: what a file holds afterwards are the numbers that every precision computes with."""
    for node in fx.symbolic_trace(model).graph.nodes:
        if node.op == "call_module" and merge_into_convolution(model, node):
            set_submodule(model, node.target, nn.Identity())
