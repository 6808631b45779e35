"""Known mistakes of the three-layer network."""

from reference.mistakes.mistake import Mistake, Row, mistakes_of

__all__ = ["MISTAKES"]

# Lines of the reference that several mistakes touch.
_POOLED = "pooled_size = num_filters * (H // 2) * (W // 2)"
_DRAW = "np.random.normal(0.0, weight_scale, "
_W1, _W2, _W3 = (f'self.params["{name}"] = {_DRAW}' for name in ("W1", "W2", "W3"))
_FORWARD = "pooled, conv_cache = conv_relu_pool_forward(X, W1, b1, conv_param, pool_param)"
_BACKWARD = "_, dW1, db1 = conv_relu_pool_backward(dpooled, conv_cache, need_dx=False)"
_SCORES = "scores, output_cache = affine_forward(hidden, W3, b3)"
_PENALTY = "loss += 0.5 * reg * sum(float(np.sum(W * W)) for W in (W1, W2, W3))"
_GRADS = '{"W1": dW1 + reg * W1, "W2": dW2 + reg * W2, "W3": dW3 + reg * W3, "b1": db1, "b2": db2, "b3": db3}'
_LOSS = "loss, dscores = softmax_loss(scores, y)"
_UNPLEASANT = "The regulariser of the gradients does not fit the 0.5 in the loss."
_ALL = "W1 b1 W2 b2 W3 b3"


def _without(*names: str) -> str:
    """Returns the gradients without the regulariser of some weights."""
    grads = _GRADS
    for name in names:
        grads = grads.replace(f" + reg * {name}", "")
    return grads


def _drawn(*changes: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Returns the edits that draw all three weights in another way."""
    rows = []
    for line in (_W1, _W2, _W3):
        new = line
        for old, instead in changes:
            new = new.replace(old, instead)
        rows.append((line, new))
    return tuple(rows)


_SCALE_IGNORED = (
    "network-weight-scale-ignored",
    "weight_scale has no effect: it is the deviation of the new weights.",
    "W1",
)
_STARTS: tuple[Row, ...] = (
    (*_SCALE_IGNORED, _drawn(("weight_scale", "1e-3"))),
    (*_SCALE_IGNORED, _drawn(("weight_scale", "1e-2"))),
    (*_SCALE_IGNORED, _drawn(("weight_scale", "1.0"))),
    (
        "network-weight-scale-taken-for-variance",
        "weight_scale is taken for the variance of the new weights: it is their deviation.",
        "W1",
        _drawn(("weight_scale", "weight_scale**0.5")),
    ),
    (
        "network-weight-scale-squared",
        "The deviation of the new weights is the square of weight_scale.",
        "W1",
        _drawn(("weight_scale", "weight_scale**2")),
    ),
    (
        "network-weights-uniform",
        "The new weights are drawn evenly from an interval: they come from a Gaussian.",
        "W1",
        _drawn(("np.random.normal(0.0, weight_scale, ", "weight_scale * np.random.random_sample(")),
    ),
    (
        "network-weights-zero",
        "The new weights are all zero, so that all units stay alike: they are drawn.",
        "W1",
        _drawn(("np.random.normal(0.0, weight_scale, ", "np.zeros(")),
    ),
    (
        "network-biases-start-at-one",
        "The biases of a new network start at one: they start at zero.",
        "b1",
        (("np.zeros(size)", "np.ones(size)"),),
    ),
    (
        "network-biases-drawn",
        "The biases of a new network are drawn like weights: they start at zero.",
        "b1",
        (("np.zeros(size)", "np.random.normal(0.0, weight_scale, size)"),),
    ),
)

MISTAKES: tuple[Mistake, ...] = mistakes_of(
    "ThreeLayerConvNet",
    # The constructor
    (
        "network-pooling-not-counted",
        "W2 has a row for every pixel before the pooling: after it there are fewer.",
        "W2",
        ((_POOLED, "pooled_size = num_filters * H * W"),),
    ),
    (
        "network-pooling-counted-once",
        "W2 has too many rows: the pooling halves both height and width.",
        "W2",
        ((_POOLED, "pooled_size = num_filters * (H * W) // 2"),),
    ),
    (
        "network-images-taken-for-square",
        "W2 has the rows of a square image: height and width may differ.",
        "W2",
        ((_POOLED, "pooled_size = num_filters * (H // 2) ** 2"),),
    ),
    (
        "network-images-taken-for-square",
        "W2 has the rows of a square image: height and width may differ.",
        "W2",
        ((_POOLED, "pooled_size = num_filters * (W // 2) ** 2"),),
    ),
    (
        "network-filters-not-counted",
        "W2 has rows for the pixels of one filter: every filter gives as many.",
        "W2",
        ((_POOLED, "pooled_size = (H // 2) * (W // 2)"),),
    ),
    (
        "network-channels-counted-for-filters",
        "W2 has rows for every channel of the image: after the convolution there is one for every filter.",
        "W2",
        ((_POOLED, "pooled_size = C * (H // 2) * (W // 2)"),),
    ),
    (
        "network-weights-transposed",
        "A weight has its axes in another order than documented.",
        "W3",
        ((f"{_W3}(hidden_dim, num_classes)", f"{_W3}(num_classes, hidden_dim)"),),
    ),
    (
        "network-weights-transposed",
        "A weight has its axes in another order than documented.",
        "W2",
        (("(pooled_size, hidden_dim)", "(hidden_dim, pooled_size)"),),
    ),
    (
        "network-filter-channels-forgotten",
        "W1 has one channel: a filter has as many channels as the image.",
        "W1",
        (("(num_filters, C, filter_size, filter_size)", "(num_filters, 1, filter_size, filter_size)"),),
    ),
    (
        "network-biases-as-rows",
        "The biases are rows, (1, D): documented is (D,).",
        "b1 b2 b3",
        (("np.zeros(size)", "np.zeros((1, size))"),),
    ),
    *_STARTS,
    # Scores
    (
        "network-no-relu-after-convolution",
        "There is no ReLU between the convolution and the pooling.",
        "scores loss grads",
        (
            (
                _FORWARD,
                "a, conv_cache = conv_forward_fast(X, W1, b1, conv_param)\n"
                "        pooled, pool_cache = max_pool_forward_fast(a, pool_param)",
            ),
            (_BACKWARD, "_, dW1, db1 = conv_backward_fast(max_pool_backward_fast(dpooled, pool_cache), conv_cache)"),
        ),
    ),
    (
        "network-no-relu-between-affine-layers",
        "There is no ReLU between the two affine layers.",
        "scores loss grads",
        (
            ("affine_relu_forward(pooled, W2, b2)", "affine_forward(pooled, W2, b2)"),
            ("affine_relu_backward(dhidden, hidden_cache)", "affine_backward(dhidden, hidden_cache)"),
        ),
    ),
    (
        "network-relu-after-scores",
        "A ReLU follows the last affine layer: scores may be negative.",
        "scores loss grads",
        (
            (_SCORES, "scores, output_cache = affine_relu_forward(hidden, W3, b3)"),
            ("affine_backward(dscores, output_cache)", "affine_relu_backward(dscores, output_cache)"),
        ),
    ),
    (
        "network-probabilities-for-scores",
        "These are probabilities: scores are what the last affine layer gives, before the softmax.",
        "scores loss grads",
        (
            (
                _SCORES,
                f"{_SCORES}\n"
                "        scores = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
                "        scores = scores / scores.sum(axis=1, keepdims=True)",
            ),
        ),
    ),
    (
        "network-first-bias-forgotten",
        "The bias of the convolution is left out.",
        "scores loss grads",
        (("(X, W1, b1, conv_param", "(X, W1, 0 * b1, conv_param"),),
    ),
    (
        "network-hidden-bias-forgotten",
        "The bias of the hidden layer is left out.",
        "scores loss grads",
        (("affine_relu_forward(pooled, W2, b2)", "affine_relu_forward(pooled, W2, 0 * b2)"),),
    ),
    (
        "network-last-bias-forgotten",
        "The bias of the output layer is left out.",
        "scores loss grads",
        (("affine_forward(hidden, W3, b3)", "affine_forward(hidden, W3, 0 * b3)"),),
    ),
    # The regulariser
    (
        "network-regulariser-without-half-in-loss",
        "The regulariser has no factor 0.5.",
        "loss",
        (("loss += 0.5 * reg", "loss += reg"),),
    ),
    (
        "network-regulariser-missing-from-loss",
        "The regulariser is missing from the loss.",
        "loss",
        ((_PENALTY, "pass"),),
    ),
    (
        "network-regulariser-missing",
        "reg has no effect, neither in the loss nor in the gradients.",
        "loss W1 W2 W3",
        (("reg = float(self.reg)", "reg = 0.0"),),
    ),
    (
        "network-regulariser-missing-from-gradients",
        "The regulariser is missing from the gradients.",
        "W1 W2 W3",
        ((_GRADS, _without("W1", "W2", "W3")),),
    ),
    (
        "network-regulariser-twice-in-gradients",
        _UNPLEASANT,
        "W1 W2 W3",
        ((_GRADS, _GRADS.replace("reg *", "2 * reg *")),),
    ),
    (
        "network-regulariser-halved-in-gradients",
        _UNPLEASANT,
        "W1 W2 W3",
        ((_GRADS, _GRADS.replace("reg *", "0.5 * reg *")),),
    ),
    (
        "network-regulariser-without-half",
        "The regulariser has no factor 0.5, neither in the loss nor in the gradients.",
        "loss W1 W2 W3",
        (("loss += 0.5 * reg", "loss += reg"), (_GRADS, _GRADS.replace("reg *", "2 * reg *"))),
    ),
    (
        "network-regulariser-subtracted",
        "The regulariser is subtracted: it makes the loss larger.",
        "loss",
        ((_PENALTY, _PENALTY.replace("+=", "-=")),),
    ),
    (
        "network-regulariser-of-some-weights",
        "The regulariser of the loss leaves out some of the weights: it has W1, W2 and W3.",
        "loss",
        (("for W in (W1, W2, W3)", "for W in (W1, W2)"),),
    ),
    (
        "network-regulariser-of-some-weights",
        "The regulariser of the loss leaves out some of the weights: it has W1, W2 and W3.",
        "loss",
        (("for W in (W1, W2, W3)", "for W in (W2, W3)"),),
    ),
    (
        "network-regulariser-of-some-weights",
        "The regulariser of the loss leaves out some of the weights: it has W1, W2 and W3.",
        "loss",
        (("for W in (W1, W2, W3)", "for W in (W1, W3)"),),
    ),
    (
        "network-regulariser-of-some-weights",
        "The regulariser of the loss leaves out some of the weights: it has W1, W2 and W3.",
        "loss",
        (("for W in (W1, W2, W3)", "for W in (W1,)"),),
    ),
    (
        "network-regulariser-of-some-gradients",
        "The regulariser is missing from the gradients of some weights: W1, W2 and W3 have it.",
        "W1",
        ((_GRADS, _without("W1")),),
    ),
    (
        "network-regulariser-of-some-gradients",
        "The regulariser is missing from the gradients of some weights: W1, W2 and W3 have it.",
        "W2",
        ((_GRADS, _without("W2")),),
    ),
    (
        "network-regulariser-of-some-gradients",
        "The regulariser is missing from the gradients of some weights: W1, W2 and W3 have it.",
        "W3",
        ((_GRADS, _without("W3")),),
    ),
    (
        "network-regulariser-of-some-gradients",
        "The regulariser is missing from the gradients of some weights: W1, W2 and W3 have it.",
        "W1 W2",
        ((_GRADS, _without("W1", "W2")),),
    ),
    (
        "network-regulariser-of-some-gradients",
        "The regulariser is missing from the gradients of some weights: W1, W2 and W3 have it.",
        "W2 W3",
        ((_GRADS, _without("W2", "W3")),),
    ),
    (
        "network-regulariser-of-some-gradients",
        "The regulariser is missing from the gradients of some weights: W1, W2 and W3 have it.",
        "W1 W3",
        ((_GRADS, _without("W1", "W3")),),
    ),
    (
        "network-regulariser-of-some-weights",
        "The regulariser of the loss leaves out some of the weights: it has W1, W2 and W3.",
        "loss",
        (("for W in (W1, W2, W3)", "for W in (W1, W2, W2)"),),
    ),
    (
        "network-regulariser-of-some-weights",
        "The regulariser of the loss leaves out some of the weights: it has W1, W2 and W3.",
        "loss",
        (("for W in (W1, W2, W3)", "for W in (W1, W1, W3)"),),
    ),
    (
        "network-biases-regularised",
        "Biases are not regularised.",
        "loss",
        (("for W in (W1, W2, W3)", "for W in (W1, W2, W3, b1, b2, b3)"),),
    ),
    (
        "network-biases-regularised",
        "Biases are not regularised.",
        "loss b1 b2 b3",
        (
            ("for W in (W1, W2, W3)", "for W in (W1, W2, W3, b1, b2, b3)"),
            (
                _GRADS,
                _GRADS.replace("db1", "db1 + reg * b1")
                .replace("db2", "db2 + reg * b2")
                .replace("db3", "db3 + reg * b3"),
            ),
        ),
    ),
    (
        "network-biases-regularised",
        "Biases are not regularised.",
        "b1 b2 b3",
        (
            (
                _GRADS,
                _GRADS.replace("db1", "db1 + reg * b1")
                .replace("db2", "db2 + reg * b2")
                .replace("db3", "db3 + reg * b3"),
            ),
        ),
    ),
    (
        "network-absolute-values-regularised",
        "The regulariser adds up the sizes of the weights: it should be their squares.",
        "loss",
        (("float(np.sum(W * W))", "float(np.sum(np.abs(W)))"),),
    ),
    (
        "network-norms-regularised",
        "The regulariser adds up the norms of the weights: it should be their squares.",
        "loss",
        (("float(np.sum(W * W))", "float(np.sqrt(np.sum(W * W)))"),),
    ),
    (
        "network-regulariser-squared",
        "The regulariser holds the square of reg.",
        "loss",
        (("loss += 0.5 * reg *", "loss += 0.5 * reg * reg *"),),
    ),
    # Loss and gradients
    (
        "loss-not-divided",
        "The softmax loss is the mean over the images, not the sum.",
        "loss",
        ((_LOSS, f"{_LOSS}\n        loss *= len(y)"),),
    ),
    (
        "loss-gradient-not-divided",
        "The gradients are those of the sum over the examples: the loss is their mean.",
        _ALL,
        ((_LOSS, f"{_LOSS}\n        dscores = dscores * len(y)"),),
    ),
    (
        "network-gradients-divided-again",
        "The gradients are divided by the number of images a second time.",
        _ALL,
        ((_LOSS, f"{_LOSS}\n        dscores = dscores / len(y)"),),
    ),
    (
        "network-relu-backward-forgotten",
        "The backward pass of the hidden layer leaves out its ReLU.",
        "W1 b1 W2 b2",
        (("affine_relu_backward(dhidden, hidden_cache)", "affine_backward(dhidden, hidden_cache[0])"),),
    ),
    (
        "network-first-relu-backward-forgotten",
        "The backward pass of the convolution leaves out its ReLU.",
        "W1 b1",
        (
            (
                _BACKWARD,
                "_, dW1, db1 = conv_backward_fast(max_pool_backward_fast(dpooled, conv_cache[2]), conv_cache[0])",
            ),
        ),
    ),
    (
        "network-bias-gradients-swapped",
        "The gradients of the biases are stored under each other's names.",
        "b1 b2",
        ((_GRADS, _GRADS.replace("db1", "db9").replace("db2", "db1").replace("db9", "db2")),),
    ),
    (
        "network-weight-gradients-swapped",
        "The gradients of the weights are stored under each other's names.",
        "W2 W3",
        (
            (
                _GRADS,
                '{"W1": dW1 + reg * W1, "W2": dW3, "W3": dW2, "b1": db1, "b2": db2, "b3": db3}',
            ),
        ),
    ),
    (
        "network-bias-gradient-not-filled",
        "The gradient of a bias is zero: is what the backward pass gives stored under its name?",
        "b1",
        ((_GRADS, _GRADS.replace('"b1": db1', '"b1": 0 * db1')),),
    ),
    (
        "network-gradients-negated",
        "The signs of the gradients are flipped: the solver subtracts them.",
        _ALL,
        ((_GRADS, "{name: -g for name, g in " + _GRADS + ".items()}"),),
    ),
    (
        "network-learns-by-itself",
        "loss changes the parameters: the solver updates them, loss only reads them.",
        "W1",
        ((_GRADS, _GRADS + '\n        self.params["W1"] -= 0.1 * dW1'),),
    ),
)
