"""Right submissions written in other ways: each must earn every point."""

from collections.abc import Callable, Iterable
from functools import cache

from submissions.mutants import (
    BN,
    BN_BACK,
    CONV,
    CONV_BACK,
    FORWARD,
    GN,
    GN_BACK,
    GRADS,
    INIT,
    LOSS,
    POOL,
    POOL_BACK,
    STORE,
    WINDOW,
)
from submissions.variants import Edit, Rewrite, Variant, variant

# Convolution: what is cached, and how the sum is written.

IM2COL = """
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    columns = np.empty((C * HH * WW, N * H_out * W_out))
    position = 0
    for n in range(N):
        for i in range(H_out):
            for j in range(W_out):
                patch = x_pad[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                columns[:, position] = patch.ravel()
                position += 1
    product = w.reshape(F, -1).dot(columns) + b[:, None]
    out = product.reshape(F, N, H_out, W_out).swapaxes(0, 1)
    return out, {"columns": columns, "w": w, "shape": x.shape, "settings": (stride, pad)}
"""

IM2COL_BACK = """
    columns, w, shape = cache["columns"], cache["w"], cache["shape"]
    stride, pad = cache["settings"]
    N, C, H, W = shape
    F, _, HH, WW = w.shape
    H_out, W_out = dout.shape[2], dout.shape[3]
    rows = dout.swapaxes(0, 1).reshape(F, -1)
    db = rows.sum(axis=1)
    dw = rows.dot(columns.T).reshape(w.shape)
    dcolumns = w.reshape(F, -1).T.dot(rows)
    frame = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    position = 0
    for n in range(N):
        for i in range(H_out):
            for j in range(W_out):
                patch = dcolumns[:, position].reshape(C, HH, WW)
                frame[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW] += patch
                position += 1
    dx = frame[:, :, pad : pad + H, pad : pad + W]
"""

EINSUM = """
    s, p = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)], "constant")
    views = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    out = np.einsum("ncijpq,fcpq->nfij", views, w) + b.reshape(1, -1, 1, 1)
"""

EINSUM_BACK = """
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)], "constant")
    views = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    dw = np.einsum("ncijpq,nfij->fcpq", views, dout)
    db = np.einsum("nfij->f", dout)
    dpadded = np.zeros(padded.shape)
    for q, r in np.ndindex(*w.shape[2:]):
        last_row, last_col = q + s * dout.shape[2], r + s * dout.shape[3]
        dpadded[:, :, q:last_row:s, r:last_col:s] += np.einsum("nfij,fc->ncij", dout, w[:, :, q, r])
    dx = dpadded[:, :, p : p + x.shape[2], p : p + x.shape[3]]
"""

TENSORDOT = """
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    rows, cols = int((H + 2 * pad - HH) / stride + 1), int((W + 2 * pad - WW) / stride + 1)
    big = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    big[:, :, pad : H + pad, pad : W + pad] = x
    out = np.zeros((N, F, rows, cols))
    for r in range(rows):
        for c in range(cols):
            piece = big[:, :, r * stride : r * stride + HH, c * stride : c * stride + WW]
            out[:, :, r, c] = np.tensordot(piece, w, axes=([1, 2, 3], [1, 2, 3])) + b
"""

STRIDED = """
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, C, HH, WW = w.shape
    x_pad = np.ascontiguousarray(np.pad(x, ((0,), (0,), (pad,), (pad,)), mode="constant"))
    N, _, tall, wide = x_pad.shape
    H_out, W_out = (tall - HH) // stride + 1, (wide - WW) // stride + 1
    a, c, r, e = x_pad.strides
    windows = np.lib.stride_tricks.as_strided(
        x_pad, (N, H_out, W_out, C, HH, WW), (a, stride * r, stride * e, c, r, e), writeable=False
    )
    out = np.moveaxis(np.tensordot(windows, w, ([3, 4, 5], [1, 2, 3])), 3, 1) + b[:, None, None]
"""

BACKWARD_BY_CONVOLUTION = """
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    # Zeros between and around the gradient, then a convolution with the filters turned by half a circle.
    spread = np.zeros((N, F, H + 2 * pad + HH - 1, W + 2 * pad + WW - 1))
    n_rows, n_cols = dout.shape[2:]
    last_row, last_col = HH + (n_rows - 1) * stride, WW + (n_cols - 1) * stride
    spread[:, :, HH - 1 : last_row : stride, WW - 1 : last_col : stride] = dout
    turned = np.rot90(w, 2, axes=(2, 3)).swapaxes(0, 1)
    dx, _ = conv_forward_naive(spread, turned, np.zeros(C), {"stride": 1, "pad": 0})
    dx = dx[:, :, pad : pad + H, pad : pad + W]
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dw = np.zeros(w.shape)
    for p in range(HH):
        for q in range(WW):
            seen = x_pad[:, :, p : p + n_rows * stride : stride, q : q + n_cols * stride : stride]
            seen = seen[:, :, :n_rows, :n_cols]
            dw[:, :, p, q] = np.tensordot(dout, seen, axes=([0, 2, 3], [0, 2, 3]))
    db = np.sum(np.sum(np.sum(dout, axis=3), axis=2), axis=0)
"""

# Pooling: which of equal maxima, what is cached, and how windows are cut.

MASK_FORWARD = """
    h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    rows, cols = (H - h) // s + 1, (W - w) // s + 1
    out = np.empty((N, C, rows, cols))
    masks = {}
    for r in range(rows):
        for c in range(cols):
            window = x[:, :, r * s : r * s + h, c * s : c * s + w]
            out[:, :, r, c] = window.max(axis=(2, 3))
            masks[r, c] = window == out[:, :, r, c][:, :, None, None]
    return out, (masks, x.shape, (h, w, s))
"""

MASK_BACK = """
    masks, shape, (h, w, s) = cache
    dx = np.zeros(shape)
    for (r, c), mask in masks.items():
        dx[:, :, r * s : r * s + h, c * s : c * s + w] += mask * dout[:, :, r, c][:, :, None, None]
"""

ARGMAX_FORWARD = """
    stride, tall, wide = pool_param["stride"], pool_param["pool_height"], pool_param["pool_width"]
    windows = np.lib.stride_tricks.sliding_window_view(x, (tall, wide), axis=(2, 3))[:, :, ::stride, ::stride]
    flat = windows.reshape(*windows.shape[:4], tall * wide)
    winners = flat.argmax(axis=4)
    out = np.take_along_axis(flat, winners[..., None], axis=4)[..., 0]
    return [out, _Winners(winners, x.shape, stride, wide)]
"""

ARGMAX_BACK = """
    dx = np.zeros(cache.shape)
    n, c, i, j = np.indices(dout.shape)
    rows = i * cache.stride + cache.winners // cache.wide
    cols = j * cache.stride + cache.winners % cache.wide
    np.add.at(dx, (n, c, rows, cols), dout)
"""

WINNERS = """
    class _Winners:
        def __init__(self, winners, shape, stride, wide):
            self.winners, self.shape, self.stride, self.wide = winners, shape, stride, wide
"""

RESHAPE_WHERE_TILES = """
    stride, tall, wide = pool_param["stride"], pool_param["pool_height"], pool_param["pool_width"]
    N, C, H, W = x.shape
    if stride == tall == wide and H % tall == 0 and W % wide == 0:
        out = x.reshape(N, C, H // tall, tall, W // wide, wide).max(axis=3).max(axis=4)
    else:
        starts = [(i, j) for i in range(0, H - tall + 1, stride) for j in range(0, W - wide + 1, stride)]
        maxima = [x[:, :, i : i + tall, j : j + wide].max(axis=(2, 3)) for i, j in starts]
        out = np.stack(maxima, axis=2).reshape(N, C, (H - tall) // stride + 1, (W - wide) // stride + 1)
"""

TIES = f"winners = window == window.max()\n        dx[n, c, {WINDOW}] += "

# Normalisation

BN_BY_AXES = """
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    C = x.shape[1]
    mean_so_far, var_so_far = bn_param.get("running_mean", np.zeros(C)), bn_param.get("running_var", np.zeros(C))
    wide = lambda row: np.reshape(row, (1, C, 1, 1))
    if bn_param["mode"] == "train":
        mu, var = np.mean(x, axis=(0, 2, 3)), np.var(x, axis=(0, 2, 3))
        bn_param["running_mean"] = momentum * mean_so_far + (1.0 - momentum) * mu
        bn_param["running_var"] = momentum * var_so_far + (1.0 - momentum) * var
    else:
        mu, var = mean_so_far, var_so_far
    inverse = 1.0 / np.sqrt(wide(var) + eps)
    x_hat = (x - wide(mu)) * inverse
    out = x_hat * wide(gamma) + wide(beta)
    cache = {"x_hat": x_hat, "inverse": inverse, "gamma": wide(gamma)}
"""

BN_BY_AXES_BACK = """
    x_hat, inverse, gamma = cache["x_hat"], cache["inverse"], cache["gamma"]
    axes, m = (0, 2, 3), dout.size / dout.shape[1]
    dbeta, dgamma = dout.sum(axis=axes), (dout * x_hat).sum(axis=axes)
    step = m * dout - dbeta.reshape(1, -1, 1, 1) - x_hat * dgamma.reshape(1, -1, 1, 1)
    dx = gamma * inverse / m * step
"""

BN_BY_PIXELS = """
    N, C, H, W = x.shape
    lines = np.moveaxis(x, 1, 0).reshape(C, -1).T
    lines_out, cache = batchnorm_forward(lines, gamma, beta, bn_param)
    out = np.moveaxis(lines_out.T.reshape(C, N, H, W), 0, 1)
"""

BN_BY_PIXELS_BACK = """
    N, C, H, W = dout.shape
    lines = np.moveaxis(dout, 1, 0).reshape(C, -1).T
    dlines, dgamma, dbeta = batchnorm_backward(lines, cache)
    dx = np.moveaxis(dlines.T.reshape(C, N, H, W), 0, 1)
"""

BATCHNORM_IN_STEPS = """
    N, D = x.shape
    mu = 1.0 / N * np.sum(x, axis=0)
    xmu = x - mu
    var = 1.0 / N * np.sum(xmu ** 2, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta
    cache = [xhat, gamma, xmu, ivar, sqrtvar, var, eps]
    running_mean = momentum * running_mean
    running_mean += (1 - momentum) * mu
    running_var = momentum * running_var
    running_var += (1 - momentum) * var
"""

BATCHNORM_IN_STEPS_BACK = """
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * (var + eps) ** -1.5
    dmu = np.sum(dxhat * -ivar, axis=0) + dvar * np.mean(-2.0 * xmu, axis=0)
    dx = dxhat * ivar + dvar * 2 * xmu / N + dmu / N
"""

GN_BY_LAYERNORM = """
    N, C, H, W = x.shape
    rows = x.reshape(N * G, -1)
    ones, zeros = np.ones(rows.shape[1]), np.zeros(rows.shape[1])
    normed, inner = layernorm_forward(rows, ones, zeros, {"eps": eps})
    x_hat = normed.reshape(N, C, H, W)
    out = x_hat * gamma + beta
    cache = (G, x_hat, gamma, inner)
"""

GN_BY_LAYERNORM_BACK = """
    G, x_hat, gamma, inner = cache
    N, C, H, W = dout.shape
    dgamma, dbeta = np.zeros((1, C, 1, 1)), np.zeros((1, C, 1, 1))
    for c in range(C):
        dgamma[0, c, 0, 0] = np.sum(dout[:, c] * x_hat[:, c])
        dbeta[0, c, 0, 0] = np.sum(dout[:, c])
    drows, _, _ = layernorm_backward((dout * gamma).reshape(N * G, -1), inner)
    dx = drows.reshape(N, C, H, W)
"""

GN_BY_LOOPS = """
    N, C, H, W = x.shape
    size = C // G
    x_hat, stds = np.zeros(x.shape), np.zeros((N, G))
    for n in range(N):
        for g in range(G):
            part = x[n, g * size : (g + 1) * size]
            stds[n, g] = np.sqrt(np.mean((part - part.mean()) ** 2) + eps)
            x_hat[n, g * size : (g + 1) * size] = (part - part.mean()) / stds[n, g]
    out = gamma * x_hat + beta
    cache = (x_hat, stds, gamma, size)
"""

GN_BY_LOOPS_BACK = """
    x_hat, stds, gamma, size = cache
    dx = np.zeros(dout.shape)
    for n in range(dout.shape[0]):
        for g in range(stds.shape[1]):
            part = slice(g * size, (g + 1) * size)
            step, hat = (dout * gamma)[n, part], x_hat[n, part]
            dx[n, part] = (step - step.mean() - hat * (step * hat).mean()) / stds[n, g]
    dgamma = np.sum(dout * x_hat, axis=(0, 2, 3), keepdims=True)
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
"""

# Network

INIT_BY_GENERATOR = """
    C, H, W = input_dim
    rng = np.random.default_rng(5)
    shapes = {
        "b1": (num_filters,),
        "b2": (hidden_dim,),
        "b3": (num_classes,),
        "W3": (hidden_dim, num_classes),
        "W2": (num_filters * H // 2 * W // 2, hidden_dim),
        "W1": (num_filters, C, filter_size, filter_size),
    }
    for name, shape in shapes.items():
        self.params[name] = rng.normal(scale=weight_scale, size=shape) if name[0] == "W" else np.zeros(shape)
    self.num_classes = num_classes
"""

INIT_BY_PRODUCT = """
    C, H, W = input_dim
    P = self.params
    P["W1"] = weight_scale * np.random.randn(num_filters, C, filter_size, filter_size)
    P["b1"] = np.zeros((num_filters,))
    P["W2"] = weight_scale * np.random.randn(num_filters * int(H / 2) * int(W / 2), hidden_dim)
    P["b2"] = np.zeros(hidden_dim)
    P["W3"] = np.random.standard_normal((hidden_dim, num_classes)) * weight_scale
    P["b3"] = np.zeros(shape=num_classes)
"""

LOSS_BY_NAIVE_LAYERS = """
    P = self.params
    a1, conv_cache = conv_forward_naive(X, P["W1"], P["b1"], conv_param)
    r1, relu1_cache = relu_forward(a1)
    p1, pool_cache = max_pool_forward_naive(r1, pool_param)
    a2, affine2_cache = affine_forward(p1, P["W2"], P["b2"])
    r2, relu2_cache = relu_forward(a2)
    scores, affine3_cache = affine_forward(r2, P["W3"], P["b3"])
"""

LOSS_BY_NAIVE_LAYERS_BACK = """
    loss, d = softmax_loss(scores, y)
    grads = {}
    d, grads["W3"], grads["b3"] = affine_backward(d, affine3_cache)
    d = relu_backward(d, relu2_cache)
    d, grads["W2"], grads["b2"] = affine_backward(d, affine2_cache)
    d = max_pool_backward_naive(d, pool_cache)
    d = relu_backward(d, relu1_cache)
    _, grads["W1"], grads["b1"] = conv_backward_naive(d, conv_cache)
    for name, value in P.items():
        if "W" in name:
            loss += 0.5 * self.reg * np.sum(value ** 2)
            grads[name] += self.reg * value
"""

LOSS_OF_ONE_PIECE = """
    scores, caches = _all_forward(self.params, X, conv_param, pool_param)
"""

LOSS_OF_ONE_PIECE_BACK = """
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    probabilities = np.exp(shifted)
    probabilities /= np.sum(probabilities, axis=1, keepdims=True)
    N = len(y)
    loss = -np.mean(np.log(probabilities[np.arange(N), y] + 1e-12))
    d = probabilities.copy()
    d[np.arange(N), y] -= 1
    d /= N
    grads = _all_backward(d, caches)
    squares = [np.sum(self.params[k] ** 2) for k in ("W1", "W2", "W3")]
    loss = np.float64(loss + self.reg / 2 * sum(squares))
    grads.update({k: grads[k] + self.reg * self.params[k] for k in ("W1", "W2", "W3")})
"""

PIECES = """
    def _all_forward(P, X, conv_param, pool_param):
        first, one = conv_relu_pool_forward(X, P["W1"], P["b1"], conv_param, pool_param)
        second, two = affine_relu_forward(first, P["W2"], P["b2"])
        third, three = affine_forward(second, P["W3"], P["b3"])
        return third, [one, two, three]


    def _all_backward(d, caches):
        grads = {}
        d, grads["W3"], grads["b3"] = affine_backward(d, caches.pop())
        d, grads["W2"], grads["b2"] = affine_relu_backward(d, caches.pop())
        _, grads["W1"], grads["b1"] = conv_relu_pool_backward(d, caches.pop())
        return grads
"""

LOUD = 'print("shape", dout.shape)\n    '


@cache
def legal() -> tuple[Variant, ...]:
    """Returns all right variants, in the order of the assignment."""
    return (variant("the reference"), *_convolutions(), *_poolings(), *_norms(), *_networks(), *_manners())


def _convolutions() -> Iterable[Variant]:
    yield variant("convolution by im2col, cached", Rewrite(CONV, IM2COL), Rewrite(CONV_BACK, IM2COL_BACK))
    yield variant("convolution by einsum", Rewrite(CONV, EINSUM), Rewrite(CONV_BACK, EINSUM_BACK))
    yield variant("convolution by tensordot, in float64", Rewrite(CONV, TENSORDOT))
    yield variant("convolution by stride tricks", Rewrite(CONV, STRIDED))
    yield variant("convolution backward by a convolution", Rewrite(CONV_BACK, BACKWARD_BY_CONVOLUTION))
    yield variant(
        "convolution that caches the padded image",
        Edit(
            CONV,
            "out[n, f, i, j] = np.sum(window * w[f]) + b[f]",
            "out[n, f, i, j] = np.vdot(window, w[f]) + b[f]\n    return out, (x_pad, w, b, conv_param)",
        ),
        Edit(CONV_BACK, "x, w, _, conv_param = cache", "x_pad, w, _, conv_param = cache"),
        Edit(CONV_BACK, "    H, W = x.shape[2:]\n", ""),
        Edit(
            CONV_BACK,
            "    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))\n",
            "    H, W = x_pad.shape[2] - 2 * pad, x_pad.shape[3] - 2 * pad\n    x = x_pad\n",
        ),
    )
    yield variant(
        "convolution that caches more",
        Edit(
            CONV,
            "out[n, f, i, j] = np.sum(window * w[f]) + b[f]",
            "out[n, f, i, j] = np.sum(window * w[f]) + b[f]\n    return out, (x, w, b, conv_param, x_pad, None)",
        ),
        Edit(CONV_BACK, "x, w, _, conv_param = cache", "x, w, _, conv_param, x_pad, _ = cache"),
    )
    yield variant(
        "convolution backward that returns a list",
        Edit(CONV_BACK, "db = dout.sum(axis=(0, 2, 3))", "db = dout.sum(axis=(0, 2, 3))\n    return [dx, dw, db]"),
    )
    yield variant(
        "convolution with sizes by way of floats",
        Edit(CONV, "1 + (H + 2 * pad - HH) // stride", "int(1 + (H + 2 * pad - HH) / stride)"),
        Edit(CONV, "1 + (W + 2 * pad - WW) // stride", "int(np.floor(1 + (W + 2 * pad - WW) / stride))"),
    )
    yield variant("convolution in single precision", Edit(CONV, "dtype=np.result_type(x, w, b)", "dtype=np.float32"))
    yield variant(
        "convolution in column-major order",
        Edit(CONV, "np.result_type(x, w, b))", 'np.result_type(x, w, b), order="F")'),
        Edit(CONV_BACK, "np.result_type(dout, w))", 'np.result_type(dout, w), order="F")'),
    )


def _poolings() -> Iterable[Variant]:
    yield variant("pooling with masks, all of equal maxima", Rewrite(POOL, MASK_FORWARD), Rewrite(POOL_BACK, MASK_BACK))
    yield variant("pooling with winners", Rewrite(POOL, ARGMAX_FORWARD), Rewrite(POOL_BACK, ARGMAX_BACK), top=WINNERS)
    yield variant("pooling by reshape where windows tile", Rewrite(POOL, RESHAPE_WHERE_TILES))
    yield variant(
        "pooling backward to all of equal maxima", Edit(POOL_BACK, STORE, f"{TIES}winners * dout[n, c, i, j]")
    )
    yield variant(
        "pooling backward that splits among equal maxima",
        Edit(POOL_BACK, STORE, f"{TIES}winners / winners.sum() * dout[n, c, i, j]"),
    )
    yield variant(
        "pooling backward to the last of equal maxima",
        Edit(POOL_BACK, "window.argmax()", "window.size - 1 - window.ravel()[::-1].argmax()"),
    )
    yield variant("pooling in float64", Edit(POOL, ", dtype=x.dtype", ""), Edit(POOL_BACK, ", dtype=dout.dtype", ""))
    yield variant("pooling in single precision", Edit(POOL, "dtype=x.dtype", "dtype=np.float32"))
    yield variant(
        "pooling that caches its output",
        Edit(POOL, "].max()", "].max()\n    return out, (x, out, pool_param)"),
        Edit(POOL_BACK, "x, pool_param = cache", "x, out, pool_param = cache"),
        Edit(POOL_BACK, STORE, f"dx[n, c, {WINDOW}] += (window == out[n, c, i, j]) * dout[n, c, i, j]"),
    )


def _norms() -> Iterable[Variant]:
    yield variant("spatial batch norm by axes", Rewrite(BN, BN_BY_AXES), Rewrite(BN_BACK, BN_BY_AXES_BACK))
    yield variant("spatial batch norm by lines", Rewrite(BN, BN_BY_PIXELS), Rewrite(BN_BACK, BN_BY_PIXELS_BACK))
    yield variant(
        "batch norm in steps",
        Rewrite("batchnorm_forward", BATCHNORM_IN_STEPS),
        Rewrite("batchnorm_backward", BATCHNORM_IN_STEPS_BACK),
        Rewrite("batchnorm_backward_alt", BATCHNORM_IN_STEPS_BACK),
    )
    yield variant("group norm by layer norm", Rewrite(GN, GN_BY_LAYERNORM), Rewrite(GN_BACK, GN_BY_LAYERNORM_BACK))
    yield variant(
        "group norm in single precision", Edit(GN, "groups = x.reshape(", "groups = x.astype(np.float32).reshape(")
    )
    yield variant("group norm by loops", Rewrite(GN, GN_BY_LOOPS), Rewrite(GN_BACK, GN_BY_LOOPS_BACK))
    yield variant(
        "group norm in place on its own copy",
        Edit(
            GN,
            "x_hat = ((groups - mean) / std).reshape(x.shape)",
            "groups = groups.copy()\n    groups -= mean\n    groups /= std\n    x_hat = groups.reshape(x.shape)",
        ),
    )


def _networks() -> Iterable[Variant]:
    yield variant("network drawn by a generator, biases first", Rewrite(INIT, INIT_BY_GENERATOR))
    yield variant("network drawn by a product", Rewrite(INIT, INIT_BY_PRODUCT))
    yield variant(
        "network of naive layers",
        Rewrite(LOSS, LOSS_BY_NAIVE_LAYERS),
        Rewrite(LOSS, LOSS_BY_NAIVE_LAYERS_BACK, part=2),
    )
    yield variant(
        "network of one piece, with its own softmax",
        Rewrite(LOSS, LOSS_OF_ONE_PIECE),
        Rewrite(LOSS, LOSS_OF_ONE_PIECE_BACK, part=2),
        in_cnn=PIECES,
    )
    yield variant("network in float64", Edit(LOSS, "X.astype(self.dtype, copy=False)", "X.astype(np.float64)"))
    yield variant("network with images as they come", Edit(LOSS, "X = X.astype(self.dtype, copy=False)", "pass"))
    yield variant("network with a gradient for the images too", Edit(LOSS, GRADS, f'{GRADS} | {{"X": dpooled}}'))
    yield variant("network with a loss of its type", Edit(LOSS, GRADS, f"{GRADS}\n        loss = self.dtype(loss)"))
    yield variant("network with a loss of shape ()", Edit(LOSS, GRADS, f"{GRADS}\n        loss = np.array(loss)"))
    yield variant(
        "network with settings of its own", Edit(LOSS, FORWARD, f"self.conv_param = conv_param\n        {FORWARD}")
    )


def _manners() -> Iterable[Variant]:
    yield variant(
        "loud",
        Edit(CONV_BACK, "x, w, _, conv_param = cache", LOUD + "x, w, _, conv_param = cache"),
        Edit(GN_BACK, "x_hat, std, gamma = cache", LOUD + "x_hat, std, gamma = cache"),
        top='print("layers are here")',
        in_cnn='print("network is here")',
    )
    yield variant("relu by a mask", Edit("relu_backward", "dx = np.where(x > 0, dout, 0)", "dx = dout * (x > 0)"))
    yield variant(
        "relu that writes into dout",
        Edit("relu_backward", "dx = np.where(x > 0, dout, 0)", "dx = dout\n    dx[x < 0] = 0"),
    )
    yield variant(
        "seeds and settings at module level",
        top="""
            np.random.seed(0)
            np.set_printoptions(precision=3)
            np.seterr(all="warn")
            conv_forward = conv_forward_naive
            if __name__ == "__main__":
                print(1 / 0)
        """,
    )
    yield _encoded("Windows line ends", lambda text: text.replace("\n", "\r\n"))
    yield _encoded("byte order mark", lambda text: "\ufeff" + text)
    yield _encoded("tabs", lambda text: text.replace("    ", "\t"))
    yield _encoded("no last line end", str.rstrip)


def _encoded(name: str, change: Callable[[str], str]) -> Variant:
    plain = variant(name)
    return Variant(name, {place: change(content.decode()).encode() for place, content in plain.files.items()})
