"""Writes the network in many ways that all give the same values, as students write them."""

from collections.abc import Iterator
from itertools import cycle
from textwrap import indent

__all__ = ["networks"]

STARTS = {
    "randn": """\
C, H, W = input_dim
self.params["W1"] = weight_scale * np.random.randn(num_filters, C, filter_size, filter_size)
self.params["b1"] = np.zeros(num_filters)
self.params["W2"] = weight_scale * np.random.randn(num_filters * H * W // 4, hidden_dim)
self.params["b2"] = np.zeros(hidden_dim)
self.params["W3"] = weight_scale * np.random.randn(hidden_dim, num_classes)
self.params["b3"] = np.zeros(num_classes)""",
    "shapes in a dictionary": """\
C, H, W = input_dim
shapes = {
    "W1": (num_filters, C, filter_size, filter_size),
    "W2": (num_filters * (H // 2) * (W // 2), hidden_dim),
    "W3": (hidden_dim, num_classes),
}
for name, shape in shapes.items():
    self.params[name] = np.random.normal(loc=0.0, scale=weight_scale, size=shape)
    self.params["b" + name[1]] = np.zeros(shape[0] if name == "W1" else shape[1])""",
    "update": """\
depth, height, width = input_dim
flat = num_filters * (height // 2) * (width // 2)
self.params.update(
    W1=np.random.normal(0, weight_scale, (num_filters, depth, filter_size, filter_size)),
    W2=np.random.normal(0, weight_scale, (flat, hidden_dim)),
    W3=np.random.normal(0, weight_scale, (hidden_dim, num_classes)),
    b1=np.zeros((num_filters,)),
    b2=np.zeros((hidden_dim,)),
    b3=np.zeros((num_classes,)),
)""",
    "standard normal, last layer first": """\
C, H, W = input_dim
after_pool = int(num_filters * (H / 2) * (W / 2))
for name, shape in (
    ("W3", (hidden_dim, num_classes)),
    ("W2", (after_pool, hidden_dim)),
    ("W1", (num_filters, C, filter_size, filter_size)),
):
    self.params[name] = np.random.standard_normal(shape) * weight_scale
for name, size in zip(("b1", "b2", "b3"), (num_filters, hidden_dim, num_classes)):
    self.params[name] = np.full(size, 0.0)""",
    "a helper": """\
def gaussian(*shape):
    return np.random.randn(*shape) * weight_scale

p = self.params
pool_out = (1 + (input_dim[1] - 2) // 2) * (1 + (input_dim[2] - 2) // 2)
p["W1"], p["b1"] = gaussian(num_filters, input_dim[0], filter_size, filter_size), np.zeros(num_filters)
p["W2"], p["b2"] = gaussian(num_filters * pool_out, hidden_dim), np.zeros(hidden_dim)
p["W3"], p["b3"] = gaussian(hidden_dim, num_classes), np.zeros(num_classes)""",
}

#: scores from X, and the gradients (without the regulariser) from dscores, as `grads`
LAYERS = {
    "fast layers, combined": (
        """\
a1, cache1 = conv_relu_pool_forward(X, W1, b1, conv_param, pool_param)
a2, cache2 = affine_relu_forward(a1, W2, b2)
scores, cache3 = affine_forward(a2, W3, b3)""",
        """\
da2, dW3, db3 = affine_backward(dscores, cache3)
da1, dW2, db2 = affine_relu_backward(da2, cache2)
dX, dW1, db1 = conv_relu_pool_backward(da1, cache1)
grads = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}""",
    ),
    "fast layers, one by one": (
        """\
out, conv_cache = conv_forward_fast(X, W1, b1, conv_param)
out, relu_cache = relu_forward(out)
out, pool_cache = max_pool_forward_fast(out, pool_param)
out, affine_cache = affine_forward(out, W2, b2)
out, relu2_cache = relu_forward(out)
scores, scores_cache = affine_forward(out, W3, b3)""",
        """\
d, grads["W3"], grads["b3"] = affine_backward(dscores, scores_cache)
d = relu_backward(d, relu2_cache)
d, grads["W2"], grads["b2"] = affine_backward(d, affine_cache)
d = max_pool_backward_fast(d, pool_cache)
d = relu_backward(d, relu_cache)
_, grads["W1"], grads["b1"] = conv_backward_fast(d, conv_cache)""",
    ),
    "naive layers": (
        """\
caches = {}
h, caches["conv"] = conv_forward_naive(X, W1, b1, conv_param)
h, caches["relu"] = relu_forward(h)
h, caches["pool"] = max_pool_forward_naive(h, pool_param)
h, caches["hidden"] = affine_relu_forward(h, W2, b2)
scores, caches["scores"] = affine_forward(h, W3, b3)""",
        """\
dh, grads["W3"], grads["b3"] = affine_backward(dscores, caches["scores"])
dh, grads["W2"], grads["b2"] = affine_relu_backward(dh, caches["hidden"])
dh = relu_backward(max_pool_backward_naive(dh, caches["pool"]), caches["relu"])
dh, grads["W1"], grads["b1"] = conv_backward_naive(dh, caches["conv"])""",
    ),
    "affine layers by hand": (
        """\
pooled, conv_cache = conv_relu_pool_forward(X, W1, b1, conv_param, pool_param)
flat = pooled.reshape(X.shape[0], -1)
before = flat.dot(W2) + b2
hidden = np.maximum(before, 0)
scores = hidden.dot(W3) + b3""",
        """\
grads["W3"], grads["b3"] = hidden.T.dot(dscores), dscores.sum(axis=0)
dhidden = dscores.dot(W3.T)
dhidden[before <= 0] = 0
grads["W2"], grads["b2"] = flat.T.dot(dhidden), dhidden.sum(axis=0)
dpooled = dhidden.dot(W2.T).reshape(pooled.shape)
grads["W1"], grads["b1"] = conv_relu_pool_backward(dpooled, conv_cache)[1:]""",
    ),
    "a list of caches": (
        """\
steps, out = [], X
for forward, backward, args in (
    (conv_relu_pool_forward, conv_relu_pool_backward, (W1, b1, conv_param, pool_param)),
    (affine_relu_forward, affine_relu_backward, (W2, b2)),
    (affine_forward, affine_backward, (W3, b3)),
):
    out, cache = forward(out, *args)
    steps.append((backward, cache))
scores = out""",
        """\
d = dscores
for number, (backward, cache) in zip((3, 2, 1), reversed(steps)):
    d, grads["W%d" % number], grads["b%d" % number] = backward(d, cache)""",
    ),
    "pooling and relu in the other order": (
        """\
conv, conv_cache = conv_forward_fast(X, W1, b1, conv_param)
pooled, pool_cache = max_pool_forward_fast(conv, pool_param)
first, relu1_cache = relu_forward(pooled)
second, relu2_cache = affine_relu_forward(first, W2, b2)
scores, last_cache = affine_forward(second, W3, b3)""",
        """\
dsecond, grads["W3"], grads["b3"] = affine_backward(dscores, last_cache)
dfirst, grads["W2"], grads["b2"] = affine_relu_backward(dsecond, relu2_cache)
dconv = max_pool_backward_fast(relu_backward(dfirst, relu1_cache), pool_cache)
_, grads["W1"], grads["b1"] = conv_backward_fast(dconv, conv_cache)""",
    ),
}

#: loss and dscores
LOSSES = {
    "softmax_loss": "loss, dscores = softmax_loss(scores, y)",
    "by hand": """\
n = X.shape[0]
shifted = scores - scores.max(axis=1, keepdims=True)
probabilities = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
loss = -np.sum(np.log(probabilities[np.arange(n), y])) / n
dscores = probabilities.copy()
dscores[np.arange(n), y] -= 1
dscores /= n""",
    "log-sum-exp": """\
top = scores.max(axis=1)
log_sum = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
loss = np.mean(log_sum - scores[np.arange(len(y)), y])
dscores = (np.exp(scores - log_sum[:, None]) - np.eye(scores.shape[1])[y]) / len(y)
dscores = dscores.astype(scores.dtype)""",
}

REGULARISERS = {
    "three terms": """\
loss += 0.5 * self.reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2) + np.sum(W3 ** 2))
grads["W1"] += self.reg * W1
grads["W2"] += self.reg * W2
grads["W3"] += self.reg * W3""",
    "a loop": """\
for name in ("W1", "W2", "W3"):
    loss = loss + self.reg * 0.5 * np.sum(self.params[name] * self.params[name])
    grads[name] = grads[name] + self.reg * self.params[name]""",
    "norms": """\
loss += self.reg / 2 * sum(np.linalg.norm(weights) ** 2 for weights in (W1, W2, W3))
for name, value in self.params.items():
    if value.ndim > 1:
        grads[name] = grads[name] + value * self.reg""",
    "dot products": """\
penalty = 0.0
for key in sorted(self.params):
    if key.startswith("W"):
        flat = self.params[key].ravel()
        penalty += np.dot(flat, flat)
        grads[key] = np.add(grads[key], np.multiply(self.reg, self.params[key]))
loss = loss + 0.5 * self.reg * penalty""",
}
RETURNS = (
    "return loss, grads",
    'return float(loss), {name: grads[name] for name in ("b3", "b2", "b1", "W3", "W2", "W1")}',
    "result = (loss, dict(grads))\nreturn result",
)

NETWORK = '''\
class ThreeLayerConvNet(object):
    """conv - relu - 2x2 max pool - affine - relu - affine - softmax"""

    def __init__(
        self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
        weight_scale=1e-3, reg=0.0, dtype=np.float32,
    ):
        self.params = {{}}
        self.reg = reg
        self.dtype = dtype
{start}
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def loss(self, X, y=None):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        W3, b3 = self.params["W3"], self.params["b3"]
        filter_size = W1.shape[2]
        conv_param = {{"stride": 1, "pad": (filter_size - 1) // 2}}
        pool_param = {{"pool_height": 2, "pool_width": 2, "stride": 2}}
{forward}
        if y is None:
            return scores
        grads = {{}}
{loss}
{backward}
{regulariser}
{end}
'''


def networks(n: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the name of a rewrite and its class's text, n times; no two have the same parts."""
    parts = [cycle(part.items()) for part in (STARTS, LAYERS, LOSSES, REGULARISERS)]
    for number in range(n):
        if number and number % 12 == 0:
            next(parts[2])
        (start, s), (layers, (forward, backward)), (loss, value), (regulariser, r) = map(next, parts)
        text = NETWORK.format(
            start=_inside(s),
            forward=_inside(forward),
            loss=_inside(value),
            backward=_inside(backward),
            regulariser=_inside(r),
            end=_inside(RETURNS[number % len(RETURNS)]),
        )
        name = f"network: {start}; {layers}; loss: {loss}; regulariser: {regulariser}; return {number % len(RETURNS)}"
        yield name, {"ThreeLayerConvNet": text}


def _inside(body: str) -> str:
    return indent(body, " " * 8)
