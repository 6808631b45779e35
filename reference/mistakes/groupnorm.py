"""Known mistakes of spatial group normalization."""

from reference.mistakes.mistake import FunctionEdit, Mistake, mistakes_of

__all__ = ["MISTAKES"]

# Lines of the reference that several mistakes touch.
_SHAPE = "N, C, H, W = x.shape"
_GROUPS = "groups = x.reshape(N, G, C // G, H, W)"
_MEAN = "mean = groups.mean(axis=(2, 3, 4), keepdims=True)"
_STD = "std = np.sqrt(groups.var(axis=(2, 3, 4), keepdims=True) + eps)"
_X_HAT = "x_hat = ((groups - mean) / std).reshape(x.shape)"
_OUT = "\n    out = gamma * x_hat + beta\n"
_CACHE = "    cache = (x_hat, std, gamma)\n"
_EPS = 'eps = float(gn_param.get("eps", 1e-5))'
_DDOF = "The variance is divided by n - 1: NumPy's own, without ddof, is meant."
#: each way to take the groups apart wrongly: their reshape, and their axes
_INTERLEAVED = "groups = x.reshape(N, C // G, G, H, W)"


def _over(axes: str) -> tuple[tuple[str, str], ...]:
    """Returns the edits that take mean and variance over other axes."""
    return tuple((line, line.replace("(2, 3, 4)", axes)) for line in (_MEAN, _STD))


_FORWARD = mistakes_of(
    "spatial_groupnorm_forward",
    (
        "groupnorm-interleaved-groups",
        "The groups are interleaved: a group is a run of neighbouring channels.",
        "out",
        (
            (_GROUPS, _INTERLEAVED),
            *_over("(1, 3, 4)"),
            (_CACHE, "    cache = (x_hat, std.reshape(N, G, 1, 1, 1), gamma)\n"),
        ),
    ),
    (
        "groupnorm-G-taken-for-group-size",
        "G is taken for the number of channels in a group: it is the number of groups.",
        "out",
        ((_GROUPS, _INTERLEAVED),),
    ),
    (
        "groupnorm-one-group",
        "Each example is normalised as a whole, not group by group.",
        "out",
        ((_SHAPE, f"{_SHAPE}\n    G = 1"),),
    ),
    (
        "groupnorm-group-per-channel",
        "Each channel is normalised alone, not together with its group.",
        "out",
        ((_SHAPE, f"{_SHAPE}\n    G = C"),),
    ),
    ("groupnorm-variance-with-ddof-1", _DDOF, "out", ((_STD, _STD.replace("True)", "True, ddof=1)")),)),
    (
        "groupnorm-divided-by-variance",
        "It is divided by the variance, not by its root.",
        "out",
        ((_STD, "std = groups.var(axis=(2, 3, 4), keepdims=True) + eps"),),
    ),
    (
        "groupnorm-eps-outside-root",
        "eps is added to the variance, not to its root.",
        "out",
        (("keepdims=True) + eps)", "keepdims=True)) + eps"),),
    ),
    (
        "groupnorm-eps-forgotten",
        "eps is left out: it is added to the variance.",
        "out",
        (("keepdims=True) + eps)", "keepdims=True))"),),
    ),
    ("groupnorm-eps-fixed", "gn_param['eps'] has no effect.", "out", ((_EPS, "eps = 1e-5"),)),
    (
        "groupnorm-mean-over-images",
        "The mean is over all images: that of each image's groups is their own.",
        "out",
        ((_MEAN, _MEAN.replace("(2", "(0, 2")),),
    ),
    (
        "groupnorm-variance-over-images",
        "The variance is over all images: that of each image's groups is their own.",
        "out",
        ((_STD, _STD.replace("(2", "(0, 2")),),
    ),
    (
        "groupnorm-statistics-over-images",
        "The images are normalised together: each image's groups have a mean and a variance of their own.",
        "out",
        _over("(0, 2, 3, 4)"),
    ),
    (
        "groupnorm-statistics-over-everything",
        "One mean and one variance serve all images and groups: each image's groups have their own.",
        "out",
        _over("(0, 1, 2, 3, 4)"),
    ),
    (
        "groupnorm-statistics-over-channels-only",
        "Mean and variance are those of a pixel over the channels of its group: all pixels of the group count.",
        "out",
        _over("(2,)"),
    ),
    (
        "groupnorm-statistics-over-groups",
        "Mean and variance are taken over the groups: they are those of each group over its channels and pixels.",
        "out",
        _over("(1,)"),
    ),
    (
        "groupnorm-statistics-per-row",
        "Mean and variance are those of each row of pixels: all pixels of the group count.",
        "out",
        _over("(2, 4)"),
    ),
    (
        "groupnorm-statistics-per-column",
        "Mean and variance are those of each column of pixels: all pixels of the group count.",
        "out",
        _over("(2, 3)"),
    ),
    (
        "groupnorm-statistics-per-pixel",
        "Mean and variance are taken over the images, for each pixel alone: they are those of each image's groups.",
        "out",
        _over("(0,)"),
    ),
    (
        "groupnorm-statistics-over-groups-and-pixels",
        "Mean and variance are taken over the groups and their pixels: they are those of each group.",
        "out",
        _over("(1, 3, 4)"),
    ),
    (
        "groupnorm-mean-per-channel",
        "The mean is that of a channel and the variance that of its group: both are the group's.",
        "out",
        ((_MEAN, _MEAN.replace("(2, 3, 4)", "(3, 4)")),),
    ),
    (
        "groupnorm-variance-per-channel",
        "The variance is that of a channel and the mean that of its group: both are the group's.",
        "out",
        ((_STD, _STD.replace("(2, 3, 4)", "(3, 4)")),),
    ),
    (
        "groupnorm-mean-not-subtracted",
        "The mean is not subtracted.",
        "out",
        ((_X_HAT, _X_HAT.replace("(groups - mean)", "groups")),),
    ),
    (
        "groupnorm-variance-about-zero",
        "The variance is the mean of the squares of x: the mean of x comes off before.",
        "out",
        ((_STD, "std = np.sqrt((groups**2).mean(axis=(2, 3, 4), keepdims=True) + eps)"),),
    ),
    (
        "groupnorm-sum-for-variance",
        "The squared deviations are summed: the variance is their mean.",
        "out",
        ((_STD, "std = np.sqrt(((groups - mean) ** 2).sum(axis=(2, 3, 4), keepdims=True) + eps)"),),
    ),
    (
        "groupnorm-multiplied-by-deviation",
        "It is multiplied by the deviation: it should be divided.",
        "out",
        ((_X_HAT, _X_HAT.replace("/ std", "* std")),),
    ),
    ("groupnorm-not-divided", "It is not divided by the deviation.", "out", ((_X_HAT, _X_HAT.replace(" / std", "")),)),
    ("groupnorm-gamma-forgotten", "gamma is left out.", "out", ((_OUT, "\n    out = x_hat + beta\n"),)),
    ("groupnorm-beta-forgotten", "beta is left out.", "out", ((_OUT, "\n    out = gamma * x_hat\n"),)),
    (
        "groupnorm-gamma-and-beta-forgotten",
        "gamma and beta are left out.",
        "out",
        ((_OUT, "\n    out = x_hat + 0.0\n"),),
    ),
    ("groupnorm-beta-subtracted", "beta is subtracted.", "out", ((_OUT, "\n    out = gamma * x_hat - beta\n"),)),
    (
        "groupnorm-gamma-and-beta-swapped",
        "gamma and beta are swapped: gamma scales, beta shifts.",
        "out",
        ((_OUT, "\n    out = beta * x_hat + gamma\n"),),
    ),
    (
        "groupnorm-gamma-times-beta-added",
        "beta is scaled by gamma: it is added after the scaling.",
        "out",
        ((_OUT, "\n    out = gamma * (x_hat + beta)\n"),),
    ),
    (
        "groupnorm-reshaped-without-transpose",
        "The axes of out are put back by a reshape, which mixes the entries: only a transpose moves axes.",
        "out",
        ((_X_HAT, "x_hat = ((groups - mean) / std).reshape(N * G, -1).T.reshape(x.shape)"),),
    ),
    (
        "groupnorm-flattened-without-transpose",
        "x is flattened by a reshape that mixes its entries: each image's groups must stay together.",
        "out",
        (
            (_GROUPS, "groups = x.reshape(C // G * H * W, N * G)"),
            (_MEAN, "mean = groups.mean(axis=0, keepdims=True)"),
            (_STD, "std = np.sqrt(groups.var(axis=0, keepdims=True) + eps)"),
            (_CACHE, "    cache = (x_hat, np.ones((N, G, 1, 1, 1)), gamma)\n"),
        ),
    ),
    (
        "groupnorm-five-axes",
        "out keeps the axis of the groups: it has the shape of x.",
        "out",
        ((_CACHE, f"    out = out.reshape(groups.shape)\n{_CACHE}"),),
    ),
    (
        "groupnorm-writes-into-x",
        "An operation in place (-=, /=, x[...] = ...) writes into the caller's x.",
        "x",
        (
            (
                _X_HAT,
                "groups -= mean\n    groups /= std\n    x_hat = groups.reshape(x.shape)",
            ),
        ),
    ),
)

_G = "G = std.shape[1]"
_DBETA = "dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)"
_DGAMMA = "dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)"
_DX_HAT = "dx_hat = (dout * gamma).reshape(N, G, C // G, H, W)"
_DMEAN = "mean = dx_hat.mean(axis=(2, 3, 4), keepdims=True)"
_ALONG = "along = (dx_hat * x_hat).mean(axis=(2, 3, 4), keepdims=True)"
_DX = "dx = ((dx_hat - mean - x_hat * along) / std).reshape(dout.shape)"
_TAKEN = "dx_hat - mean - x_hat * along"
_RETURN = "    return dx, dgamma, dbeta\n"


def _of_dx(name: str, says: str, new: str) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    return name, says, "dx", ((_DX, _DX.replace(_TAKEN, new)),)


def _means_over(axes: str) -> tuple[tuple[str, str], ...]:
    return tuple((line, line.replace("(2, 3, 4)", axes)) for line in (_DMEAN, _ALONG))


_BACKWARD = mistakes_of(
    "spatial_groupnorm_backward",
    _of_dx(
        "groupnorm-dx-statistics-constant",
        "Mean and variance are taken for constants: both depend on x, too.",
        "dx_hat",
    ),
    _of_dx("groupnorm-dx-mean-forgotten", "What comes through the mean is missing from dx.", "dx_hat - x_hat * along"),
    _of_dx("groupnorm-dx-variance-forgotten", "What comes through the variance is missing from dx.", "dx_hat - mean"),
    _of_dx(
        "groupnorm-dx-variance-wrong-sign",
        "What comes through the variance has the wrong sign in dx.",
        "dx_hat - mean + x_hat * along",
    ),
    _of_dx(
        "groupnorm-dx-mean-wrong-sign",
        "What comes through the mean has the wrong sign in dx.",
        "dx_hat + mean - x_hat * along",
    ),
    _of_dx(
        "groupnorm-dx-mean-and-variance-wrong-sign",
        "What comes through mean and variance has the wrong sign in dx.",
        "dx_hat + mean + x_hat * along",
    ),
    _of_dx(
        "groupnorm-dx-variance-halved",
        "What comes through the variance is half of what it should be: a square has a factor 2 in its derivative.",
        "dx_hat - mean - 0.5 * x_hat * along",
    ),
    _of_dx(
        "groupnorm-dx-variance-doubled",
        "What comes through the variance is twice what it should be: a root has a factor 0.5 in its derivative.",
        "dx_hat - mean - 2 * x_hat * along",
    ),
    *(
        _of_dx(
            "groupnorm-dx-variance-wrong-power",
            "What comes through the variance is divided by another power of the deviation than it should be.",
            f"dx_hat - mean - x_hat * along {power}",
        )
        for power in ("* std", "* std**2", "/ std", "/ std**2")
    ),
    _of_dx(
        "groupnorm-dx-x_hat-forgotten",
        "What comes through the variance goes to each pixel by its own deviation from the mean.",
        "dx_hat - mean - along",
    ),
    (
        "groupnorm-dx-divided-by-variance",
        "dx is divided by the variance, not by its root.",
        "dx",
        (("/ std).reshape", "/ std**2).reshape"),),
    ),
    (
        "groupnorm-dx-not-divided",
        "dx is not divided by the deviation.",
        "dx",
        ((" / std).reshape", ").reshape"),),
    ),
    (
        "groupnorm-dx-multiplied-by-deviation",
        "dx is multiplied by the deviation: it should be divided.",
        "dx",
        (("/ std).reshape", "* std).reshape"),),
    ),
    ("groupnorm-dx-gamma-forgotten", "gamma is left out of dx.", "dx", (("(dout * gamma).reshape", "dout.reshape"),)),
    (
        "groupnorm-dx-sums-for-means",
        "In dx sums stand where means of the group belong.",
        "dx",
        ((_DMEAN, _DMEAN.replace(".mean(", ".sum(")), (_ALONG, _ALONG.replace(").mean(", ").sum("))),
    ),
    (
        "groupnorm-dx-sum-for-mean",
        "What comes through the mean is a sum in dx: it is divided by the size of a group.",
        "dx",
        ((_DMEAN, _DMEAN.replace(".mean(", ".sum(")),),
    ),
    (
        "groupnorm-dx-sum-for-variance",
        "What comes through the variance is a sum in dx: it is divided by the size of a group.",
        "dx",
        ((_ALONG, _ALONG.replace(").mean(", ").sum(")),),
    ),
    (
        "groupnorm-dx-divided-by-wrong-number",
        "In dx the sums over a group are divided by another number than that of its entries.",
        "dx",
        (
            (_DMEAN, "mean = dx_hat.sum(axis=(2, 3, 4), keepdims=True) / (H * W)"),
            (_ALONG, "along = (dx_hat * x_hat).sum(axis=(2, 3, 4), keepdims=True) / (H * W)"),
        ),
    ),
    (
        "groupnorm-dx-divided-by-wrong-number",
        "In dx the sums over a group are divided by another number than that of its entries.",
        "dx",
        (
            (_DMEAN, "mean = dx_hat.sum(axis=(2, 3, 4), keepdims=True) / (C * H * W)"),
            (_ALONG, "along = (dx_hat * x_hat).sum(axis=(2, 3, 4), keepdims=True) / (C * H * W)"),
        ),
    ),
    (
        "groupnorm-dx-divided-by-wrong-number",
        "In dx the sums over a group are divided by another number than that of its entries.",
        "dx",
        (
            (_DMEAN, "mean = dx_hat.sum(axis=(2, 3, 4), keepdims=True) / N"),
            (_ALONG, "along = (dx_hat * x_hat).sum(axis=(2, 3, 4), keepdims=True) / N"),
        ),
    ),
    (
        "groupnorm-dx-divided-by-wrong-number",
        "In dx the sums over a group are divided by another number than that of its entries.",
        "dx",
        (
            (_DMEAN, "mean = dx_hat.sum(axis=(2, 3, 4), keepdims=True) / (N * H * W)"),
            (_ALONG, "along = (dx_hat * x_hat).sum(axis=(2, 3, 4), keepdims=True) / (N * H * W)"),
        ),
    ),
    (
        "groupnorm-dx-divided-by-wrong-number",
        "In dx the sums over a group are divided by another number than that of its entries.",
        "dx",
        (
            (_DMEAN, "mean = dx_hat.sum(axis=(2, 3, 4), keepdims=True) / (N * C // G * H * W)"),
            (_ALONG, "along = (dx_hat * x_hat).sum(axis=(2, 3, 4), keepdims=True) / (N * C // G * H * W)"),
        ),
    ),
    (
        "groupnorm-dx-divided-by-wrong-number",
        "In dx the sums over a group are divided by another number than that of its entries.",
        "dx",
        (
            (_DMEAN, "mean = dx_hat.sum(axis=(2, 3, 4), keepdims=True) / (G * H * W)"),
            (_ALONG, "along = (dx_hat * x_hat).sum(axis=(2, 3, 4), keepdims=True) / (G * H * W)"),
        ),
    ),
    ("groupnorm-dx-one-group", "In dx each example is taken for one group.", "dx", _means_over("(1, 2, 3, 4)")),
    (
        "groupnorm-dx-group-per-channel",
        "In dx each channel is taken for a group of its own.",
        "dx",
        _means_over("(3, 4)"),
    ),
    (
        "groupnorm-dx-means-over-images",
        "In dx the means are over all images: those of each image's groups are their own.",
        "dx",
        _means_over("(0, 2, 3, 4)"),
    ),
    (
        "groupnorm-dx-means-over-channels-only",
        "In dx the means are over the channels of a group: its pixels count, too.",
        "dx",
        _means_over("(2,)"),
    ),
    (
        "groupnorm-dx-means-over-groups",
        "In dx the means are over the groups: they are those of each group over its channels and pixels.",
        "dx",
        _means_over("(1,)"),
    ),
    (
        "groupnorm-dx-mean-per-channel",
        "In dx the mean is that of a channel: it is the group's.",
        "dx",
        ((_DMEAN, _DMEAN.replace("(2, 3, 4)", "(3, 4)")),),
    ),
    (
        "groupnorm-dx-variance-per-channel",
        "In dx what comes through the variance is that of a channel: it is the group's.",
        "dx",
        ((_ALONG, _ALONG.replace("(2, 3, 4)", "(3, 4)")),),
    ),
    (
        "groupnorm-dx-mean-over-all-groups",
        "In dx the mean is over all groups: that of each group is its own.",
        "dx",
        ((_DMEAN, _DMEAN.replace("(2", "(1, 2")),),
    ),
    (
        "groupnorm-dx-reshaped-without-transpose",
        "The axes of dx are put back by a reshape, which mixes the entries: only a transpose moves axes.",
        "dx",
        ((_DX, f"dx = (({_TAKEN}) / std).reshape(N * G, -1).T.reshape(dout.shape)"),),
    ),
    (
        "groupnorm-dgamma-per-image",
        "dgamma keeps the axis of the images: one number is left for each channel.",
        "dgamma",
        ((_DGAMMA, _DGAMMA.replace("(0, 2, 3)", "(2, 3)")),),
    ),
    (
        "groupnorm-dbeta-per-image",
        "dbeta keeps the axis of the images: one number is left for each channel.",
        "dbeta",
        ((_DBETA, _DBETA.replace("(0, 2, 3)", "(2, 3)")),),
    ),
    (
        "groupnorm-dgamma-and-dbeta-per-image",
        "dgamma and dbeta keep the axis of the images: one number is left for each channel.",
        "dgamma dbeta",
        ((_DGAMMA, _DGAMMA.replace("(0, 2, 3)", "(2, 3)")), (_DBETA, _DBETA.replace("(0, 2, 3)", "(2, 3)"))),
    ),
    (
        "groupnorm-dgamma-and-dbeta-over-channels",
        "dgamma and dbeta are summed over the channels: one number is left for each channel.",
        "dgamma dbeta",
        ((_DGAMMA, _DGAMMA.replace("(0, 2, 3)", "(1, 2, 3)")), (_DBETA, _DBETA.replace("(0, 2, 3)", "(1, 2, 3)"))),
    ),
    (
        "groupnorm-dgamma-and-dbeta-over-images-only",
        "dgamma and dbeta keep the axes of the pixels: one number is left for each channel.",
        "dgamma dbeta",
        ((_DGAMMA, _DGAMMA.replace("(0, 2, 3)", "0")), (_DBETA, _DBETA.replace("(0, 2, 3)", "0"))),
    ),
    (
        "groupnorm-dbeta-first-image-only",
        "dbeta has what the first image gives: what all images give adds up.",
        "dbeta",
        ((_DBETA, _DBETA.replace("dout.sum", "dout[:1].sum")),),
    ),
    (
        "groupnorm-dgamma-mean",
        "dgamma is a mean: what all images and pixels give adds up.",
        "dgamma",
        ((_DGAMMA, _DGAMMA.replace(").sum", ").mean")),),
    ),
    (
        "groupnorm-dbeta-mean",
        "dbeta is a mean: what all images and pixels give adds up.",
        "dbeta",
        ((_DBETA, _DBETA.replace(".sum", ".mean")),),
    ),
    (
        "groupnorm-dgamma-and-dbeta-swapped",
        "dgamma and dbeta are swapped.",
        "dgamma dbeta",
        ((_RETURN, "    return dx, dbeta, dgamma\n"),),
    ),
    (
        "groupnorm-dgamma-without-x_hat",
        "dgamma does not depend on x: gamma scales the normalised x.",
        "dgamma",
        ((_DGAMMA, _DGAMMA.replace("(dout * x_hat)", "dout")),),
    ),
    (
        "groupnorm-dgamma-of-deviations",
        "dgamma is taken with the deviations from the mean, before they are divided: gamma scales the normalised x.",
        "dgamma",
        (
            (
                _DGAMMA,
                "raw = (x_hat.reshape(N, G, -1) * std.reshape(N, G, 1)).reshape(x_hat.shape)\n"
                "    dgamma = (dout * raw).sum(axis=(0, 2, 3), keepdims=True)",
            ),
        ),
    ),
    (
        "groupnorm-dgamma-with-gamma",
        "dgamma holds gamma itself: how out grows with gamma does not depend on its value.",
        "dgamma",
        ((_DGAMMA, f"{_DGAMMA} * gamma"),),
    ),
    (
        "groupnorm-parameters-without-axes-of-one",
        "dgamma and dbeta have another shape than gamma and beta: only axes of length one differ.",
        "dgamma dbeta",
        ((_RETURN, f"    dgamma, dbeta = dgamma.ravel(), dbeta.ravel()\n{_RETURN}"),),
    ),
    (
        "groupnorm-gradients-over-everything",
        "dgamma and dbeta are one number each: there is one for each channel.",
        "dgamma dbeta",
        (
            (_DGAMMA, "dgamma = (dout * x_hat).sum(keepdims=True)"),
            (_DBETA, "dbeta = dout.sum(keepdims=True)"),
        ),
    ),
    (
        "groupnorm-dgamma-over-everything",
        "dgamma is one number: there is one for each channel.",
        "dgamma",
        ((_DGAMMA, "dgamma = (dout * x_hat).sum(keepdims=True)"),),
    ),
    (
        "groupnorm-dbeta-over-everything",
        "dbeta is one number: there is one for each channel.",
        "dbeta",
        ((_DBETA, "dbeta = dout.sum(keepdims=True)"),),
    ),
    (
        "groupnorm-dgamma-and-dbeta-divided-by-images",
        "dgamma and dbeta are divided by the number of images: the loss does that already, in dout.",
        "dgamma dbeta",
        ((_RETURN, f"    dgamma, dbeta = dgamma / N, dbeta / N\n{_RETURN}"),),
    ),
    (
        "groupnorm-gradients-negated",
        "The signs of the gradients are flipped: they say how out grows, not how to step.",
        "dx dgamma dbeta",
        ((_RETURN, f"    dx, dgamma, dbeta = -dx, -dgamma, -dbeta\n{_RETURN}"),),
    ),
    ("groupnorm-dx-negated", "The sign of dx is flipped.", "dx", ((_RETURN, f"    dx = -dx\n{_RETURN}"),)),
    (
        "groupnorm-dx-divided-by-images",
        "dx is divided by the number of images: the loss does that already, in dout.",
        "dx",
        ((_RETURN, f"    dx = dx / N\n{_RETURN}"),),
    ),
    (
        "groupnorm-dx-not-filled",
        "Every entry of dx is zero: is it computed, and stored in what is returned?",
        "dx",
        ((_DX, "dx = np.zeros_like(dout)"),),
    ),
    (
        "groupnorm-backward-writes-into-dout",
        "An operation in place (+=, *=, dout[...] = ...) writes into the caller's dout.",
        "dout",
        ((_RETURN, f"    dout += 1\n{_RETURN}"),),
    ),
    (
        "groupnorm-backward-writes-into-gamma",
        "An operation in place (+=, *=, gamma[...] = ...) writes into the gamma of the cache, which is the caller's.",
        "gamma",
        ((_RETURN, f"    gamma += 1\n{_RETURN}"),),
    ),
)

# Made in two functions: what the forward pass keeps, and what is made of it.
_OF_X = Mistake(
    "groupnorm-dgamma-of-x",
    "dgamma is taken with x itself: gamma scales the normalised x.",
    ("dgamma",),
    (
        FunctionEdit("spatial_groupnorm_backward", "x_hat, std, gamma = cache", "x_hat, std, gamma, x = cache"),
        FunctionEdit("spatial_groupnorm_backward", "dgamma = (dout * x_hat)", "dgamma = (dout * x)"),
        FunctionEdit("spatial_groupnorm_forward", "cache = (x_hat, std, gamma)", "cache = (x_hat, std, gamma, x)"),
    ),
)

MISTAKES: tuple[Mistake, ...] = (_OF_X, *_FORWARD, *_BACKWARD)
