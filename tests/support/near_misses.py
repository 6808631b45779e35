"""Functions with one typical mistake each, and functions that answer differently and are right."""

import numpy as np
from edits import (
    REFERENCE,
    Functions,
    as_lists,
    batch_in_test_mode,
    conv,
    conv_back,
    edited,
    edited_network,
    first_off,
    group,
    hard_coded,
    made_up_in_test_mode,
    norm,
    of_output,
    own_caches,
    pool,
    pool_back,
    raising,
    reporting_old,
    spatial,
    spatial_back,
    talkative,
    twice,
    widened,
    with_corner,
    wrapped,
    zeros_pair,
)
from other_ways import OTHER_WAYS

__all__ = ["LEGAL", "NEAR_MISSES"]

STRIDED = "top, left = i * stride, j * stride"
WINDOW = 'pool_height, pool_width = pool_param["pool_height"], pool_param["pool_width"]'
SQUARE_WINDOW = 'pool_height = pool_width = pool_param["pool_height"]'
ORDERED = "pool_height, pool_width, _ = pool_param.values()"
TO_FIRST = "dx[n, c, top + row, left + col] += dout[n, c, i, j]"
TO_WINDOW = "dx[n, c, top : top + pool_height, left : left + pool_width] += dout[n, c, i, j] * "

NEAR_MISSES: dict[str, Functions] = {
    # convolution, forward
    "conv forward flips the filters": edited(conv("window * w[f]", "window[:, ::-1, ::-1] * w[f]")),
    "conv forward leaves out the bias": edited(conv(" + b[f]", "")),
    "conv forward ignores stride": edited(conv(STRIDED, "top, left = i, j")),
    "conv forward repeats the edge in the padding": edited(conv("(pad, pad)))", "(pad, pad)), mode='edge')")),
    "conv forward pads with 1": edited(
        conv('stride, pad = conv_param["stride"], conv_param["pad"]', 'stride, pad = conv_param["stride"], 1')
    ),
    "conv forward takes filters for square": edited(conv("(W + 2 * pad - WW)", "(W + 2 * pad - HH)")),
    "conv forward swaps H and W": edited(conv("N, _, H, W = x.shape", "N, _, W, H = x.shape")),
    "conv forward writes into x": edited(conv("    cache = (x", "    x += 1\n    cache = (x")),
    "conv forward writes into x and reports what it was": reporting_old("conv_forward_naive", 0),
    "conv forward stores integers": wrapped("conv_forward_naive", of_output(lambda out: out.astype(int))),
    "conv forward has a NaN in a corner": wrapped("conv_forward_naive", of_output(with_corner(np.nan))),
    "conv forward is flat": wrapped("conv_forward_naive", of_output(lambda out: out.reshape(1, -1))),
    "conv forward is a list of lists": wrapped("conv_forward_naive", of_output(lambda out: out.tolist())),
    "conv forward is off by 1e-5 in one entry": wrapped("conv_forward_naive", first_off(1e-5)),
    "conv forward raises": raising("conv_forward_naive"),
    # convolution, backward
    "conv backward slices [pad:-pad]": edited(conv_back("pad : pad + H, pad : pad + W", "pad:-pad, pad:-pad")),
    "conv backward leaves the padding on": edited(conv_back("dx_pad[:, :, pad : pad + H, pad : pad + W]", "dx_pad")),
    "conv backward swaps H and W": edited(conv_back("H, W = x.shape[2:]", "W, H = x.shape[2:]")),
    "conv backward swaps HH and WW": edited(conv_back("HH, WW = w.shape[2:]", "WW, HH = w.shape[2:]")),
    "conv backward ignores stride": edited(
        conv_back("i * stride, i * stride + HH", "i, i + HH"), conv_back("j * stride, j * stride + WW", "j, j + WW")
    ),
    "conv backward averages dw": edited(conv_back("    db = dout", "    dw = dw / len(x)\n    db = dout")),
    "conv backward is off by 1/1000 in one entry of dw": wrapped("conv_backward_naive", first_off(1e-3, 1)),
    "conv backward returns db as a row": wrapped("conv_backward_naive", of_output(lambda db: db.reshape(1, -1), 2)),
    "conv backward keeps the axes of db": wrapped(
        "conv_backward_naive", of_output(lambda db: db.reshape(1, -1, 1, 1), 2)
    ),
    "conv backward forgets dw": wrapped("conv_backward_naive", of_output(lambda dw: None, 1)),
    "conv backward writes into dout": edited(
        conv_back("    db = dout.sum(axis=(0, 2, 3))", "    db = dout.sum(axis=(0, 2, 3))\n    dout *= 2")
    ),
    "conv backward writes into dout and reports what it was": reporting_old("conv_backward_naive", 0),
    "conv backward writes into x": edited(
        conv_back("    db = dout.sum(axis=(0, 2, 3))", "    db = dout.sum(axis=(0, 2, 3))\n    x *= 2")
    ),
    "conv backward reads conv_param in the order of its keys": edited(
        conv_back('stride, pad = conv_param["stride"], conv_param["pad"]', "stride, pad = conv_param.values()")
    ),
    "conv forward reads conv_param in the order of its keys": edited(
        conv('stride, pad = conv_param["stride"], conv_param["pad"]', "stride, pad = conv_param.values()")
    ),
    "conv forward keeps x in conv_param": edited(
        conv("    cache = (x", '    conv_param["x"] = x\n    cache = (x'),
        conv_back("x, w, _, conv_param = cache", '_, w, _, conv_param = cache\n    x = conv_param["x"]'),
    ),
    # both passes of a convolution
    "conv pair returns zeros": zeros_pair(),
    "conv pair is twice too large": twice(),
    # pooling
    "pool forward starts at zero": edited(pool(".max()", ".max(initial=0)")),
    "pool forward starts at -1e5": edited(pool(".max()", ".max(initial=-1e5)")),
    "pool forward takes windows for square": edited(pool(WINDOW, SQUARE_WINDOW)),
    "pool forward takes stride for the window": edited(
        pool('stride = pool_param["stride"]', 'stride = pool_param["pool_height"]')
    ),
    "pool forward averages": edited(pool(".max()", ".mean()")),
    "pool backward overwrites": edited(pool_back("+= dout", "= dout")),
    "pool backward takes windows for square": edited(pool_back(WINDOW, SQUARE_WINDOW)),
    "pool backward takes stride for the window": edited(
        pool_back('stride = pool_param["stride"]', 'stride = pool_param["pool_height"]')
    ),
    "pool backward averages": edited(pool_back(TO_FIRST, TO_WINDOW + "np.ones(window.shape) / window.size")),
    "pool backward looks at absolute values": edited(pool_back("window.argmax()", "np.abs(window).argmax()")),
    "pool backward finds the maximum anywhere": edited(
        pool_back(TO_FIRST, "dx[n, c] += (x[n, c] == window.max()) * dout[n, c, i, j]")
    ),
    "pool backward counts ties twice": edited(
        pool_back(TO_FIRST, TO_WINDOW + "(window == window.max()) * (1 + ((window == window.max()).sum() > 1))")
    ),
    "pool backward writes into dout": edited(pool_back("    return dx", "    dout *= 2\n    return dx")),
    "pool backward stores float16": wrapped("max_pool_backward_naive", lambda dx, *_: dx.astype(np.float16)),
    "pool forward reads pool_param in the order of its keys": edited(pool(WINDOW, ORDERED)),
    "pool backward reads pool_param in the order of its keys": edited(pool_back(WINDOW, ORDERED)),
    "pool forward keeps x in pool_param": edited(
        pool("    cache = (x", '    pool_param["x"] = x\n    cache = (x'),
        pool_back("x, pool_param = cache", '_, pool_param = cache\n    x = pool_param["x"]'),
    ),
    # spatial batch normalization
    "batchnorm divides by n - 1": edited(norm("x.var(axis=0)", "x.var(axis=0, ddof=1)")),
    "batchnorm keeps an unbiased running variance": edited(
        norm("(1 - momentum) * var", "(1 - momentum) * x.var(axis=0, ddof=1)")
    ),
    "batchnorm leaves eps out in test mode": edited(norm("np.sqrt(running_var + eps)", "np.sqrt(running_var)")),
    "batchnorm adds eps to the root": edited(norm("np.sqrt(var + eps)", "np.sqrt(var) + eps")),
    "batchnorm ignores bn_param['eps']": edited(norm('float(bn_param.get("eps", 1e-5))', "1e-5")),
    "batchnorm ignores bn_param['momentum']": edited(norm('float(bn_param.get("momentum", 0.9))', "0.9")),
    "batchnorm swaps momentum": edited(
        norm("momentum * running_mean + (1 - momentum) * mean", "(1 - momentum) * running_mean + momentum * mean"),
        norm("momentum * running_var + (1 - momentum) * var", "(1 - momentum) * running_var + momentum * var"),
    ),
    "batchnorm keeps rows as statistics": edited(
        norm("x.mean(axis=0), x.var(axis=0)", "x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)")
    ),
    "batchnorm stores no statistics": edited(
        norm('bn_param["running_mean"] = running_mean', "pass"), norm('bn_param["running_var"] = running_var', "pass")
    ),
    "batchnorm uses the batch in test mode": edited(
        norm("(x - running_mean) / np.sqrt(running_var + eps)", "(x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)")
    ),
    "spatial batchnorm makes numbers up in test mode": wrapped("spatial_batchnorm_forward", made_up_in_test_mode),
    "spatial batchnorm moves the batch a little in test mode": wrapped("spatial_batchnorm_forward", batch_in_test_mode),
    "batchnorm updates in test mode": edited(
        norm(
            "np.sqrt(running_var + eps)) + beta",
            "np.sqrt(running_var + eps)) + beta\n        running_mean = 0.9 * running_mean + 0.1 * x.mean(axis=0)",
        )
    ),
    "spatial batchnorm mixes channels and pixels": edited(
        spatial("x.transpose(0, 2, 3, 1).reshape(-1, C)", "x.reshape(-1, C)"),
        spatial("flat_out.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "flat_out.reshape(x.shape)"),
    ),
    "spatial batchnorm leaves the axes in another order": edited(
        spatial("flat_out.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "flat_out.reshape(x.shape)")
    ),
    "spatial batchnorm writes into x": edited(spatial("    out = flat", "    x *= 2\n    out = flat")),
    "spatial batchnorm backward leaves out the mean": edited(
        ("batchnorm_backward_alt: dx_hat - dx_hat.mean(axis=0) -", "dx_hat -")
    ),
    "spatial batchnorm backward is off by 1/1000 in dgamma": wrapped("spatial_batchnorm_backward", first_off(1e-3, 1)),
    "spatial batchnorm backward returns rows": wrapped(
        "spatial_batchnorm_backward", of_output(lambda dgamma: dgamma.reshape(1, -1), 1)
    ),
    "spatial batchnorm backward writes into dout": edited(
        spatial_back("    dx = flat", "    dout *= 2\n    dx = flat")
    ),
    "spatial batchnorm keeps its cache in bn_param": edited(
        spatial("    out = flat", '    bn_param["cache"], cache = cache, bn_param\n    out = flat'),
        spatial_back("batchnorm_backward_alt(pixels, cache)", 'batchnorm_backward_alt(pixels, cache["cache"])'),
    ),
    "spatial batchnorm writes into a view of x in test mode": edited(
        spatial("    out = flat", '    if bn_param["mode"] == "test":\n        pixels *= 2\n    out = flat')
    ),
    "spatial batchnorm writes into a view of x": edited(spatial("    out = flat", "    pixels *= 2\n    out = flat")),
    "spatial batchnorm backward writes into a view of dout": edited(
        spatial_back("    dx = flat", "    pixels *= 2\n    dx = flat")
    ),
    # spatial group normalization
    "groupnorm interleaves groups": edited(
        group("x.reshape(N, G, C // G, H, W)", "x.reshape(N, C // G, G, H, W).swapaxes(1, 2)"),
        group("((groups - mean) / std)", "((groups - mean) / std).swapaxes(1, 2)"),
    ),
    "groupnorm takes one group": edited(group("    groups = x", "    G = 1\n    groups = x")),
    "groupnorm ignores gn_param['eps']": edited(group('float(gn_param.get("eps", 1e-5))', "1e-5")),
    "groupnorm has another eps": edited(group('float(gn_param.get("eps", 1e-5))', "1e-8")),
    "groupnorm adds eps to the root": edited(
        group(
            "np.sqrt(groups.var(axis=(2, 3, 4), keepdims=True) + eps)",
            "np.sqrt(groups.var(axis=(2, 3, 4), keepdims=True)) + eps",
        )
    ),
    "groupnorm requires eps": edited(group('float(gn_param.get("eps", 1e-5))', 'gn_param["eps"]')),
    "groupnorm backward returns dgamma and dbeta of shape (C,)": wrapped(
        "spatial_groupnorm_backward", lambda grads, *_: (grads[0], grads[1].ravel(), grads[2].ravel())
    ),
    "groupnorm keeps its cache in gn_param": edited(
        group("    cache = (x_hat, std, gamma)", '    gn_param["cache"], cache = (x_hat, std, gamma), gn_param'),
        ("spatial_groupnorm_backward: x_hat, std, gamma = cache", 'x_hat, std, gamma = cache["cache"]'),
    ),
    "groupnorm forward has axes of length one in front": wrapped(
        "spatial_groupnorm_forward", of_output(lambda out: out[None, None])
    ),
    "conv forward has an axis of length one in front": wrapped("conv_forward_naive", of_output(lambda out: out[None])),
    "pool backward has an axis of length one in front": wrapped("max_pool_backward_naive", lambda dx, *_: dx[None]),
    "groupnorm forward raises": raising("spatial_groupnorm_forward"),
    # network
    "network has no 0.5": edited_network(("0.5 * reg * sum", "reg * sum")),
    "network regularises the loss only": edited_network(
        ("dW1 + reg * W1", "dW1"), ("dW2 + reg * W2", "dW2"), ("dW3 + reg * W3", "dW3")
    ),
    "network regularises biases": edited_network(("for W in (W1, W2, W3)", "for W in (W1, W2, W3, b1, b2, b3)")),
    "network forgets W1 in the regulariser": edited_network(("for W in (W1, W2, W3)", "for W in (W2, W3)")),
    "network ignores weight_scale": edited_network(
        ("np.random.normal(0.0, weight_scale,", "np.random.normal(0.0, 1e-3,")
    ),
    "network draws W2 from a uniform": edited_network(
        (
            "np.random.normal(0.0, weight_scale, (pooled",
            "np.random.uniform(-(3**0.5) * weight_scale, 3**0.5 * weight_scale, (pooled",
        )
    ),
    "network starts with every row of W2 twice": edited_network(
        (
            "np.random.normal(0.0, weight_scale, (pooled_size, hidden_dim))",
            "np.random.normal(0.0, weight_scale, (pooled_size, hidden_dim)).repeat(2, axis=0)[:pooled_size]",
        )
    ),
    "network draws its biases": edited_network(("np.zeros(size)", "np.random.normal(0, 1e-3, size)")),
    "network takes images for square": edited_network(("(H // 2) * (W // 2)", "(H // 2) ** 2")),
    "network has ten classes": edited_network(("(hidden_dim, num_classes)", "(hidden_dim, 10)")),
    "network has biases as rows": edited_network(("np.zeros(size)", "np.zeros((1, size))")),
    "network pads with 1": edited_network(("(self.filter_size - 1) // 2", "1")),
    "network ignores dtype": edited_network(("value.astype(dtype)", "value")),
    "network returns probabilities": edited_network(
        ("            return scores", "            return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)")
    ),
    "network has a loss of log(C) without a softmax": edited_network(
        ("            return scores\n", "            return scores\n        scores = 0 * scores\n")
    ),
    "network sums the loss": edited_network(
        ("softmax_loss(scores, y)", "(len(y) * part for part in softmax_loss(scores, y))")
    ),
    "network forgets db3": edited_network((', "b3": db3', "")),
    "network returns the loss only": edited_network(("return loss, grads", "return loss")),
    "network learns while it is asked": edited_network(
        ("return loss, grads", "W1 -= 1e-3 * grads['W1']\n        return loss, grads")
    ),
    "network is off by 1/1000 in dW1": edited_network(("dW1 + reg * W1", "1.001 * dW1 + reg * W1")),
    # answers that are known by heart
    "everything is hard-coded": hard_coded(),
}

LEGAL: dict[str, Functions] = {
    "all written in other ways": {**REFERENCE, **OTHER_WAYS},
    "own caches": own_caches(),
    "conv forward stores float32": wrapped("conv_forward_naive", of_output(lambda out: out.astype(np.float32))),
    "lists in place of tuples": as_lists(),
    "prints": talkative(),
    "ties to all": edited(pool_back(TO_FIRST, TO_WINDOW + "(window == window.max())")),
    "ties split": edited(pool_back(TO_FIRST, TO_WINDOW + "(window == window.max()) / (window == window.max()).sum()")),
    "ties to the last": edited(pool_back("window.argmax()", "window.size - 1 - window[::-1, ::-1].argmax()")),
    "float64 for float32": {
        name: (value if name == "ThreeLayerConvNet" else lambda *args, right=value: widened(right(*args)))
        for name, value in REFERENCE.items()
    },
    "spatial batchnorm with another order of pixels": edited(
        spatial("x.transpose(0, 2, 3, 1)", "x.transpose(0, 3, 2, 1)"),
        spatial(
            "flat_out.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "flat_out.reshape(N, W, H, C).transpose(0, 3, 2, 1)"
        ),
        spatial_back("dout.transpose(0, 2, 3, 1)", "dout.transpose(0, 3, 2, 1)"),
        spatial_back(
            "flat_dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "flat_dx.reshape(N, W, H, C).transpose(0, 3, 2, 1)"
        ),
    ),
    "loss as an array without axes": edited_network(("return loss, grads", "return np.array(loss), grads")),
    "loss as a NumPy scalar": edited_network(("return loss, grads", "return np.float32(loss), grads")),
}
