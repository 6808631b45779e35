"""Writes convolution and pooling in many ways that all give the same values, as students write them."""

from collections.abc import Iterator
from itertools import cycle
from textwrap import indent

__all__ = ["convolutions", "poolings"]

SIZES = """\
N, C, H, W = x.shape
F, _, HH, WW = w.shape
Ho, Wo = 1 + (H + 2 * pad - HH) // s, 1 + (W + 2 * pad - WW) // s
"""

PADS = {
    "np.pad": "xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))",
    "zeros and a slice": """\
xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=x.dtype)
xp[:, :, pad : pad + H, pad : pad + W] = x""",
    "np.pad by axes": 'xp = np.pad(x, [(0,), (0,), (pad,), (pad,)], mode="constant", constant_values=0)',
    "strips put together": """\
side = np.zeros((N, C, H, pad))
wide = np.concatenate([side, x, side], axis=3)
cap = np.zeros((N, C, pad, W + 2 * pad))
xp = np.concatenate([cap, wide, cap], axis=2)""",
    "image by image": "xp = np.stack([np.pad(image, ((0, 0), (pad, pad), (pad, pad))) for image in x])",
    "copied into an empty array": """\
xp = np.empty((N, C, H + 2 * pad, W + 2 * pad))
xp.fill(0.0)
np.copyto(xp[:, :, pad : pad + H, pad : pad + W], x)""",
}

FORWARD = {
    "four loops": """\
out = np.zeros((N, F, Ho, Wo))
for n in range(N):
    for f in range(F):
        for i in range(Ho):
            for j in range(Wo):
                out[n, f, i, j] = np.sum(xp[n, :, i * s : i * s + HH, j * s : j * s + WW] * w[f])""",
    "loops from the end": """\
out = np.empty((N, F, Ho, Wo))
n = N - 1
while n >= 0:
    for i in reversed(range(Ho)):
        for j in reversed(range(Wo)):
            window = xp[n, :, s * i :, s * j :][:, :HH, :WW]
            for f in reversed(range(F)):
                out[n, f, i, j] = np.vdot(w[f], window)
    n -= 1""",
    "places by tensordot": """\
out = np.zeros((N, F, Ho, Wo))
for i in range(Ho):
    for j in range(Wo):
        window = xp[:, :, i * s : i * s + HH, j * s : j * s + WW]
        out[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3]))""",
    "places by a matrix product": """\
rows = w.reshape(F, -1)
out = np.zeros((N, F, Ho * Wo))
for place in range(Ho * Wo):
    top, left = place // Wo * s, place % Wo * s
    out[:, :, place] = xp[:, :, top : top + HH, left : left + WW].reshape(N, -1) @ rows.T
out = out.reshape(N, F, Ho, Wo)""",
    "taps of the filter": """\
out = np.zeros((N, F, Ho, Wo))
for p in range(HH):
    for q in range(WW):
        seen = xp[:, :, p : p + s * (Ho - 1) + 1 : s, q : q + s * (Wo - 1) + 1 : s]
        out += np.einsum("nchw,fc->nfhw", seen, w[:, :, p, q])""",
    "taps and channels": """\
out = np.zeros((N, F, Ho, Wo))
for c, p, q in np.ndindex(C, HH, WW):
    seen = xp[:, c, p : p + s * (Ho - 1) + 1 : s, q : q + s * (Wo - 1) + 1 : s]
    out += seen[:, None] * w[None, :, c, p, q, None, None]""",
    "a view of windows by einsum": """\
windows = np.lib.stride_tricks.sliding_window_view(xp, (HH, WW), axis=(2, 3))[:, :, ::s, ::s]
out = np.einsum("nchwpq,fcpq->nfhw", windows, w)""",
    "a view of windows by tensordot": """\
windows = np.lib.stride_tricks.sliding_window_view(xp, (HH, WW), axis=(2, 3))[:, :, ::s, ::s]
out = np.tensordot(windows, w, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)""",
    "strides by hand": """\
xp = np.ascontiguousarray(xp)
a, c, r, e = xp.strides
views = np.lib.stride_tricks.as_strided(xp, (N, Ho, Wo, C, HH, WW), (a, s * r, s * e, c, r, e))
out = (views.reshape(N * Ho * Wo, -1) @ w.reshape(F, -1).T).reshape(N, Ho, Wo, F).transpose(0, 3, 1, 2)""",
    "columns by indices": """\
rows = np.repeat(np.arange(HH), WW)[None, :] + s * np.repeat(np.arange(Ho), Wo)[:, None]
cols = np.tile(np.arange(WW), HH)[None, :] + s * np.tile(np.arange(Wo), Ho)[:, None]
columns = xp[:, :, rows, cols].transpose(0, 2, 1, 3).reshape(N, Ho * Wo, C * HH * WW)
out = np.matmul(columns, w.reshape(F, -1).T).transpose(0, 2, 1).reshape(N, F, Ho, Wo)""",
    "columns of each image": """\
kernel = w.reshape(F, C * HH * WW)
out = np.zeros((N, F, Ho, Wo))
for n, image in enumerate(xp):
    columns = [image[:, i * s : i * s + HH, j * s : j * s + WW].ravel() for i in range(Ho) for j in range(Wo)]
    out[n] = kernel.dot(np.array(columns).T).reshape(F, Ho, Wo)""",
    "a comprehension": """\
def at(n, f, i, j):
    return (xp[n, :, i * s : i * s + HH, j * s : j * s + WW] * w[f]).sum()

out = np.array([at(n, f, i, j) for n in range(N) for f in range(F) for i in range(Ho) for j in range(Wo)])
out = out.reshape(N, F, Ho, Wo)""",
    "filter by filter": """\
maps = []
for kernel in w:
    one = np.zeros((N, Ho, Wo))
    for i, j in np.ndindex(Ho, Wo):
        one[:, i, j] = (xp[:, :, i * s : i * s + HH, j * s : j * s + WW] * kernel).sum(axis=(1, 2, 3))
    maps.append(one)
out = np.stack(maps, axis=1)""",
    "rows of the filter": """\
out = np.zeros((N, Ho, Wo, F))
for p in range(HH):
    for j in range(Wo):
        strip = xp[:, :, p : p + s * (Ho - 1) + 1 : s, j * s : j * s + WW]
        out[:, :, j] += np.einsum("nchq,fcq->nhf", strip, w[:, :, p])
out = np.moveaxis(out, 3, 1)""",
    "one number at a time": """\
out = np.zeros((N, F, Ho, Wo))
for n, f, i, j in np.ndindex(N, F, Ho, Wo):
    total = 0.0
    for c in range(C):
        for p in range(HH):
            line = xp[n, c, i * s + p]
            for q in range(WW):
                total += line[j * s + q] * w[f, c, p, q]
    out[n, f, i, j] = total""",
}

BIASES = {
    "broadcast": "out = out + b[None, :, None, None]",
    "in place": "out += b.reshape(1, F, 1, 1)",
    "filter by filter": "for f in range(F):\n    out[:, f] += b[f]",
    "along the last axis": "out = np.moveaxis(np.moveaxis(out, 1, -1) + b, -1, 1)",
    "expanded": "out = np.add(out, np.expand_dims(b, (1, 2)))",
}

#: what the forward function keeps, and how the backward function takes it
CACHES = {
    "documented": ("(x, w, b, conv_param)", "x, w, b, conv_param = cache\ns, pad = READ"),
    "dictionary": (
        '{"x": x, "w": w, "settings": dict(conv_param)}',
        'x, w, conv_param = cache["x"], cache["w"], cache["settings"]\ns, pad = READ',
    ),
    "list in another order": ("[s, pad, w, x]", "s, pad, w, x = cache"),
    "namespace": (
        "types.SimpleNamespace(x=x, w=w, s=s, pad=pad)",
        "x, w, s, pad = cache.x, cache.w, cache.s, cache.pad",
    ),
    "nested": ("((x, (w, b)), conv_param, out.shape)", "(x, (w, b)), conv_param, _ = cache\ns, pad = READ"),
    "copies": (
        "(x.copy(), w.copy(), b.copy(), conv_param.copy())",
        "x, w, b, conv_param = cache\ns, pad = READ",
    ),
}
READS = (
    'conv_param["stride"], conv_param["pad"]',
    'conv_param.get("stride", 1), conv_param.get("pad", 0)',
    '(int(conv_param[name]) for name in ("stride", "pad"))',
)

BACKWARD = {
    "four loops": """\
dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
for n in range(N):
    for f in range(F):
        for i in range(Ho):
            for j in range(Wo):
                dw[f] += xp[n, :, i * s : i * s + HH, j * s : j * s + WW] * dout[n, f, i, j]
                dxp[n, :, i * s : i * s + HH, j * s : j * s + WW] += w[f] * dout[n, f, i, j]""",
    "places by einsum": """\
dxp, dw = np.zeros_like(xp, dtype=float), np.zeros_like(w, dtype=float)
for i in range(Ho):
    for j in range(Wo):
        here = np.s_[:, :, i * s : i * s + HH, j * s : j * s + WW]
        dw += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], xp[here])
        dxp[here] += np.einsum("nf,fcpq->ncpq", dout[:, :, i, j], w)""",
    "places by matrix products": """\
dxp, rows, dw = np.zeros(xp.shape), w.reshape(F, -1), np.zeros((F, C * HH * WW))
for place in range(Ho * Wo):
    i, j = divmod(place, Wo)
    step = dout[:, :, i, j]
    window = xp[:, :, i * s : i * s + HH, j * s : j * s + WW]
    dw += step.T @ window.reshape(N, -1)
    dxp[:, :, i * s : i * s + HH, j * s : j * s + WW] += (step @ rows).reshape(window.shape)
dw = dw.reshape(w.shape)""",
    "taps": """\
dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
for p, q in np.ndindex(HH, WW):
    here = (slice(None), slice(None), slice(p, p + s * (Ho - 1) + 1, s), slice(q, q + s * (Wo - 1) + 1, s))
    dw[:, :, p, q] = np.tensordot(dout, xp[here], axes=([0, 2, 3], [0, 2, 3]))
    dxp[here] += np.tensordot(dout, w[:, :, p, q], axes=([1], [0])).transpose(0, 3, 1, 2)""",
    "columns put back by indices": """\
rows = np.repeat(np.arange(HH), WW)[None, :] + s * np.repeat(np.arange(Ho), Wo)[:, None]
cols = np.tile(np.arange(WW), HH)[None, :] + s * np.tile(np.arange(Wo), Ho)[:, None]
columns = xp[:, :, rows, cols].transpose(0, 2, 1, 3).reshape(N, Ho * Wo, -1)
steps = dout.reshape(N, F, Ho * Wo)
dw = np.einsum("nfl,nlk->fk", steps, columns).reshape(w.shape)
dcolumns = np.einsum("nfl,fk->nlk", steps, w.reshape(F, -1))
dxp = np.zeros(xp.shape)
parts = dcolumns.reshape(N, Ho * Wo, C, HH * WW).transpose(0, 2, 1, 3)
np.add.at(dxp, (slice(None), slice(None), rows, cols), parts)""",
    "a view for dw, loops for dx": """\
windows = np.lib.stride_tricks.sliding_window_view(xp, (HH, WW), axis=(2, 3))[:, :, ::s, ::s]
dw = np.einsum("nfij,ncijpq->fcpq", dout, windows, optimize=True)
parts = np.einsum("nfij,fcpq->ncijpq", dout, w)
dxp = np.zeros(xp.shape)
for i, j in np.ndindex(Ho, Wo):
    dxp[:, :, i * s : i * s + HH, j * s : j * s + WW] += parts[:, :, i, j]""",
    "filter by filter": """\
dxp, gradients = np.zeros(xp.shape), []
for kernel, steps in zip(w, np.moveaxis(dout, 1, 0)):
    gradient = np.zeros(kernel.shape)
    for n, i, j in np.ndindex(steps.shape):
        top, left = i * s, j * s
        gradient = gradient + steps[n, i, j] * xp[n, :, top : top + HH, left : left + WW]
        dxp[n, :, top : top + HH, left : left + WW] += steps[n, i, j] * kernel
    gradients.append(gradient)
dw = np.array(gradients)""",
    "dw and dx apart": """\
dw = np.zeros(w.shape)
for f, c, p, q in np.ndindex(w.shape):
    seen = xp[:, c, p : p + s * (Ho - 1) + 1 : s, q : q + s * (Wo - 1) + 1 : s]
    dw[f, c, p, q] = (dout[:, f] * seen).sum()
dxp = np.zeros(xp.shape)
for n in range(N):
    for i, j in np.ndindex(Ho, Wo):
        dxp[n, :, i * s : i * s + HH, j * s : j * s + WW] += (dout[n, :, i, j, None, None, None] * w).sum(0)""",
    "dx as a convolution of spread gradients": """\
spread = np.zeros((N, F, xp.shape[2] + HH - 1, xp.shape[3] + WW - 1))
spread[:, :, HH - 1 : HH + s * (Ho - 1) : s, WW - 1 : WW + s * (Wo - 1) : s] = dout
turned = w[:, :, ::-1, ::-1]
views = np.lib.stride_tricks.sliding_window_view(spread, (HH, WW), axis=(2, 3))
dxp = np.einsum("nfijpq,fcpq->ncij", views, turned)
dw = np.zeros(w.shape)
for n, i, j in np.ndindex(N, Ho, Wo):
    dw += dout[n, :, i, j].reshape(F, 1, 1, 1) * xp[n, :, i * s : i * s + HH, j * s : j * s + WW]""",
    "image by image": """\
dxs, dw = [], np.zeros(w.shape)
for image, steps in zip(xp, dout):
    dimage = np.zeros(image.shape)
    for i in range(Ho):
        for j in range(Wo):
            cut = (slice(None), slice(i * s, i * s + HH), slice(j * s, j * s + WW))
            dimage[cut] += np.tensordot(steps[:, i, j], w, axes=1)
            dw += np.multiply.outer(steps[:, i, j], image[cut])
    dxs.append(dimage)
dxp = np.stack(dxs)""",
}

CROPS = {
    "by sizes": "dx = dxp[:, :, pad : pad + H, pad : pad + W]",
    "from the end, if there is padding": "dx = dxp[:, :, pad:-pad, pad:-pad] if pad > 0 else dxp",
    "by shapes": "dx = dxp[..., pad : dxp.shape[-2] - pad, pad : dxp.shape[-1] - pad].copy()",
    "by np.take": "dx = dxp.take(range(pad, pad + H), axis=2).take(range(pad, pad + W), axis=3)",
}
BIAS_GRADIENTS = {
    "axes": "db = dout.sum(axis=(0, 2, 3))",
    "einsum": 'db = np.einsum("nfij->f", dout)',
    "one axis after another": "db = np.sum(np.sum(np.sum(dout, axis=-1), axis=-1), axis=0)",
    "a loop": "db = np.array([dout[:, f].sum() for f in range(F)])",
    "rows": "db = dout.swapaxes(0, 1).reshape(F, -1).sum(axis=1)",
    "added up": "db = np.zeros(F)\nfor step in dout:\n    db += step.sum((1, 2))",
}
RETURNS = ("return dx, dw, db", "return [dx, dw, db]", "grads = (dx, dw, db)\nreturn grads")


def convolutions(n: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the name of a rewrite and its functions' texts, n times; no two have the same parts."""
    parts = [cycle(part.items()) for part in (FORWARD, PADS, BIASES, CACHES, BACKWARD, CROPS, BIAS_GRADIENTS)]
    # Two lists whose lengths have a factor in common go on by one more each time that both are through.
    for number in range(n):
        if number and number % 30 == 0:
            next(parts[4]), next(parts[1]), next(parts[3])
        (forward, f), (padding, p), (bias, b), (kept, (keep, take)), (backward, g), (crop, c), (total, t) = map(
            next, parts
        )
        read = READS[number % len(READS)]
        first = f"s, pad = {read}\n{SIZES}{p}\n{f}\n{b}\nreturn out, {keep}"
        second = f"{take.replace('READ', read)}\n{SIZES}{p}\n{g}\n{c}\n{t}\n{RETURNS[number % len(RETURNS)]}"
        yield (
            f"convolution: {forward}; padding: {padding}; bias: {bias}; cache: {kept}; "
            f"backward: {backward}; cut: {crop}; db: {total}",
            {
                "conv_forward_naive": _function("conv_forward_naive(x, w, b, conv_param)", first),
                "conv_backward_naive": _function("conv_backward_naive(dout, cache)", second),
            },
        )


POOL_SIZES = """\
h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
N, C, H, W = x.shape
Ho, Wo = (H - h) // s + 1, (W - w) // s + 1
"""

POOL_FORWARD = {
    "four loops": """\
out = np.zeros((N, C, Ho, Wo))
for n in range(N):
    for c in range(C):
        for i in range(Ho):
            for j in range(Wo):
                out[n, c, i, j] = np.max(x[n, c, i * s : i * s + h, j * s : j * s + w])""",
    "places": """\
out = np.empty((N, C, Ho, Wo), dtype=x.dtype)
for i, j in np.ndindex(Ho, Wo):
    out[:, :, i, j] = np.amax(x[:, :, i * s : i * s + h, j * s : j * s + w], axis=(2, 3))""",
    "a view of windows": """\
windows = np.lib.stride_tricks.sliding_window_view(x, (h, w), axis=(2, 3))[:, :, ::s, ::s]
out = windows.max(axis=(-2, -1))""",
    "taps": """\
out = np.full((N, C, Ho, Wo), -np.inf)
for p in range(h):
    for q in range(w):
        out = np.maximum(out, x[:, :, p : p + s * (Ho - 1) + 1 : s, q : q + s * (Wo - 1) + 1 : s])""",
    "taps at once": """\
taps = [x[:, :, p : p + s * (Ho - 1) + 1 : s, q : q + s * (Wo - 1) + 1 : s] for p in range(h) for q in range(w)]
out = np.maximum.reduce(taps)""",
    "rows, then columns": """\
lines = np.stack([x[:, :, i * s : i * s + h].max(axis=2) for i in range(Ho)], axis=2)
out = np.stack([lines[..., j * s : j * s + w].max(axis=3) for j in range(Wo)], axis=3)""",
    "sorted windows": """\
out = np.zeros((N, C, Ho, Wo))
for n, c, i, j in np.ndindex(out.shape):
    out[n, c, i, j] = np.sort(x[n, c, i * s : i * s + h, j * s : j * s + w], axis=None)[-1]""",
    "largest by comparison": """\
out = np.zeros((N, C, Ho, Wo))
for n, c, i, j in np.ndindex(out.shape):
    best = x[n, c, i * s, j * s]
    for p in range(h):
        for q in range(w):
            if x[n, c, i * s + p, j * s + q] > best:
                best = x[n, c, i * s + p, j * s + q]
    out[n, c, i, j] = best""",
    "a comprehension": """\
planes = x.reshape(N * C, H, W)
maxima = [plane[i * s : i * s + h, j * s : j * s + w].max() for plane in planes for i in range(Ho) for j in range(Wo)]
out = np.array(maxima).reshape(N, C, Ho, Wo)""",
    "tiles where they fit": """\
if s == h == w and H % h == 0 and W % w == 0:
    out = x.reshape(N, C, Ho, h, Wo, w).max(axis=5).max(axis=3)
else:
    out = np.zeros((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i * s : i * s + h, j * s : j * s + w].reshape(N, C, -1).max(axis=2)""",
    "winners taken": """\
windows = np.lib.stride_tricks.sliding_window_view(x, (h, w), axis=(2, 3))[:, :, ::s, ::s]
flat = windows.reshape(N, C, Ho, Wo, h * w)
out = np.take_along_axis(flat, flat.argmax(axis=-1)[..., None], axis=-1).squeeze(-1)""",
    "indices": """\
rows = np.repeat(np.arange(h), w)[:, None] + s * np.repeat(np.arange(Ho), Wo)[None, :]
cols = np.tile(np.arange(w), h)[:, None] + s * np.tile(np.arange(Wo), Ho)[None, :]
out = x[:, :, rows, cols].max(axis=2).reshape(N, C, Ho, Wo)""",
}

POOL_CACHES = {
    "documented": ("(x, pool_param)", "x, pool_param = cache"),
    "dictionary": ('{"x": x, "pool_param": pool_param}', 'x, pool_param = cache["x"], cache["pool_param"]'),
    "with the output": ("(x, out, pool_param)", "x, _, pool_param = cache"),
    "namespace": (
        "types.SimpleNamespace(images=x, settings=dict(pool_param))",
        "x, pool_param = cache.images, cache.settings",
    ),
    "a function": ("(lambda: (x, pool_param))", "x, pool_param = cache()"),
}

POOL_BACKWARD = {
    "unravelled": """\
dx = np.zeros(x.shape)
for n, c, i, j in np.ndindex(dout.shape):
    window = x[n, c, i * s : i * s + h, j * s : j * s + w]
    p, q = np.unravel_index(np.argmax(window), window.shape)
    dx[n, c, i * s + p, j * s + q] += dout[n, c, i, j]""",
    "divided": """\
dx = np.zeros_like(x, dtype=dout.dtype)
for n in range(N):
    for c in range(C):
        for i in range(Ho):
            for j in range(Wo):
                p, q = divmod(int(x[n, c, i * s : i * s + h, j * s : j * s + w].argmax()), w)
                dx[n, c, i * s + p, j * s + q] += dout[n, c, i, j]""",
    "masks": """\
dx = np.zeros(x.shape)
for n, c, i, j in np.ndindex(dout.shape):
    here = np.s_[n, c, i * s : i * s + h, j * s : j * s + w]
    dx[here] += (x[here] == x[here].max()) * dout[n, c, i, j]""",
    "masks that share": """\
dx = np.zeros(x.shape)
for i, j in np.ndindex(Ho, Wo):
    window = x[:, :, i * s : i * s + h, j * s : j * s + w]
    mask = (window == window.max(axis=(2, 3), keepdims=True)).astype(float)
    mask /= mask.sum(axis=(2, 3), keepdims=True)
    dx[:, :, i * s : i * s + h, j * s : j * s + w] += mask * dout[:, :, i, j][..., None, None]""",
    "winners added": """\
windows = np.lib.stride_tricks.sliding_window_view(x, (h, w), axis=(2, 3))[:, :, ::s, ::s]
winners = windows.reshape(N, C, Ho, Wo, h * w).argmax(axis=-1)
n, c, i, j = np.indices(dout.shape)
dx = np.zeros(x.shape)
np.add.at(dx, (n, c, i * s + winners // w, j * s + winners % w), dout)""",
    "counted": """\
n, c, i, j = np.indices(dout.shape, sparse=True)
windows = np.lib.stride_tricks.sliding_window_view(x, (h, w), axis=(2, 3))[:, :, ::s, ::s]
winners = windows.reshape(N, C, Ho, Wo, -1).argmax(axis=-1)
flat = ((n * C + c) * H + i * s + winners // w) * W + j * s + winners % w
dx = np.bincount(flat.ravel(), weights=dout.ravel(), minlength=x.size).reshape(x.shape)""",
    "taps": """\
def tap(array, p, q):
    return array[:, :, p : p + s * (Ho - 1) + 1 : s, q : q + s * (Wo - 1) + 1 : s]

out = np.maximum.reduce([tap(x, p, q) for p in range(h) for q in range(w)])
dx, given = np.zeros(x.shape), np.zeros(out.shape, bool)
for p in range(h):
    for q in range(w):
        wins = (tap(x, p, q) == out) & ~given
        tap(dx, p, q)[...] += np.where(wins, dout, 0.0)
        given |= wins""",
    "put along an axis": """\
dx = np.zeros(x.shape)
for i in range(Ho):
    for j in range(Wo):
        window = x[:, :, i * s : i * s + h, j * s : j * s + w].reshape(N, C, h * w)
        part = np.zeros(window.shape)
        np.put_along_axis(part, window.argmax(axis=2)[..., None], dout[:, :, i, j][..., None], axis=2)
        dx[:, :, i * s : i * s + h, j * s : j * s + w] += part.reshape(N, C, h, w)""",
    "the last of equals": """\
dx = np.zeros(x.shape)
for n, c, i, j in np.ndindex(dout.shape):
    window = x[n, c, i * s : i * s + h, j * s : j * s + w]
    rows, cols = np.nonzero(window == window.max())
    dx[n, c, i * s + rows[-1], j * s + cols[-1]] += dout[n, c, i, j]""",
    "where": """\
dx = np.zeros(x.shape)
for plane, dplane, steps in zip(x.reshape(-1, H, W), dx.reshape(-1, H, W), dout.reshape(-1, Ho, Wo)):
    for i in range(Ho):
        for j in range(Wo):
            window = plane[i * s : i * s + h, j * s : j * s + w]
            first = np.arange(h * w).reshape(h, w) == window.argmax()
            dplane[i * s : i * s + h, j * s : j * s + w] += np.where(first, steps[i, j], 0)""",
}
POOL_RETURNS = ("return dx", "dx = np.asfortranarray(dx)\nreturn dx", "return dx.astype(np.float64)")


def poolings(n: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the name of a rewrite and its functions' texts, n times; no two have the same parts."""
    parts = [cycle(part.items()) for part in (POOL_FORWARD, POOL_CACHES, POOL_BACKWARD)]
    for number in range(n):
        if number and number % 20 == 0:
            next(parts[1])
        (forward, f), (kept, (keep, take)), (backward, g) = map(next, parts)
        yield (
            f"pooling: {forward}; cache: {kept}; backward: {backward}; return {number % len(POOL_RETURNS)}",
            {
                "max_pool_forward_naive": _function(
                    "max_pool_forward_naive(x, pool_param)", f"{POOL_SIZES}{f}\nreturn out, {keep}"
                ),
                "max_pool_backward_naive": _function(
                    "max_pool_backward_naive(dout, cache)",
                    f"{take}\n{POOL_SIZES}{g}\n{POOL_RETURNS[number % len(POOL_RETURNS)]}",
                ),
            },
        )


def _function(head: str, body: str) -> str:
    lines = indent(body, "    ")
    # What a file needs beside NumPy stands where it is needed.
    return f"def {head}:\n    import types\n\n{lines}\n" if "types." in body else f"def {head}:\n{lines}\n"
