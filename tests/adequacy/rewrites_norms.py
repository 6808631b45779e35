"""Writes the spatial normalizations in many ways that all give the same values, as students write them."""

from collections.abc import Iterator
from itertools import cycle
from textwrap import indent

__all__ = ["batchnorms", "groupnorms"]

#: how images become lines of pixels, x -> rows, and rows -> y of the shape of x
LAYOUTS = {
    "transpose": (
        "rows = x.transpose(0, 2, 3, 1).reshape(-1, C)",
        "y = rows.reshape(N, H, W, C).transpose(0, 3, 1, 2)",
    ),
    "moveaxis": (
        "rows = np.moveaxis(x, 1, -1).reshape(N * H * W, C)",
        "y = np.moveaxis(rows.reshape(N, H, W, C), -1, 1)",
    ),
    "channels first": (
        "rows = np.swapaxes(x, 0, 1).reshape(C, -1).T",
        "y = np.swapaxes(np.ascontiguousarray(rows.T).reshape(C, N, H, W), 0, 1)",
    ),
    "rollaxis": ("rows = np.rollaxis(x, 1, 4).reshape(-1, C)", "y = np.rollaxis(rows.reshape(N, H, W, C), 3, 1)"),
    "einsum": (
        'rows = np.einsum("nchw->nhwc", x).reshape(-1, C)',
        'y = np.einsum("nhwc->nchw", rows.reshape(N, H, W, C))',
    ),
    "columns stacked": (
        "rows = np.stack([x[:, c].ravel() for c in range(C)], axis=1)",
        "y = np.stack([rows[:, c].reshape(N, H, W) for c in range(C)], axis=1)",
    ),
    "flat pixels": (
        "rows = x.reshape(N, C, H * W).transpose(0, 2, 1).reshape(-1, C)",
        "y = rows.reshape(N, H * W, C).transpose(0, 2, 1).reshape(N, C, H, W)",
    ),
    "images put together": (
        "rows = np.concatenate([image.reshape(C, -1).T for image in x])",
        "y = np.array([part.T.reshape(C, H, W) for part in np.split(rows, N)])",
    ),
}
VANILLA_BACKWARD = ("batchnorm_backward", "batchnorm_backward_alt")
BN_RETURNS = ("return y, dgamma, dbeta", "return [y, dgamma, dbeta]", "return np.array(y), dgamma, dbeta")

#: mean and variance of each channel, as arrays (C,)
MOMENTS = {
    "mean and var": "mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))",
    "squared deviations": """\
mean = np.mean(x, (0, 2, 3))
var = np.mean((x - mean[:, None, None]) ** 2, (0, 2, 3))""",
    "sums over the count": """\
m = N * H * W
mean = np.sum(x, axis=(0, 2, 3)) / m
var = np.einsum("nchw,nchw->c", x - mean.reshape(1, C, 1, 1), x - mean.reshape(1, C, 1, 1)) / m""",
    "channel by channel": """\
mean = np.array([x[:, c].mean() for c in range(C)])
var = np.array([np.var(x[:, c]) for c in range(C)])""",
    "std squared": """\
mean = np.mean(x.swapaxes(0, 1).reshape(C, -1), axis=1)
var = np.std(x, axis=(0, 2, 3)) ** 2""",
}
#: running statistics, from the old ones and those of the batch
RUNNING = {
    "weighted": """\
bn_param["running_mean"] = momentum * old_mean + (1 - momentum) * mean
bn_param["running_var"] = momentum * old_var + (1 - momentum) * var""",
    "a step towards": """\
bn_param["running_mean"] = old_mean + (1 - momentum) * (mean - old_mean)
bn_param["running_var"] = old_var + (1 - momentum) * (var - old_var)""",
    "update": """\
share = 1.0 - momentum
bn_param.update(running_mean=old_mean * momentum + mean * share, running_var=old_var * momentum + var * share)""",
    "in place on copies": """\
for name, old, new in (("running_mean", old_mean, mean), ("running_var", old_var, var)):
    kept = np.array(old, dtype=float)
    kept *= momentum
    kept += (1 - momentum) * new
    bn_param[name] = kept""",
}
#: how the derivative is written; x_hat (N, C, H, W), std (C,), m numbers in a channel
BN_BACKWARD = {
    "three terms": """\
dx = (gamma / std / m)[:, None, None] * (m * dout - dbeta[:, None, None] - x_hat * dgamma[:, None, None])""",
    "means": """\
step = dout * gamma.reshape(1, -1, 1, 1)
inner = step - step.mean(axis=(0, 2, 3), keepdims=True)
inner = inner - x_hat * (step * x_hat).mean(axis=(0, 2, 3), keepdims=True)
dx = inner / std.reshape(1, -1, 1, 1)""",
    "channel by channel": """\
dx = np.zeros(dout.shape)
for c in range(dout.shape[1]):
    step, hat = dout[:, c] * gamma[c], x_hat[:, c]
    dx[:, c] = (step - step.mean() - hat * (step * hat).mean()) / std[c]""",
    "by the graph": """\
wide = (1, -1, 1, 1)
centred = x_hat * std.reshape(wide)
dhat = dout * gamma.reshape(wide)
dvar = np.sum(dhat * centred, axis=(0, 2, 3)) * -0.5 * std ** -3
dmean = -np.sum(dhat, axis=(0, 2, 3)) / std
dx = dhat / std.reshape(wide) + (2 / m) * dvar.reshape(wide) * centred + dmean.reshape(wide) / m""",
    "matrices of a channel": """\
dx = np.empty(dout.shape)
for c in range(dout.shape[1]):
    hat, step = x_hat[:, c].reshape(-1, 1), dout[:, c].reshape(-1, 1)
    projected = step - np.full((1, m), 1.0 / m) @ step - hat @ (hat.T @ step) / m
    dx[:, c] = (gamma[c] / std[c] * projected).reshape(dout[:, c].shape)""",
}
BN_SUMS = {
    "axes": "dbeta, dgamma = dout.sum(axis=(0, 2, 3)), (dout * x_hat).sum(axis=(0, 2, 3))",
    "einsum": 'dbeta, dgamma = np.einsum("nchw->c", dout), np.einsum("nchw,nchw->c", dout, x_hat)',
    "rows": """\
lines = dout.swapaxes(0, 1).reshape(dout.shape[1], -1)
dbeta, dgamma = lines.sum(1), (lines * x_hat.swapaxes(0, 1).reshape(lines.shape)).sum(1)""",
}
BN_CACHES = {
    "tuple": ("(x_hat, std, gamma)", "x_hat, std, gamma = cache"),
    "dictionary": (
        "dict(hat=x_hat, std=std, gamma=gamma)",
        'x_hat, std, gamma = cache["hat"], cache["std"], cache["gamma"]',
    ),
    "more than needed": ("[x, mean, var, std, x_hat, gamma, beta, eps]", "_, _, _, std, x_hat, gamma, _, _ = cache"),
}


def batchnorms(n: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the name of a rewrite and its functions' texts, n times: by the vanilla one, then by axes."""
    for number, ((there, (go, back)), (again, (dgo, dback))) in enumerate(
        zip(LAYOUTS.items(), [*LAYOUTS.items()][3:] + [*LAYOUTS.items()][:3], strict=True)
    ):
        first = f"N, C, H, W = x.shape\n{go}\nrows, cache = batchnorm_forward(rows, gamma, beta, bn_param)\n{back}"
        second = (
            f"x = dout\nN, C, H, W = x.shape\n{dgo}\n"
            f"rows, dgamma, dbeta = {VANILLA_BACKWARD[number % 2]}(rows, cache)\n{dback}\n"
        )
        yield (
            f"batch norm: {there}; {VANILLA_BACKWARD[number % 2]}: {again}; return {number % 3}",
            _batchnorm(f"{first}\nreturn y, cache", second + BN_RETURNS[number % 3]),
        )
    parts = [cycle(part.items()) for part in (MOMENTS, RUNNING, BN_BACKWARD, BN_SUMS, BN_CACHES)]
    for number in range(n - len(LAYOUTS)):
        if number and number % 5 == 0:
            next(parts[2]), next(parts[4])
        (moments, m), (running, r), (backward, g), (sums, t), (kept, (keep, take)) = map(next, parts)
        yield (
            f"batch norm by axes: {moments}; running: {running}; backward: {backward}; sums: {sums}; cache: {kept}",
            _batchnorm(
                BN_BY_AXES.format(moments=indent(m, "    ").strip(), running=indent(r, "    ").strip(), keep=keep),
                f"{take}\nm = dout[:, 0].size\n{t}\n{g}\nreturn dx, dgamma, dbeta",
            ),
        )


BN_BY_AXES = """\
N, C, H, W = x.shape
eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
old_mean, old_var = bn_param.get("running_mean", np.zeros(C)), bn_param.get("running_var", np.zeros(C))
wide = (1, C, 1, 1)
cache = None
if bn_param["mode"] == "train":
    {moments}
    {running}
else:
    mean, var = old_mean, old_var
    bn_param["running_mean"], bn_param["running_var"] = old_mean, old_var
std = np.sqrt(var + eps)
x_hat = (x - mean.reshape(wide)) / std.reshape(wide)
if bn_param["mode"] == "train":
    cache = {keep}
return gamma.reshape(wide) * x_hat + beta.reshape(wide), cache
"""


def _batchnorm(forward: str, backward: str) -> dict[str, str]:
    return {
        "spatial_batchnorm_forward": _function("spatial_batchnorm_forward(x, gamma, beta, bn_param)", forward),
        "spatial_batchnorm_backward": _function("spatial_batchnorm_backward(dout, cache)", backward),
    }


#: x_hat (N, C, H, W), and the deviations std as (N, G)
GROUPS = {
    "five axes": """\
parts = x.reshape(N, G, C // G, H, W)
mean, var = parts.mean((2, 3, 4), keepdims=True), parts.var((2, 3, 4), keepdims=True)
std = np.sqrt(var + eps)
x_hat = ((parts - mean) / std).reshape(N, C, H, W)
std = std.reshape(N, G)""",
    "rows of a group": """\
rows = x.reshape(N * G, -1)
centred = rows - rows.mean(axis=1)[:, None]
std = np.sqrt((centred ** 2).mean(axis=1) + eps)
x_hat = (centred / std[:, None]).reshape(x.shape)
std = std.reshape(N, G)""",
    "loops": """\
size = C // G
x_hat, std = np.zeros(x.shape), np.zeros((N, G))
for n in range(N):
    for g in range(G):
        part = x[n, g * size : (g + 1) * size]
        std[n, g] = np.sqrt(part.var() + eps)
        x_hat[n, g * size : (g + 1) * size] = (part - part.mean()) / std[n, g]""",
    "split along the channels": """\
hats, stds = [], []
for part in np.split(x, G, axis=1):
    centred = part - np.mean(part, axis=(1, 2, 3), keepdims=True)
    stds.append(np.sqrt(np.mean(np.square(centred), axis=(1, 2, 3)) + eps))
    hats.append(centred / stds[-1].reshape(N, 1, 1, 1))
x_hat, std = np.concatenate(hats, axis=1), np.stack(stds, axis=1)""",
    "three axes, einsum": """\
flat = x.reshape(N, G, -1)
size = flat.shape[2]
flat = flat - np.einsum("ngk->ng", flat)[..., None] / size
std = np.sqrt(np.einsum("ngk,ngk->ng", flat, flat) / size + eps)
x_hat = np.einsum("ngk,ng->ngk", flat, 1.0 / std).reshape(N, C, H, W)""",
    "by layer norm": """\
rows = x.reshape(N * G, -1)
ones, zeros = np.ones(rows.shape[1]), np.zeros(rows.shape[1])
normal, _ = layernorm_forward(rows, ones, zeros, {"eps": eps})
x_hat = normal.reshape(N, C, H, W)
std = np.sqrt(rows.var(axis=1) + eps).reshape(N, G)""",
    "norms": """\
flat = x.reshape(N, G, -1)
flat = flat - flat.mean(axis=-1, keepdims=True)
std = np.sqrt(np.linalg.norm(flat, axis=-1) ** 2 / flat.shape[-1] + eps)
x_hat = (flat / std[..., np.newaxis]).reshape(x.shape)""",
    "image by image": """\
x_hat, std = np.empty_like(x, dtype=float), np.empty((N, G))
for n, image in enumerate(x):
    groups = image.reshape(G, -1).copy()
    groups -= groups.mean(axis=1, keepdims=True)
    std[n] = np.sqrt(groups.var(axis=1) + eps)
    groups /= std[n][:, None]
    x_hat[n] = groups.reshape(C, H, W)""",
}
GN_OUT = (
    "return gamma * x_hat + beta, {keep}",
    "return np.add(np.multiply(x_hat, gamma.reshape(1, C, 1, 1)), beta.reshape(1, C, 1, 1)), {keep}",
    "out = x_hat.copy()\nout *= gamma\nout += beta\nreturn out, {keep}",
    'return np.einsum("nchw,c->nchw", x_hat, gamma.ravel()) + beta, {keep}',
)
GN_CACHES = {
    "tuple": ("(x_hat, std, gamma)", "x_hat, std, gamma = cache"),
    "dictionary": (
        '{"hat": x_hat, "std": std, "gamma": gamma, "G": G}',
        'x_hat, std, gamma = cache["hat"], cache["std"], cache["gamma"]',
    ),
    "more than needed": ("(G, x, x_hat, std, gamma, beta, gn_param)", "G, _, x_hat, std, gamma, _, _ = cache"),
    "a function": ("(lambda: [x_hat, std, gamma])", "x_hat, std, gamma = cache()"),
}
#: dx, from dhat (N, C, H, W), x_hat and std (N, G)
GN_BACKWARD = {
    "means of five axes": """\
parts, hat = dhat.reshape(N, G, C // G, H, W), x_hat.reshape(N, G, C // G, H, W)
axes = (2, 3, 4)
inner = parts - parts.mean(axes, keepdims=True) - hat * (parts * hat).mean(axes, keepdims=True)
dx = (inner / std.reshape(N, G, 1, 1, 1)).reshape(dout.shape)""",
    "sums of rows": """\
rows, hat = dhat.reshape(N * G, -1), x_hat.reshape(N * G, -1)
m = rows.shape[1]
inner = m * rows - rows.sum(1, keepdims=True) - hat * (rows * hat).sum(1, keepdims=True)
dx = (inner / (m * std.reshape(-1, 1))).reshape(N, C, H, W)""",
    "loops": """\
dx, size = np.zeros(dout.shape), C // G
for n, g in np.ndindex(N, G):
    here = (n, slice(g * size, (g + 1) * size))
    dx[here] = (dhat[here] - dhat[here].mean() - x_hat[here] * np.mean(dhat[here] * x_hat[here])) / std[n, g]""",
    "by the graph": """\
rows = dhat.reshape(N, G, -1)
deviation = std.reshape(N, G, 1)
centred = x_hat.reshape(N, G, -1) * deviation
m = rows.shape[2]
dvar = (rows * centred).sum(2, keepdims=True) * -0.5 * deviation ** -3
dcentred = rows / deviation + 2.0 / m * centred * dvar
dx = (dcentred - dcentred.sum(2, keepdims=True) / m).reshape(dout.shape)""",
    "split along the channels": """\
parts = []
for g, (step, hat) in enumerate(zip(np.split(dhat, G, axis=1), np.split(x_hat, G, axis=1))):
    along = np.einsum("nchw,nchw->n", step, hat)[:, None, None, None] / step[0].size
    parts.append((step - step.mean((1, 2, 3), keepdims=True) - hat * along) / std[:, g, None, None, None])
dx = np.concatenate(parts, axis=1)""",
    "an einsum of rows": """\
rows, hat = dhat.reshape(N, G, -1), x_hat.reshape(N, G, -1)
m = rows.shape[-1]
along = np.einsum("ngk,ngk->ng", rows, hat) / m
level = np.einsum("ngk->ng", rows) / m
dx = ((rows - level[..., None] - hat * along[..., None]) / std[..., None]).reshape(N, C, H, W)""",
}
GN_SUMS = {
    "keepdims": """\
dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)""",
    "einsum": """\
dbeta = np.einsum("nchw->c", dout)[None, :, None, None]
dgamma = np.einsum("nchw,nchw->c", dout, x_hat)[None, :, None, None]""",
    "channel by channel": """\
dbeta, dgamma = np.zeros(gamma.shape), np.zeros(gamma.shape)
for c in range(C):
    dbeta[0, c] = np.sum(dout[:, c])
    dgamma[0, c] = np.sum(dout[:, c] * x_hat[:, c])""",
    "one axis after another": """\
dbeta = dout.sum(0, keepdims=True).sum(2, keepdims=True).sum(3, keepdims=True)
dgamma = (x_hat * dout).sum(0, keepdims=True).sum(3, keepdims=True).sum(2, keepdims=True)""",
}


def groupnorms(n: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the name of a rewrite and its functions' texts, n times; no two have the same parts."""
    parts = [cycle(part.items()) for part in (GROUPS, GN_CACHES, GN_BACKWARD, GN_SUMS)]
    for number in range(n):
        if number and number % 8 == 0:
            next(parts[1]), next(parts[3])
        (groups, f), (kept, (keep, take)), (backward, g), (sums, t) = map(next, parts)
        out = GN_OUT[number % len(GN_OUT)].format(keep=keep)
        yield (
            f"group norm: {groups}; out {number % len(GN_OUT)}; cache: {kept}; backward: {backward}; sums: {sums}",
            {
                "spatial_groupnorm_forward": _function(
                    "spatial_groupnorm_forward(x, gamma, beta, G, gn_param)",
                    f'N, C, H, W = x.shape\neps = gn_param.get("eps", 1e-5)\n{f}\n{out}',
                ),
                "spatial_groupnorm_backward": _function(
                    "spatial_groupnorm_backward(dout, cache)",
                    f"{take}\nN, C, H, W = dout.shape\nG = std.shape[1]\ndhat = dout * gamma\n{t}\n{g}\n"
                    "return dx, dgamma, dbeta",
                ),
            },
        )


def _function(head: str, body: str) -> str:
    return f"def {head}:\n{indent(body, '    ')}\n"
