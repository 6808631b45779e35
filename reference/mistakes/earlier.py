"""Known mistakes of layers of earlier assignments: affine, ReLU and softmax."""

from reference.mistakes.mistake import Mistake, mistakes_of

__all__ = ["MISTAKES"]

_DW, _DB = "dw = x_rows.T @ dout", "db = dout.sum(axis=0)"

MISTAKES: tuple[Mistake, ...] = (
    *mistakes_of(
        "affine_forward",
        ("affine-bias-forgotten", "The bias is left out.", "out", (("out = x_rows @ w + b\n", "out = x_rows @ w\n"),)),
    ),
    *mistakes_of(
        "affine_backward",
        (
            "affine-db-first-example-only",
            "db has what the first example gives: what all examples give adds up.",
            "db",
            ((_DB, "db = dout[0].copy()"),),
        ),
        ("affine-db-mean", "db is a mean: what all examples give adds up.", "db", ((_DB, "db = dout.mean(axis=0)"),)),
        (
            "affine-dx-flat",
            "dx is flat: it has the shape of x.",
            "dx",
            (("(dout @ w.T).reshape(x.shape)", "dout @ w.T"),),
        ),
        (
            "affine-dw-divided-by-examples",
            "dw is divided by the number of examples: the loss does that already, in dout.",
            "dw",
            ((_DW, f"{_DW} / len(x)"),),
        ),
        ("affine-dw-negated", "The sign of dw is flipped.", "dw", ((_DW, f"{_DW.replace('= ', '= -')}"),)),
        (
            "affine-gradients-in-another-order",
            "dx, dw and db are returned in another order than documented.",
            "dx dw",
            (("return dx, dw, db", "return dw, dx, db"),),
        ),
    ),
    *mistakes_of(
        "relu_forward",
        (
            "relu-absolute-value",
            "Negative values become positive: they should become zero.",
            "out",
            (("np.maximum(x, 0)", "np.abs(x)"),),
        ),
        (
            "relu-without-effect",
            "Negative values stay: they should become zero.",
            "out",
            (("np.maximum(x, 0)", "x + 0"),),
        ),
        (
            "relu-of-the-other-side",
            "Positive values become zero: it should be the negative ones.",
            "out",
            (("np.maximum(x, 0)", "np.minimum(x, 0)"),),
        ),
    ),
    *mistakes_of(
        "relu_backward",
        (
            "relu-sign-of-dout",
            "It asks whether dout is positive: what counts is the x of the forward pass.",
            "dx",
            (("np.where(x > 0, dout, 0)", "np.where(dout > 0, dout, 0)"),),
        ),
        (
            "relu-backward-without-effect",
            "dout is passed on everywhere: where x was negative nothing of it is.",
            "dx",
            (("np.where(x > 0, dout, 0)", "dout + 0"),),
        ),
        (
            "relu-mask-for-gradient",
            "dx does not depend on dout: it says only where x was positive.",
            "dx",
            (("np.where(x > 0, dout, 0)", "np.where(x > 0, 1.0, 0.0)"),),
        ),
        (
            "relu-backward-of-the-other-side",
            "dout is passed on where x was negative: it should be where x was positive.",
            "dx",
            (("np.where(x > 0, dout, 0)", "np.where(x < 0, dout, 0)"),),
        ),
        (
            "relu-gradient-times-x",
            "dout is multiplied by x: how out grows does not depend on the size of x.",
            "dx",
            (("np.where(x > 0, dout, 0)", "np.where(x > 0, x * dout, 0)"),),
        ),
    ),
    *mistakes_of(
        "softmax_loss",
        (
            "loss-gradient-not-divided",
            "The gradients are those of the sum over the examples: the loss is their mean.",
            "dx",
            (("dx /= N", "dx /= 1"),),
        ),
        (
            "loss-not-divided",
            "The softmax loss is the mean over the images, not the sum.",
            "loss",
            (("float(-log_probs[rows, y].mean())", "float(-log_probs[rows, y].sum())"),),
        ),
        (
            "loss-and-gradient-not-divided",
            "Loss and gradient are those of the sum over the examples: the loss is their mean.",
            "loss dx",
            (("float(-log_probs[rows, y].mean())", "float(-log_probs[rows, y].sum())"), ("dx /= N", "dx /= 1")),
        ),
        (
            "softmax-loss-negated",
            "The sign of the loss is flipped: it is minus the logarithm of a probability.",
            "loss",
            (("float(-log_probs", "float(log_probs"),),
        ),
        (
            "softmax-label-not-subtracted",
            "The gradient is the probabilities alone: at its label each example's is smaller by one.",
            "dx",
            (("    dx[rows, y] -= 1\n", ""),),
        ),
    ),
)
