"""The graded functions a second time, in the vectorised form that many students choose; mutants are made of it, too."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    out = np.einsum("ncijpq,fcpq->nfij", windows, w) + b[None, :, None, None]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    H_out, W_out = dout.shape[2], dout.shape[3]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    d_padded, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for p in range(w.shape[2]):
        for q in range(w.shape[3]):
            rows = slice(p, p + stride * (H_out - 1) + 1, stride)
            cols = slice(q, q + stride * (W_out - 1) + 1, stride)
            dw[:, :, p, q] = np.einsum("nfij,ncij->fc", dout, padded[:, :, rows, cols])
            d_padded[:, :, rows, cols] += np.einsum("nfij,fc->ncij", dout, w[:, :, p, q])
    dx = d_padded[:, :, pad : padded.shape[2] - pad, pad : padded.shape[3] - pad]
    return dx, dw, dout.sum(axis=(0, 2, 3))


def max_pool_forward_naive(x, pool_param):
    h, w, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(x, (h, w), axis=(2, 3))[:, :, ::stride, ::stride]
    return windows.max(axis=(4, 5)), (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    h, w, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * stride, i * stride + h), slice(j * stride, j * stride + w)
            window = x[:, :, rows, cols]
            largest = window == window.max(axis=(2, 3), keepdims=True)
            share = largest / largest.sum(axis=(2, 3), keepdims=True)
            dx[:, :, rows, cols] += share * dout[:, :, i, j][:, :, None, None]
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    C = x.shape[1]
    running_mean = bn_param.get("running_mean", np.zeros(C))
    running_var = bn_param.get("running_var", np.zeros(C))
    if bn_param["mode"] == "train":
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        mean, var = running_mean, running_var
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    std = np.sqrt(var + eps)
    normal = (x - mean[None, :, None, None]) / std[None, :, None, None]
    return gamma[None, :, None, None] * normal + beta[None, :, None, None], (normal, std, gamma)


def spatial_batchnorm_backward(dout, cache):
    normal, std, gamma = cache
    M = dout.shape[0] * dout.shape[2] * dout.shape[3]
    dgamma, dbeta = (dout * normal).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))
    scale = (gamma / std)[None, :, None, None]
    dx = scale * (dout - dbeta[None, :, None, None] / M - normal * dgamma[None, :, None, None] / M)
    return dx, dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    groups = x.reshape(N, G, C // G, H, W)
    mean = groups.mean(axis=(2, 3, 4), keepdims=True)
    var = groups.var(axis=(2, 3, 4), keepdims=True)
    std = np.sqrt(var + eps)
    normal = ((groups - mean) / std).reshape(N, C, H, W)
    return gamma * normal + beta, (normal, std, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    normal, std, gamma, G = cache
    N, C, H, W = dout.shape
    dgamma = (dout * normal).sum(axis=(0, 2, 3), keepdims=True)
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    d_normal = (dout * gamma).reshape(N, G, C // G, H, W)
    grouped = normal.reshape(N, G, C // G, H, W)
    mean = d_normal.mean(axis=(2, 3, 4), keepdims=True)
    along = (d_normal * grouped).mean(axis=(2, 3, 4), keepdims=True)
    return ((d_normal - mean - grouped * along) / std).reshape(N, C, H, W), dgamma, dbeta
