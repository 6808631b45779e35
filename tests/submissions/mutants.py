"""Submissions that are wrong by one thing each, with the function whose checks must notice."""

from collections.abc import Iterable
from functools import cache

from submissions.variants import Edit, Rewrite, Variant, variant

CONV, CONV_BACK = "conv_forward_naive", "conv_backward_naive"
POOL, POOL_BACK = "max_pool_forward_naive", "max_pool_backward_naive"
BN, BN_BACK = "spatial_batchnorm_forward", "spatial_batchnorm_backward"
GN, GN_BACK = "spatial_groupnorm_forward", "spatial_groupnorm_backward"
NET, INIT, LOSS = "ThreeLayerConvNet", "ThreeLayerConvNet.__init__", "ThreeLayerConvNet.loss"

# What is said here of a function: the name of the mutant, the text that is replaced, what stands there instead. `None`
# for the text adds a line at the end.
Row = tuple[str, str | None, str]

LAST = {
    CONV: "        out[n, f, i, j] = np.sum(window * w[f]) + b[f]",
    CONV_BACK: "    db = dout.sum(axis=(0, 2, 3))",
    POOL: "        out[n, c, i, j] = x[n, c, top : top + pool_height, left : left + pool_width].max()",
    POOL_BACK: "        dx[n, c, top + row, left + col] += dout[n, c, i, j]",
    BN: "    out = flat_out.reshape(N, H, W, C).transpose(0, 3, 1, 2)",
    BN_BACK: "    dx = flat_dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)",
    GN: "    cache = (x_hat, std, gamma)",
    GN_BACK: "    dx = ((dx_hat - mean - x_hat * along) / std).reshape(dout.shape)",
}

CONV_ROWS: list[Row] = [
    ("flips the filters", "np.sum(window * w[f])", "np.sum(window * w[f, :, ::-1, ::-1])"),
    ("forgets the bias", " + b[f]", ""),
    ("adds the first bias everywhere", "+ b[f]", "+ b[0]"),
    ("adds the bias to every product", "np.sum(window * w[f]) + b[f]", "np.sum(window * w[f] + b[f])"),
    ("moves by one pixel", "top, left = i * stride, j * stride", "top, left = i, j"),
    ("moves by one column", "top, left = i * stride, j * stride", "top, left = i * stride, j"),
    ("pads with the edge", "(pad, pad), (pad, pad)))", '(pad, pad), (pad, pad)), mode="edge")'),
    ("pads with ones", "(pad, pad), (pad, pad)))", "(pad, pad), (pad, pad)), constant_values=1)"),
    ("pads on one side", "(pad, pad), (pad, pad)))", "(2 * pad, 0), (2 * pad, 0)))"),
    ("pads by one", 'conv_param["pad"]', "1"),
    ("sees the first channel", "np.sum(window * w[f])", "np.sum(window[0] * w[f, 0])"),
    ("is as wide as high", "W_out = 1 + (W + 2 * pad - WW) // stride", "W_out = H_out"),
    ("swaps the filter's sides", "F, _, HH, WW = w.shape", "F, _, WW, HH = w.shape"),
    ("has square windows", "left : left + WW", "left : left + HH"),
    ("does not pad when counting", "H_out = 1 + (H + 2 * pad - HH) // stride", "H_out = 1 + (H - HH) // stride"),
    ("truncates to int", "dtype=np.result_type(x, w, b)", "dtype=int"),
    ("works in half precision", "window * w[f]", "(window * w[f]).astype(np.float16)"),
    ("leaves out the last column", "np.ndindex(out.shape)", "np.ndindex(N, F, H_out, W_out - 1)"),
    ("takes the mean", "np.sum(window", "np.mean(window"),
    ("writes into x", None, "x += 1"),
    ("writes into w", None, "w[0] = 0"),
    ("returns a list", None, "out = out.tolist()"),
    ("returns NaN in a corner", None, "out[-1, -1, -1, -1] = np.nan"),
    ("is off by a millionth", None, "out *= 1.0000011"),
    ("returns zeros", None, "out[...] = 0"),
    ("drops axes of length one", None, "out = out.squeeze()"),
    ("puts channels last", None, "out = out.transpose(0, 2, 3, 1)"),
    ("returns one image", None, "out = out[:1]"),
]

CONV_BACK_ROWS: list[Row] = [
    ("crops with minus pad", "dx_pad[:, :, pad : pad + H, pad : pad + W]", "dx_pad[:, :, pad:-pad, pad:-pad]"),
    ("does not crop", "dx_pad[:, :, pad : pad + H, pad : pad + W]", "dx_pad"),
    ("crops at the corner", "dx_pad[:, :, pad : pad + H, pad : pad + W]", "dx_pad[:, :, :H, :W]"),
    ("crops a square", "pad : pad + W]", "pad : pad + H]"),
    ("overwrites dx", "dx_pad[n, :, rows, cols] += w[f]", "dx_pad[n, :, rows, cols] = w[f]"),
    ("keeps the last dw", "dw[f] += x_pad", "dw[f] = x_pad"),
    ("has the mean of dout", "db = dout.sum(", "db = dout.mean("),
    ("has db of the first image", "dout.sum(axis=(0, 2, 3))", "dout[0].sum(axis=(1, 2))"),
    ("has db over other axes", "axis=(0, 2, 3)", "axis=(0, 1, 2)"),
    ("has db with too few axes", "axis=(0, 2, 3)", "axis=(0, 2)"),
    ("has db as a row", "axis=(0, 2, 3))", "axis=(0, 2, 3)).reshape(1, -1)"),
    ("has db as a column", "axis=(0, 2, 3))", "axis=(0, 2, 3)).reshape(-1, 1)"),
    ("takes x unpadded", "(pad, pad), (pad, pad)))", "(0, 2 * pad), (0, 2 * pad)))"),
    ("moves by one pixel", "slice(i * stride, i * stride + HH)", "slice(i, i + HH)"),
    ("swaps the filter's sides", "HH, WW = w.shape[2:]", "WW, HH = w.shape[2:]"),
    ("flips the filters", "+= w[f] * dout", "+= w[f, :, ::-1, ::-1] * dout"),
    ("sees the first channel", "dx_pad[n, :, rows, cols] += w[f]", "dx_pad[n, 0, rows, cols] += w[f, 0]"),
    ("truncates to int", "dtype=np.result_type(dout, w)", "dtype=int"),
    ("truncates dw to int", None, "dw = dw.astype(int)"),
    ("swaps dx and dw", None, "dx, dw = dw, dx"),
    ("divides dx by N", None, "dx = dx / len(dx)"),
    ("divides dw by N", None, "dw = dw / len(dx)"),
    ("writes into dout", None, "dout *= 0.5"),
    ("writes into x", None, "x += 1"),
    ("writes into w", None, "w[0] = 0"),
    ("returns zeros", None, "dx, dw, db = 0 * dx, 0 * dw, 0 * db"),
    ("returns no db", None, "db = None"),
    ("returns two gradients", None, "return dx, dw"),
    ("returns NaN in a corner", None, "dx[0, 0, 0, 0] = np.nan"),
    ("has dw off by a hundred thousandth", None, "dw *= 1.00001"),
    ("has dx off by a hundred thousandth", None, "dx = dx * 1.00001"),
    ("has db off by a hundred thousandth", None, "db *= 1.00001"),
    ("transposes dw", None, "dw = dw.swapaxes(2, 3)"),
    ("drops axes of length one", None, "dx, dw = dx.squeeze(), dw.squeeze()"),
    ("goes up", None, "dx, dw, db = -dx, -dw, -db"),
]

SIZES = 'pool_height, pool_width = pool_param["pool_height"], pool_param["pool_width"]'
WINDOW = "top : top + pool_height, left : left + pool_width"
SWAPPED = SIZES.replace("pool_height, pool_width =", "pool_width, pool_height =")

POOL_ROWS: list[Row] = [
    ("takes the mean", "].max()", "].mean()"),
    ("takes the minimum", "].max()", "].min()"),
    ("takes the largest size", f"x[n, c, {WINDOW}].max()", f"np.abs(x[n, c, {WINDOW}]).max()"),
    ("never goes below zero", "].max()", "].max(initial=0)"),
    ("moves by the window", 'stride = pool_param["stride"]', 'stride = pool_param["pool_height"]'),
    ("moves by one pixel", "top, left = i * stride, j * stride", "top, left = i, j"),
    ("swaps the window's sides", SIZES, SWAPPED),
    ("has square windows", SIZES, 'pool_height = pool_width = pool_param["pool_height"]'),
    ("is as wide as high", "W_out = 1 + (W - pool_width) // stride", "W_out = H_out"),
    ("has short windows", "top : top + pool_height", "top : top + max(1, pool_height - 1)"),
    ("looks at the first image", "x[n, c, top", "x[0, c, top"),
    ("looks across channels", "x[n, c, top", "x[n, :, top"),
    ("truncates to int", "dtype=x.dtype", "dtype=int"),
    ("cuts the image into windows", "W_out = 1 + (W - pool_width) // stride", "W_out = W // pool_width"),
    ("writes into x", None, "x[x < 0] = 0"),
    ("returns zeros", None, "out[...] = 0"),
    ("returns NaN in a corner", None, "out[-1, -1, -1, -1] = np.nan"),
    ("is off by a millionth", None, "out *= 1.0000011"),
    ("drops axes of length one", None, "out = out.squeeze()"),
    ("merges images and channels", None, "out = out.reshape(N * C, H_out, W_out)"),
]

INDEX = "row, col = np.unravel_index(window.argmax(), window.shape)"
STORE = "dx[n, c, top + row, left + col] += dout[n, c, i, j]"

POOL_BACK_ROWS: list[Row] = [
    ("overwrites dx", STORE, STORE.replace("+=", "=")),
    ("finds the minimum", "window.argmax()", "window.argmin()"),
    ("shares among the window", STORE, f"dx[n, c, {WINDOW}] += dout[n, c, i, j] / window.size"),
    ("gives to the whole window", STORE, f"dx[n, c, {WINDOW}] += dout[n, c, i, j]"),
    ("reads the place in a square", INDEX, "row, col = divmod(int(window.argmax()), pool_height)"),
    ("moves by the window", 'stride = pool_param["stride"]', 'stride = pool_param["pool_height"]'),
    ("swaps the window's sides", SIZES, SWAPPED),
    (
        "counts ties twice",
        STORE,
        f"dx[n, c, {WINDOW}] += (window == window.max()) * dout[n, c, i, j] * (window == window.max()).sum()",
    ),
    ("drops ties", STORE, f"if (window == window.max()).sum() == 1:\n            {STORE}"),
    ("gives to equals in other windows", STORE, "dx[n, c] += (x[n, c] == window.max()) * dout[n, c, i, j]"),
    ("multiplies by the maximum", "+= dout[n, c, i, j]", "+= dout[n, c, i, j] * window.max()"),
    ("looks at the first image", "window = x[n, c,", "window = x[0, c,"),
    ("returns dout", None, "dx = dout"),
    ("returns zeros", None, "dx[...] = 0"),
    ("returns a tuple", None, "return (dx,)"),
    ("writes into dout", None, "dout *= 0.5"),
    ("writes into x", None, "x[...] = 0"),
    ("returns NaN in a corner", None, "dx[0, 0, 0, 0] = np.nan"),
    ("is off by a millionth", None, "dx *= 1.0000011"),
    ("adds a little everywhere", None, "dx += 1e-6"),
    ("truncates to int", "dtype=dout.dtype", "dtype=int"),
]

PIXELS = "pixels = x.transpose(0, 2, 3, 1).reshape(-1, C)"
NORMALISE = "batchnorm_forward(pixels, gamma, beta, bn_param)"

BN_ROWS: list[Row] = [
    ("returns channels last", ".transpose(0, 3, 1, 2)", ""),
    (
        "swaps height and width",
        "reshape(N, H, W, C).transpose(0, 3, 1, 2)",
        "reshape(N, W, H, C).transpose(0, 3, 2, 1)",
    ),
    ("keeps no statistics", NORMALISE, NORMALISE.replace("bn_param)", "dict(bn_param))")),
    ("forgets beta", NORMALISE, NORMALISE.replace("beta", "0 * beta")),
    ("writes into x", None, "x += 1"),
    ("writes into gamma", None, "gamma *= 2"),
    ("keeps statistics as rows", None, 'bn_param["running_mean"] = bn_param["running_mean"].reshape(1, -1)'),
    ("forgets the running mean", None, 'bn_param["running_mean"] = np.zeros(C)'),
    ("forgets the running variance", None, 'bn_param["running_var"] = np.ones(C)'),
    ("moves statistics in test mode", None, 'bn_param["running_mean"] = 0.99 * bn_param["running_mean"]'),
    ("has its own momentum", PIXELS, f'bn_param["momentum"] = 0.9\n    {PIXELS}'),
    ("has its own eps", PIXELS, f'bn_param["eps"] = 1e-5\n    {PIXELS}'),
    ("is off by a ten thousandth", None, "out = out * 1.00011"),
    ("returns NaN in a corner", None, "out[-1, -1, -1, -1] = np.nan"),
    ("returns zeros", None, "out = 0 * out"),
]

BN_BACK_ROWS: list[Row] = [
    ("returns channels last", ".transpose(0, 3, 1, 2)", ""),
    ("takes pixels for channels", "dout.transpose(0, 2, 3, 1).reshape(-1, C)", "dout.reshape(-1, C)"),
    (
        "swaps height and width",
        "reshape(N, H, W, C).transpose(0, 3, 1, 2)",
        "reshape(N, W, H, C).transpose(0, 3, 2, 1)",
    ),
    ("swaps dgamma and dbeta", "flat_dx, dgamma, dbeta =", "flat_dx, dbeta, dgamma ="),
    ("returns rows", None, "dgamma, dbeta = dgamma.reshape(1, -1), dbeta.reshape(1, -1)"),
    ("takes the statistics for constant", None, "dx = dout * (cache[2] / cache[1]).reshape(-1, 1, 1)"),
    ("has the mean for dgamma", None, "dgamma = dgamma / len(pixels)"),
    ("divides dx by N", None, "dx = dx / N"),
    ("goes up", None, "dx = -dx"),
    ("returns zeros", None, "dx, dgamma, dbeta = 0 * dx, 0 * dgamma, 0 * dbeta"),
    ("writes into dout", None, "dout += 1"),
    ("writes into gamma", None, "cache[2][...] = 0"),
    ("is off by a hundred thousandth", None, "dx = dx * 1.00001"),
    ("returns NaN in a corner", None, "dx[-1, -1, -1, -1] = np.nan"),
    ("returns one number for dbeta", None, "dbeta = dbeta.sum()"),
]

SHAPE = "N, C, H, W = x.shape"

GN_ROWS: list[Row] = [
    ("makes one group", SHAPE, f"{SHAPE}\n    G = 1"),
    ("makes a group of each channel", SHAPE, f"{SHAPE}\n    G = C"),
    ("swaps groups and channels", "x.reshape(N, G, C // G, H, W)", "x.reshape(N, C // G, G, H, W)"),
    (
        "divides by n - 1",
        "groups.var(axis=(2, 3, 4), keepdims=True)",
        "groups.var(axis=(2, 3, 4), keepdims=True, ddof=1)",
    ),
    ("adds eps to the root", "keepdims=True) + eps)", "keepdims=True)) + eps"),
    ("forgets eps", "keepdims=True) + eps)", "keepdims=True))"),
    ("has its own eps", SHAPE, f"{SHAPE}\n    eps = 1e-5"),
    ("forgets beta", "gamma * x_hat + beta", "gamma * x_hat"),
    ("subtracts beta", "gamma * x_hat + beta", "gamma * x_hat - beta"),
    ("forgets gamma", "gamma * x_hat + beta", "x_hat + beta"),
    (
        "divides by the variance",
        "std = np.sqrt(groups.var(axis=(2, 3, 4), keepdims=True) + eps)",
        "std = groups.var(axis=(2, 3, 4), keepdims=True) + eps",
    ),
    ("mixes the examples", "groups.mean(axis=(2, 3, 4)", "groups.mean(axis=(0, 2, 3, 4)"),
    ("has a mean per channel", "groups.mean(axis=(2, 3, 4)", "groups.mean(axis=(3, 4)"),
    ("keeps five axes", None, "out = out.reshape(groups.shape)"),
    ("writes into x", None, "x += 1"),
    ("writes into beta", None, "beta += 1"),
    ("is off by a ten thousandth", None, "out = out * 1.00011"),
    ("returns NaN in a corner", None, "out[-1, -1, -1, -1] = np.nan"),
]

TAKEN = "dx_hat - mean - x_hat * along"

GN_BACK_ROWS: list[Row] = [
    ("returns one axis", None, "dgamma, dbeta = dgamma.ravel(), dbeta.ravel()"),
    ("forgets the mean", TAKEN, "dx_hat - x_hat * along"),
    ("forgets the variance", TAKEN, "dx_hat - mean"),
    ("takes the statistics for constant", TAKEN, "dx_hat"),
    ("adds where it should subtract", TAKEN, "dx_hat - mean + x_hat * along"),
    ("divides by the variance", "/ std).reshape", "/ std**2).reshape"),
    ("does not divide", "/ std).reshape", ").reshape"),
    ("forgets gamma", "(dout * gamma).reshape", "dout.reshape"),
    (
        "has dgamma per example",
        "(dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)",
        "(dout * x_hat).sum(axis=(2, 3), keepdims=True)",
    ),
    (
        "has dbeta of the first image",
        "dout.sum(axis=(0, 2, 3), keepdims=True)",
        "dout[:1].sum(axis=(0, 2, 3), keepdims=True)",
    ),
    ("makes one group", "G = std.shape[1]", "G = 1"),
    ("means over all groups", "mean = dx_hat.mean(axis=(2, 3, 4)", "mean = dx_hat.mean(axis=(1, 2, 3, 4)"),
    ("swaps groups and channels", "reshape(N, G, C // G, H, W)", "reshape(N, C // G, G, H, W).swapaxes(1, 2)"),
    ("swaps dgamma and dbeta", None, "dgamma, dbeta = dbeta, dgamma"),
    ("returns zeros", None, "dx, dgamma, dbeta = 0 * dx, 0 * dgamma, 0 * dbeta"),
    ("writes into dout", None, "dout += 1"),
    ("writes into gamma", None, "gamma += 1"),
    ("is off by a hundred thousandth", None, "dx = dx * 1.00001"),
    ("returns NaN in a corner", None, "dx[-1, -1, -1, -1] = np.nan"),
    ("returns no dbeta", None, "dbeta = None"),
]

DRAW = "np.random.normal(0.0, weight_scale, "
W1, W2, W3 = (f'self.params["{name}"] = {DRAW}' for name in ("W1", "W2", "W3"))

INIT_ROWS: list[Row] = [
    ("squares the scale", W1, W1.replace("weight_scale", "weight_scale**2")),
    ("has the scale of a Xavier draw", W2, W2.replace("weight_scale", "pooled_size**-0.5")),
    ("has a mean", W2, W2.replace("0.0", "weight_scale")),
    ("draws uniformly", W2, 'self.params["W2"] = weight_scale * 3**0.5 * np.random.uniform(-1, 1, '),
    ("starts with zeros in W3", W3, 'self.params["W3"] = np.zeros('),
    ("draws biases", "np.zeros(size)", "weight_scale * np.random.randn(size)"),
    ("starts with biases of one", "np.zeros(size)", "np.ones(size)"),
    ("takes images for square", "(H // 2) * (W // 2)", "(H // 2) ** 2"),
    ("forgets the pooling", "(H // 2) * (W // 2)", "H * W"),
    ("transposes W3", "(hidden_dim, num_classes)", "(num_classes, hidden_dim)"),
    ("forgets b3", '("b2", hidden_dim), ("b3", num_classes)]', '("b2", hidden_dim)]'),
    ("writes w1 for W1", 'self.params["W1"]', 'self.params["w1"]'),
    ("has biases of the wrong length", '("b1", num_filters)', '("b1", filter_size)'),
]

FORWARD = "pooled, conv_cache = conv_relu_pool_forward(X, W1, b1, conv_param, pool_param)"
GRADS = '{"W1": dW1 + reg * W1, "W2": dW2 + reg * W2, "W3": dW3 + reg * W3, "b1": db1, "b2": db2, "b3": db3}'
PENALTY = "loss += 0.5 * reg * sum(float(np.sum(W * W)) for W in (W1, W2, W3))"
LOSS_LINE = "loss, dscores = softmax_loss(scores, y)"

LOSS_ROWS: list[Row] = [
    ("has no 0.5", "loss += 0.5 * reg", "loss += reg"),
    ("regularises twice in the gradients", GRADS, GRADS.replace("reg", "2 * reg")),
    ("regularises half in the gradients", GRADS, GRADS.replace("reg", "0.5 * reg")),
    (
        "has no regulariser in the gradients",
        GRADS,
        GRADS.replace(" + reg * W1", "").replace(" + reg * W2", "").replace(" + reg * W3", ""),
    ),
    ("has no regulariser in dW3", GRADS, GRADS.replace(" + reg * W3", "")),
    ("has no regulariser in the loss", PENALTY, ""),
    ("has no regulariser", "reg = float(self.reg)", "reg = 0.0"),
    ("regularises W1 alone in the loss", "for W in (W1, W2, W3)", "for W in (W1,)"),
    ("regularises biases", "for W in (W1, W2, W3)", "for W in (W1, W2, W3, b1, b2, b3)"),
    ("regularises the size", "float(np.sum(W * W))", "float(np.sum(np.abs(W)))"),
    ("sums the loss", LOSS_LINE, f"{LOSS_LINE}\n        loss *= len(y)"),
    ("has gradients of the summed loss", LOSS_LINE, f"{LOSS_LINE}\n        dscores = dscores * len(y)"),
    (
        "returns probabilities",
        "scores, output_cache = affine_forward(hidden, W3, b3)",
        "scores, output_cache = affine_forward(hidden, W3, b3)\n        scores = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)",
    ),
    (
        "shifts the scores",
        "scores, output_cache = affine_forward(hidden, W3, b3)",
        "scores, output_cache = affine_forward(hidden, W3, b3)\n        scores = scores - scores.max(axis=1, keepdims=True)",
    ),
    ("forgets b1", "(X, W1, b1, conv_param", "(X, W1, 0 * b1, conv_param"),
    ("forgets b3", "affine_forward(hidden, W3, b3)", "affine_forward(hidden, W3, 0 * b3)"),
    ("has no padding", FORWARD, f'conv_param["pad"] -= 1\n        {FORWARD}'),
    ("swaps dW2 and dW3", GRADS, GRADS.replace("dW2", "dW9").replace("dW3", "dW2").replace("dW9", "dW3")),
    ("swaps db2 and db1", GRADS, GRADS.replace("db1", "db9").replace("db2", "db1").replace("db9", "db2")),
    ("has no gradient of b1", GRADS, GRADS.replace('"b1": db1, ', "")),
    ("has zeros for the gradient of b1", GRADS, GRADS.replace('"b1": db1', '"b1": 0 * db1')),
    ("goes up", GRADS, "{name: -g for name, g in " + GRADS + ".items()}"),
    ("learns while it is asked", GRADS, GRADS + '\n        self.params["W1"] -= 0.1 * dW1'),
    ("has dW1 off by a ten thousandth", GRADS, GRADS.replace("dW1 +", "1.00011 * dW1 +")),
    ("has the loss off by a ten thousandth", PENALTY, f"{PENALTY}\n        loss *= 1.00011"),
    ("swaps loss and gradients", GRADS, f"{GRADS}\n        loss, grads = grads, loss"),
    ("works in half precision", "X.astype(self.dtype, copy=False)", "X.astype(np.float16)"),
]

BATCHNORM_ROWS: list[Row] = [
    ("leaves eps out in test mode", "np.sqrt(running_var + eps)", "np.sqrt(running_var)"),
    ("leaves eps out in training", "std = np.sqrt(var + eps)", "std = np.sqrt(var)"),
    ("divides by n - 1", "x.var(axis=0)", "x.var(axis=0, ddof=1)"),
    ("keeps the variance with n - 1", "(1 - momentum) * var", "(1 - momentum) * x.var(axis=0, ddof=1)"),
    (
        "takes momentum for the new share",
        "momentum * running_mean + (1 - momentum) * mean",
        "(1 - momentum) * running_mean + momentum * mean",
    ),
    ("keeps the deviation", "(1 - momentum) * var", "(1 - momentum) * std"),
    ("forgets beta in test mode", "np.sqrt(running_var + eps)) + beta", "np.sqrt(running_var + eps))"),
]
BATCHNORM_ALT_ROWS: list[Row] = [
    ("forgets the mean", "dx_hat - dx_hat.mean(axis=0) - x_hat", "dx_hat - x_hat"),
    ("forgets the variance", " - x_hat * (dx_hat * x_hat).mean(axis=0)", ""),
    ("sums where it should average", "dx_hat - dx_hat.mean(axis=0)", "dx_hat - dx_hat.sum(axis=0)"),
]


@cache
def mutants() -> tuple[Variant, ...]:
    """Returns all wrong variants, in the order of the assignment."""
    return (
        *_rows(CONV, CONV_ROWS),
        *_rows(CONV_BACK, CONV_BACK_ROWS),
        *_rows(POOL, POOL_ROWS),
        *_rows(POOL_BACK, POOL_BACK_ROWS),
        # A backward pass of these has no documented cache, so that it falls with its forward pass.
        *_rows(BN, BN_ROWS, also={BN_BACK}),
        *_rows(BN_BACK, BN_BACK_ROWS),
        *_rows(GN, GN_ROWS, also={GN_BACK}),
        *_rows(GN_BACK, GN_BACK_ROWS),
        *_rows(INIT, INIT_ROWS, breaks={NET}),
        *_rows(LOSS, LOSS_ROWS, breaks={NET}),
        *_rows(
            "batchnorm_forward",
            BATCHNORM_ROWS,
            breaks={"batchnorm_forward", BN},
            also={BN_BACK, "batchnorm_backward", "batchnorm_backward_alt"},
        ),
        *_rows("batchnorm_backward_alt", BATCHNORM_ALT_ROWS, breaks={"batchnorm_backward_alt", BN_BACK}),
        *_of_two_functions(),
    )


def _rows(
    function: str, rows: Iterable[Row], breaks: Iterable[str] = (), also: Iterable[str] = ()
) -> Iterable[Variant]:
    for name, old, new in rows:
        if old is None:
            blanks = 4 * " "
            edit = Edit(function, LAST[function], f"{LAST[function]}\n{blanks}{new}")
        else:
            edit = Edit(function, old, new)
        yield variant(f"{function} {name}", edit, breaks=breaks or {function}, also=also)


def _of_two_functions() -> tuple[Variant, ...]:
    """Returns mutants that change two functions at once, or that of an earlier assignment."""
    return (
        variant(
            "convolution of zeros",
            Edit(CONV, LAST[CONV], f"{LAST[CONV]}\n    out *= 0"),
            Edit(CONV_BACK, LAST[CONV_BACK], f"{LAST[CONV_BACK]}\n    dx, dw, db = 0 * dx, 0 * dw, 0 * db"),
            breaks={CONV, CONV_BACK},
        ),
        variant(
            "pooling of zeros",
            Edit(POOL, LAST[POOL], f"{LAST[POOL]}\n    out *= 0"),
            Edit(POOL_BACK, LAST[POOL_BACK], f"{LAST[POOL_BACK]}\n    dx *= 0"),
            breaks={POOL, POOL_BACK},
        ),
        variant(
            "flipped convolution with its own right derivative",
            Edit(CONV, "np.sum(window * w[f])", "np.sum(window * w[f, :, ::-1, ::-1])"),
            Edit(CONV_BACK, "+= w[f] * dout", "+= w[f, :, ::-1, ::-1] * dout"),
            Edit(CONV_BACK, LAST[CONV_BACK], f"{LAST[CONV_BACK]}\n    dw = dw[:, :, ::-1, ::-1]"),
            breaks={CONV, CONV_BACK},
        ),
        variant(
            "spatial batch norm over each image alone",
            Rewrite(
                BN,
                """
                N, C, H, W = x.shape
                mean, var = x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)
                x_hat = (x - mean) / np.sqrt(var + bn_param.get("eps", 1e-5))
                out = gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)
                """,
            ),
            breaks={BN, BN_BACK},
        ),
        variant(
            "spatial batch norm that is always in training",
            Edit(BN, PIXELS, f'mode, bn_param["mode"] = bn_param["mode"], "train"\n    {PIXELS}'),
            Edit(BN, LAST[BN], f'{LAST[BN]}\n    bn_param["mode"] = mode'),
            breaks={BN},
        ),
        variant(
            "spatial batch norm over pixels in the order of memory",
            Edit(BN, "x.transpose(0, 2, 3, 1).reshape(-1, C)", "x.reshape(-1, C)"),
            Edit(BN, "flat_out.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "flat_out.reshape(N, C, H, W)"),
            breaks={BN},
            also={BN_BACK},
        ),
        variant(
            "network without a ReLU between the affine layers",
            Edit(LOSS, "affine_relu_forward(pooled, W2, b2)", "affine_forward(pooled, W2, b2)"),
            Edit(LOSS, "affine_relu_backward(dhidden, hidden_cache)", "affine_backward(dhidden, hidden_cache)"),
            breaks={NET},
        ),
        variant(
            "network without a ReLU after the convolution",
            Edit(
                LOSS,
                FORWARD,
                "a, conv_cache = conv_forward_fast(X, W1, b1, conv_param)\n"
                "        pooled, pool_cache = max_pool_forward_fast(a, pool_param)",
            ),
            Edit(
                LOSS,
                "conv_relu_pool_backward(dpooled, conv_cache, need_dx=False)",
                "conv_backward_fast(max_pool_backward_fast(dpooled, pool_cache), conv_cache)",
            ),
            breaks={NET},
        ),
        variant(
            "relu_backward asks for the sign of dout",
            Edit("relu_backward", "np.where(x > 0, dout, 0)", "np.where(dout > 0, dout, 0)"),
            breaks={"relu_backward", NET},
        ),
        variant(
            "affine_backward has db of the first example",
            Edit("affine_backward", "dout.sum(axis=0)", "dout[0]"),
            breaks={"affine_backward", NET},
        ),
        variant(
            "affine_forward forgets its bias",
            Edit("affine_forward", "x_rows @ w + b", "x_rows @ w"),
            breaks={"affine_forward", NET},
        ),
        variant(
            "softmax_loss does not divide its gradient by N",
            Edit("softmax_loss", "dx /= N", "dx /= 1"),
            breaks={"softmax_loss", NET},
        ),
    )
