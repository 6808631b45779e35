"""The layers written in other ways than the reference's, with caches of their own: all of them are right answers."""

from typing import Any

import numpy as np

__all__ = ["OTHER_WAYS"]


def windows_of(x: Any, height: int, width: int, stride: int) -> Any:
    """Returns a view (N, C, H', W', height, width) of all windows."""
    every = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))
    return every[:, :, ::stride, ::stride]


def scatter(parts: Any, shape: Any, stride: int) -> Any:
    """Returns windows (N, C, H', W', height, width) added up in an image of a shape."""
    image = np.zeros(shape)
    for a, q in np.ndindex(parts.shape[4:]):
        rows = slice(a, a + stride * parts.shape[2], stride)
        cols = slice(q, q + stride * parts.shape[3], stride)
        image[:, :, rows, cols] += parts[..., a, q]
    return image


def conv_forward(x: Any, w: Any, b: Any, conv_param: Any) -> Any:
    pad, stride = conv_param["pad"], conv_param["stride"]
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    windows = windows_of(padded, *w.shape[2:], stride)
    out = np.einsum("ncijpq,fcpq->nfij", windows, w) + b[:, None, None]
    return out, (windows, padded.shape, w, pad, stride)


def conv_backward(dout: Any, cache: Any) -> Any:
    windows, shape, w, pad, stride = cache
    padded = scatter(np.einsum("nfij,fcpq->ncijpq", dout, w), shape, stride)
    dx = padded[:, :, pad : shape[2] - pad, pad : shape[3] - pad]
    return dx, np.einsum("nfij,ncijpq->fcpq", dout, windows), np.einsum("nfij->f", dout)


def pool_forward(x: Any, pool_param: Any) -> Any:
    stride = pool_param["stride"]
    windows = windows_of(x, pool_param["pool_height"], pool_param["pool_width"], stride)
    out = windows.max(axis=(4, 5))
    share = windows == out[..., None, None]
    return out, (share / share.sum(axis=(4, 5), keepdims=True), x.shape, stride)


def pool_backward(dout: Any, cache: Any) -> Any:
    share, shape, stride = cache
    return scatter(share * dout[..., None, None], shape, stride)


def normalize(x: Any, axes: Any, eps: float) -> Any:
    deviation = x - np.mean(x, axes, keepdims=True)
    scale = (np.mean(deviation**2, axes, keepdims=True) + eps) ** -0.5
    return deviation * scale, scale


def normalize_backward(dx_hat: Any, x_hat: Any, scale: Any, axes: Any) -> Any:
    n = x_hat.size / scale.size
    total, along = dx_hat.sum(axes, keepdims=True), (dx_hat * x_hat).sum(axes, keepdims=True)
    return scale / n * (n * dx_hat - total - x_hat * along)


def spatial_batchnorm_forward(x: Any, gamma: Any, beta: Any, bn_param: Any) -> Any:
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    mean, var = bn_param.get("running_mean", 0 * gamma), bn_param.get("running_var", 0 * gamma)
    column = (1, -1, 1, 1)
    if bn_param["mode"] == "test":
        x_hat, cache = (x - mean.reshape(column)) * (var.reshape(column) + eps) ** -0.5, None
    else:
        x_hat, scale = normalize(x, (0, 2, 3), eps)
        bn_param["running_mean"] = mean + (1 - momentum) * (np.mean(x, (0, 2, 3)) - mean)
        bn_param["running_var"] = var + (1 - momentum) * (np.var(x, (0, 2, 3)) - var)
        cache = [x_hat, scale, gamma]
    return x_hat * gamma.reshape(column) + beta.reshape(column), cache


def spatial_batchnorm_backward(dout: Any, cache: Any) -> Any:
    x_hat, scale, gamma = cache
    dx = normalize_backward(dout * gamma[None, :, None, None], x_hat, scale, (0, 2, 3))
    return dx, np.einsum("nchw,nchw->c", dout, x_hat), np.einsum("nchw->c", dout)


def spatial_groupnorm_forward(x: Any, gamma: Any, beta: Any, G: int, gn_param: Any) -> Any:
    rows, scale = normalize(x.reshape(len(x) * G, -1), (1,), gn_param.get("eps", 1e-5))
    return gamma * rows.reshape(x.shape) + beta, {"rows": rows, "scale": scale, "gamma": gamma}


def spatial_groupnorm_backward(dout: Any, cache: Any) -> Any:
    rows = cache["rows"]
    drows = (dout * cache["gamma"]).reshape(rows.shape)
    dx = normalize_backward(drows, rows, cache["scale"], (1,)).reshape(dout.shape)
    channels = (0, 2, 3)
    dgamma = np.sum(dout * rows.reshape(dout.shape), channels, keepdims=True)
    return dx, dgamma, np.sum(dout, channels, keepdims=True)


class Network:
    """conv - relu - pool - affine - relu - affine, on the functions above."""

    def __init__(
        self,
        input_dim: Any = (3, 32, 32),
        num_filters: int = 32,
        filter_size: int = 7,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        dtype: Any = np.float32,
    ) -> None:
        self.reg, self.dtype = reg, dtype
        depth, height, width = input_dim
        sizes = [
            (num_filters, depth, filter_size, filter_size),
            (num_filters * height * width // 4, hidden_dim),
            (hidden_dim, num_classes),
        ]
        self.params = {}
        for number, size in enumerate(sizes, 1):
            self.params[f"W{number}"] = (weight_scale * np.random.randn(*size)).astype(dtype)
            self.params[f"b{number}"] = np.zeros(size[0] if number == 1 else size[1], dtype)

    def loss(self, X: Any, y: Any = None) -> Any:
        p = self.params
        conv_param = {"stride": 1, "pad": p["W1"].shape[2] // 2}
        a, conv_cache = conv_forward(X, p["W1"], p["b1"], conv_param)
        pooled, pool_cache = pool_forward(a * (a > 0), {"stride": 2, "pool_height": 2, "pool_width": 2})
        flat = pooled.reshape(len(X), -1)
        hidden = np.maximum(flat @ p["W2"] + p["b2"], 0)
        scores = hidden @ p["W3"] + p["b3"]
        if y is None:
            return scores
        odds = np.exp(scores - scores.max(1)[:, None])
        probabilities = odds / odds.sum(1)[:, None]
        weights = [name for name in p if name[0] == "W"]
        penalty = sum((p[name].astype(float) ** 2).sum() for name in weights) / 2
        loss = -np.log(probabilities[range(len(y)), y]).mean() + self.reg * penalty
        dscores = (probabilities - np.eye(scores.shape[1])[y]) / len(y)
        dflat = (dscores @ p["W3"].T) * (hidden > 0)
        dpooled = (dflat @ p["W2"].T).reshape(pooled.shape)
        _, dW1, db1 = conv_backward(pool_backward(dpooled, pool_cache) * (a > 0), conv_cache)
        grads = {"W1": dW1, "b1": db1, "W2": flat.T @ dflat, "b2": dflat.sum(0)}
        grads |= {"W3": hidden.T @ dscores, "b3": dscores.sum(0)}
        return loss, {name: grads[name] + self.reg * p[name] * (name in weights) for name in grads}


OTHER_WAYS: dict[str, Any] = {
    "conv_forward_naive": conv_forward,
    "conv_backward_naive": conv_backward,
    "max_pool_forward_naive": pool_forward,
    "max_pool_backward_naive": pool_backward,
    "spatial_batchnorm_forward": spatial_batchnorm_forward,
    "spatial_batchnorm_backward": spatial_batchnorm_backward,
    "spatial_groupnorm_forward": spatial_groupnorm_forward,
    "spatial_groupnorm_backward": spatial_groupnorm_backward,
    "ThreeLayerConvNet": Network,
}
