"""Faults that students make, each as small edits of the reference's answer files, with what it should lose."""

from dataclasses import dataclass

from reference.samples.texts import CNN, LAYERS, Edit

__all__ = ["FAULTS", "FUNCTIONS", "Fault"]

#: the functions that earn points
FUNCTIONS = (
    "conv_forward_naive",
    "conv_backward_naive",
    "max_pool_forward_naive",
    "max_pool_backward_naive",
    "spatial_batchnorm_forward",
    "spatial_batchnorm_backward",
    "spatial_groupnorm_forward",
    "spatial_groupnorm_backward",
    "ThreeLayerConvNet",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; faults of different slots can be had together."""

    title: str
    #: the piece of code that it changes
    slot: str
    edits: tuple[Edit, ...]
    #: functions that lose points by it
    loses: tuple[str, ...]
    #: how many students of a class have it, from 0 to 1
    share: float


def _fault(slot: str, share: float, title: str, *edits: tuple[str, str], loses: str = "", place: str = LAYERS) -> Fault:
    return Fault(title, slot, tuple(Edit(place, old, new) for old, new in edits), tuple(loses.split()), share)


# The lines of the reference that faults touch, where more than one of them touches a line.
_CROP = "    dx = dx_pad[:, :, pad : pad + H, pad : pad + W]  # not [pad:-pad], which is empty when pad is 0\n"
_BIAS = "    db = dout.sum(axis=(0, 2, 3))\n"
_CONV_HEIGHT = "    H_out = 1 + (H + 2 * pad - HH) // stride\n"
_CONV_WIDTH = "    W_out = 1 + (W + 2 * pad - WW) // stride\n"
_POOL_HEIGHT = "    H_out = 1 + (H - pool_height) // stride\n"
_POOL_WIDTH = "    W_out = 1 + (W - pool_width) // stride\n"
_POOL_STORE = "        dx[n, c, top + row, left + col] += dout[n, c, i, j]\n"
_POOL_WINDOW = "        row, col = np.unravel_index(window.argmax(), window.shape)\n"
_GRADS = '{"W1": dW1 + reg * W1, "W2": dW2 + reg * W2, "W3": dW3 + reg * W3, "b1": db1, "b2": db2, "b3": db3}'
_RUNNING_MEAN = "running_mean = momentum * running_mean + (1 - momentum) * mean"
_RUNNING_VAR = "running_var = momentum * running_var + (1 - momentum) * var"
_CONV, _CONV_BACK = "conv_forward_naive", "conv_backward_naive"
_POOL, _POOL_BACK = "max_pool_forward_naive", "max_pool_backward_naive"
_BN, _GN, _NET = "spatial_batchnorm_forward", "spatial_groupnorm_forward", "ThreeLayerConvNet"

# Shares are about those found among 150 public solutions of this assignment.
FAULTS: dict[str, Fault] = {
    "pad0": _fault(
        "conv crop",
        0.50,
        "conv_backward_naive cuts the padding off with [pad:-pad], which leaves nothing when pad is 0",
        (_CROP, "    dx = dx_pad[:, :, pad:-pad, pad:-pad]\n"),
        loses=_CONV_BACK,
    ),
    "bias-sum": _fault(
        "conv bias",
        0.06,
        "conv_backward_naive takes the bias gradient of the first image alone",
        (_BIAS, "    db = dout[0].sum(axis=(1, 2))\n"),
        loses=_CONV_BACK,
    ),
    "bias-shape": _fault(
        "conv bias",
        0.06,
        "conv_backward_naive returns the bias gradient as a row, (1, F)",
        (_BIAS, "    db = dout.sum(axis=(0, 2, 3)).reshape(1, -1)\n"),
        loses=_CONV_BACK,
    ),
    "square": _fault(
        "sizes",
        0.10,
        "the output is taken to be as wide as it is high",
        (_CONV_WIDTH, "    W_out = H_out\n"),
        (_POOL_WIDTH, "    W_out = H_out\n"),
        loses=f"{_CONV} {_POOL}",
    ),
    "float-sizes": _fault(
        "sizes",
        0.10,
        "output sizes come from /, which gives floats since Python 3, and from np.int, which NumPy has dropped",
        (_CONV_HEIGHT, _CONV_HEIGHT.replace("//", "/")),
        (_CONV_WIDTH, _CONV_WIDTH.replace("//", "/")),
        (_POOL_HEIGHT, "    H_out = np.int(1 + (H - pool_height) / stride)\n"),
        (_POOL_WIDTH, "    W_out = np.int(1 + (W - pool_width) / stride)\n"),
        loses=f"{_CONV} {_POOL}",
    ),
    "overlap": _fault(
        "pool backward",
        0.45,
        "max_pool_backward_naive overwrites where windows overlap",
        (_POOL_STORE, _POOL_STORE.replace("+=", "=")),
        loses=_POOL_BACK,
    ),
    "crash": _fault(
        "pool backward",
        0.01,
        "max_pool_backward_naive ends the whole process",
        ("import numpy as np\n", "import os\n\nimport numpy as np\n"),
        (_POOL_WINDOW, _POOL_WINDOW + "        os._exit(1)  # look at row and col first\n"),
        loses=_POOL_BACK,
    ),
    "zeros": _fault(
        "pool backward",
        0.02,
        "max_pool_backward_naive returns zeros",
        (_POOL_STORE, "        pass  # put dout[n, c, i, j] into dx\n"),
        loses=_POOL_BACK,
    ),
    "eps": _fault(
        "batchnorm test",
        0.10,
        "batchnorm_forward leaves eps out in test mode",
        ("(x - running_mean) / np.sqrt(running_var + eps)", "(x - running_mean) / np.sqrt(running_var)"),
        loses=_BN,
    ),
    "sample-variance": _fault(
        "batchnorm running",
        0.12,
        "batchnorm_forward keeps the running variance with n - 1",
        (_RUNNING_VAR, _RUNNING_VAR.replace("* var", "* x.var(axis=0, ddof=1)")),
        loses=_BN,
    ),
    "momentum": _fault(
        "batchnorm running",
        0.04,
        "batchnorm_forward takes momentum for the share of the new value",
        (_RUNNING_MEAN, "running_mean = (1 - momentum) * running_mean + momentum * mean"),
        (_RUNNING_VAR, "running_var = (1 - momentum) * running_var + momentum * var"),
        loses=_BN,
    ),
    "writes-x": _fault(
        "groupnorm forward",
        0.03,
        "spatial_groupnorm_forward normalises in place and so changes its argument x",
        (
            "    x_hat = ((groups - mean) / std).reshape(x.shape)\n",
            "    groups -= mean\n    groups /= std\n    x_hat = groups.reshape(x.shape)\n",
        ),
        loses=_GN,
    ),
    "endless": _fault(
        "groupnorm backward",
        0.01,
        "spatial_groupnorm_backward counts up from two groups and never ends where there is one",
        (
            "    G = std.shape[1]\n",
            "    G = 2\n    while G != std.shape[1]:\n        G += 1\n",
        ),
        loses="spatial_groupnorm_backward",
    ),
    "prints": _fault(
        "groupnorm backward",
        0.20,
        "spatial_groupnorm_backward prints",
        (
            "    dx_hat = (dout * gamma).reshape(N, G, C // G, H, W)\n",
            "    dx_hat = (dout * gamma).reshape(N, G, C // G, H, W)\n"
            '    print("dbeta", dbeta.shape, "dgamma", dgamma.shape)\n'
            '    print("dx_hat", dx_hat.shape)\n',
        ),
    ),
    "relu-sign": _fault(
        "relu backward",
        0.02,
        "relu_backward asks whether dout is positive, not x",
        ("    dx = np.where(x > 0, dout, 0)\n", "    dx = np.where(dout > 0, dout, 0)\n"),
        loses=_NET,
    ),
    "relu-writes": _fault(
        "relu backward",
        0.17,
        "relu_backward writes into dout",
        ("    dx = np.where(x > 0, dout, 0)\n", "    dx = dout\n    dx[x <= 0] = 0\n"),
    ),
    "no-half": _fault(
        "network loss",
        0.04,
        "the regularisation of the loss lacks its 0.5",
        ("loss += 0.5 * reg * sum(", "loss += reg * sum("),
        loses=_NET,
        place=CNN,
    ),
    "plain-gradients": _fault(
        "network grads",
        0.10,
        "the loss is regularised and the gradients are not",
        (_GRADS, '{"W1": dW1, "W2": dW2, "W3": dW3, "b1": db1, "b2": db2, "b3": db3}'),
        loses=_NET,
        place=CNN,
    ),
    "left-over-import": _fault(
        "cnn import",
        0.04,
        "cnn.py stops in a debugger that is not there",
        ("import numpy as np\n", "import numpy as np\nfrom IPython.core.debugger import Tracer\n"),
        ("        pooled, conv_cache =", "        Tracer()()\n        pooled, conv_cache ="),
        loses=_NET,
        place=CNN,
    ),
    "python2": _fault(
        "layers syntax",
        0.05,
        "layers.py prints as Python 2 did, so that Python 3 cannot read it",
        ("    out = x_rows @ w + b\n", '    out = x_rows @ w + b\n    print "affine", out.shape\n'),
        loses=" ".join(FUNCTIONS),
    ),
}
