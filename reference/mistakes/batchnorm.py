"""Known mistakes of batch normalization, of features and of channels."""

from reference.mistakes.mistake import FunctionEdit, Mistake, Row, mistakes_of

__all__ = ["MISTAKES"]

# Lines of the reference that several mistakes touch.
_MEAN_VAR = "mean, var = x.mean(axis=0), x.var(axis=0)"
_STD = "std = np.sqrt(var + eps)"
_TRAIN = "out = gamma * (centred / std) + beta"
_TEST = "out = gamma * ((x - running_mean) / np.sqrt(running_var + eps)) + beta"
_RUN_MEAN = "running_mean = momentum * running_mean + (1 - momentum) * mean"
_RUN_VAR = "running_var = momentum * running_var + (1 - momentum) * var"
_MOMENTUM = 'momentum = float(bn_param.get("momentum", 0.9))'
_EPS = 'eps = float(bn_param.get("eps", 1e-5))'
_DDOF = "The variance is the mean of the squared deviations: divide by n, not n - 1."
_TEST_STATISTICS = "In test mode the running statistics take the place of the batch's own."


def _both(of_train: str, of_test: str) -> tuple[tuple[str, str], ...]:
    return (_TRAIN, of_train), (_TEST, of_test)


_FORWARD = mistakes_of(
    "batchnorm_forward",
    (
        "batchnorm-momentum-swapped",
        "momentum is the share of the old value that is kept, not the share of the new one.",
        "running_mean running_var",
        (
            (_RUN_MEAN, "running_mean = (1 - momentum) * running_mean + momentum * mean"),
            (_RUN_VAR, "running_var = (1 - momentum) * running_var + momentum * var"),
        ),
    ),
    (
        "batchnorm-momentum-swapped",
        "momentum is the share of the old value that is kept, not the share of the new one.",
        "running_mean",
        ((_RUN_MEAN, "running_mean = (1 - momentum) * running_mean + momentum * mean"),),
    ),
    (
        "batchnorm-momentum-swapped",
        "momentum is the share of the old value that is kept, not the share of the new one.",
        "running_var",
        ((_RUN_VAR, "running_var = (1 - momentum) * running_var + momentum * var"),),
    ),
    (
        "batchnorm-momentum-fixed",
        "bn_param['momentum'] has no effect.",
        "running_mean running_var",
        ((_MOMENTUM, "momentum = 0.9"),),
    ),
    (
        "batchnorm-running-not-updated",
        "The new value is not stored in bn_param.",
        "running_mean running_var",
        ((_RUN_MEAN, "pass"), (_RUN_VAR, "pass")),
    ),
    (
        "batchnorm-running-mean-not-updated",
        "The running mean stays as it was: only the running variance follows the batches.",
        "running_mean",
        ((_RUN_MEAN, "pass"),),
    ),
    (
        "batchnorm-running-variance-not-updated",
        "The running variance stays as it was: only the running mean follows the batches.",
        "running_var",
        ((_RUN_VAR, "pass"),),
    ),
    (
        "batchnorm-running-replaced",
        "The running statistics are those of the last batch: momentum says how much of the old ones is kept.",
        "running_mean running_var",
        ((_RUN_MEAN, "running_mean = mean"), (_RUN_VAR, "running_var = var")),
    ),
    (
        "batchnorm-running-replaced",
        "The running statistics are those of the last batch: momentum says how much of the old ones is kept.",
        "running_mean",
        ((_RUN_MEAN, "running_mean = mean"),),
    ),
    (
        "batchnorm-running-replaced",
        "The running statistics are those of the last batch: momentum says how much of the old ones is kept.",
        "running_var",
        ((_RUN_VAR, "running_var = var"),),
    ),
    (
        "batchnorm-running-added-up",
        "The new value is added whole to the running statistics: it has the share that momentum leaves.",
        "running_mean running_var",
        (
            (_RUN_MEAN, "running_mean = momentum * running_mean + mean"),
            (_RUN_VAR, "running_var = momentum * running_var + var"),
        ),
    ),
    (
        "batchnorm-running-variance-with-ddof-1",
        _DDOF,
        "running_var",
        ((_RUN_VAR, _RUN_VAR.replace("* var", "* x.var(axis=0, ddof=1)")),),
    ),
    (
        "batchnorm-running-deviation",
        "The running variance follows the deviations: it is to follow the variances.",
        "running_var",
        ((_RUN_VAR, _RUN_VAR.replace("* var", "* std")),),
    ),
    (
        "batchnorm-running-deviation-without-eps",
        "The running variance follows the deviations: it is to follow the variances.",
        "running_var",
        ((_RUN_VAR, _RUN_VAR.replace("* var", "* np.sqrt(var)")),),
    ),
    (
        "batchnorm-running-variance-with-eps",
        "The running variance has eps in it: eps is added where it is used, not where it is kept.",
        "running_var",
        ((_RUN_VAR, _RUN_VAR.replace("* var", "* (var + eps)")),),
    ),
    (
        "batchnorm-variance-with-ddof-1",
        _DDOF,
        "out running_var",
        ((_MEAN_VAR, "mean, var = x.mean(axis=0), x.var(axis=0, ddof=1)"),),
    ),
    (
        "batchnorm-running-mean-of-normalized-x",
        "The running statistics are those of the normalised x: they are to be those of x.",
        "running_mean running_var",
        (
            (_RUN_MEAN, _RUN_MEAN.replace("* mean", "* out.mean(axis=0)")),
            (_RUN_VAR, _RUN_VAR.replace("* var", "* out.var(axis=0)")),
        ),
    ),
    (
        "batchnorm-eps-forgotten-in-training",
        "eps is left out: it is added to the variance.",
        "out",
        ((_STD, "std = np.sqrt(var)"),),
    ),
    (
        "batchnorm-eps-forgotten-in-test-mode",
        "eps is left out: in test mode too it is added to the variance.",
        "out",
        (("np.sqrt(running_var + eps)", "np.sqrt(running_var)"),),
    ),
    (
        "batchnorm-eps-forgotten",
        "eps is left out: it is added to the variance, in training and in test mode.",
        "out",
        ((_STD, "std = np.sqrt(var)"), ("np.sqrt(running_var + eps)", "np.sqrt(running_var)")),
    ),
    (
        "batchnorm-eps-outside-root-in-training",
        "eps is added to the variance, not to its root.",
        "out",
        ((_STD, "std = np.sqrt(var) + eps"),),
    ),
    (
        "batchnorm-eps-outside-root-in-test-mode",
        "In test mode eps is added to the root of the running variance: it belongs to the variance.",
        "out",
        (("np.sqrt(running_var + eps)", "(np.sqrt(running_var) + eps)"),),
    ),
    (
        "batchnorm-eps-outside-root",
        "eps is added to the variance, not to its root, in training and in test mode.",
        "out",
        ((_STD, "std = np.sqrt(var) + eps"), ("np.sqrt(running_var + eps)", "(np.sqrt(running_var) + eps)")),
    ),
    ("batchnorm-eps-fixed", "bn_param['eps'] has no effect.", "out", ((_EPS, "eps = 1e-5"),)),
    (
        "batchnorm-eps-fixed-in-training",
        "bn_param['eps'] has no effect in training mode.",
        "out",
        ((_STD, "std = np.sqrt(var + 1e-5)"),),
    ),
    (
        "batchnorm-eps-fixed-in-test-mode",
        "bn_param['eps'] has no effect in test mode.",
        "out",
        (("np.sqrt(running_var + eps)", "np.sqrt(running_var + 1e-5)"),),
    ),
    (
        "batchnorm-batch-statistics-in-test-mode",
        _TEST_STATISTICS,
        "out",
        ((_TEST, "out = gamma * ((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)) + beta"),),
    ),
    (
        "batchnorm-running-statistics-in-training",
        "In training mode mean and variance are those of the batch, not the running ones.",
        "out",
        ((_TRAIN, "out = gamma * ((x - running_mean) / np.sqrt(running_var + eps)) + beta"),),
    ),
    (
        "batchnorm-updated-before-use",
        "In training mode out is made with the new running statistics: it is made with the batch's own.",
        "out",
        (
            (
                f"        cache = (centred, std, gamma)\n        {_RUN_MEAN}\n        {_RUN_VAR}\n",
                f"        cache = (centred, std, gamma)\n        {_RUN_MEAN}\n        {_RUN_VAR}\n"
                "        out = gamma * ((x - running_mean) / np.sqrt(running_var + eps)) + beta\n",
            ),
        ),
    ),
    (
        "batchnorm-running-statistics-moved-in-test-mode",
        "Running statistics change in training mode only.",
        "running_mean running_var",
        (
            (
                _TEST,
                f"{_TEST}\n"
                "        running_mean = momentum * running_mean + (1 - momentum) * x.mean(axis=0)\n"
                "        running_var = momentum * running_var + (1 - momentum) * x.var(axis=0)",
            ),
        ),
    ),
    (
        "batchnorm-gamma-forgotten",
        "gamma is left out.",
        "out",
        _both("out = centred / std + beta", "out = (x - running_mean) / np.sqrt(running_var + eps) + beta"),
    ),
    (
        "batchnorm-beta-forgotten",
        "beta is left out.",
        "out",
        _both(_TRAIN.removesuffix(" + beta"), _TEST.removesuffix(" + beta")),
    ),
    (
        "batchnorm-gamma-and-beta-forgotten",
        "gamma and beta are left out.",
        "out",
        _both("out = centred / std", "out = (x - running_mean) / np.sqrt(running_var + eps)"),
    ),
    (
        "batchnorm-gamma-and-beta-forgotten-in-test-mode",
        "gamma and beta are left out in test mode.",
        "out",
        ((_TEST, "out = (x - running_mean) / np.sqrt(running_var + eps)"),),
    ),
    (
        "batchnorm-beta-forgotten-in-test-mode",
        "beta is left out in test mode.",
        "out",
        ((_TEST, _TEST.removesuffix(" + beta")),),
    ),
    (
        "batchnorm-gamma-forgotten-in-test-mode",
        "gamma is left out in test mode.",
        "out",
        ((_TEST, "out = (x - running_mean) / np.sqrt(running_var + eps) + beta"),),
    ),
    (
        "batchnorm-beta-subtracted",
        "beta is subtracted.",
        "out",
        _both(_TRAIN.replace("+ beta", "- beta"), _TEST.replace("+ beta", "- beta")),
    ),
    (
        "batchnorm-gamma-and-beta-swapped",
        "gamma and beta are swapped: gamma scales, beta shifts.",
        "out",
        _both(
            "out = beta * (centred / std) + gamma",
            "out = beta * ((x - running_mean) / np.sqrt(running_var + eps)) + gamma",
        ),
    ),
    (
        "batchnorm-divided-by-variance",
        "It is divided by the variance, not by its root.",
        "out",
        ((_STD, "std = var + eps"),),
    ),
    (
        "batchnorm-divided-by-variance-in-test-mode",
        "In test mode it is divided by the running variance, not by its root.",
        "out",
        (("np.sqrt(running_var + eps)", "(running_var + eps)"),),
    ),
    (
        "batchnorm-mean-not-subtracted",
        "The mean is not subtracted.",
        "out",
        ((_TRAIN, "out = gamma * (x / std) + beta"),),
    ),
    (
        "batchnorm-variance-about-zero",
        "The variance is the mean of the squares of x: the mean of x comes off before.",
        "out running_var",
        ((_MEAN_VAR, "mean, var = x.mean(axis=0), (x**2).mean(axis=0)"),),
    ),
    (
        "batchnorm-sum-for-variance",
        "The squared deviations are summed: the variance is their mean.",
        "out running_var",
        ((_MEAN_VAR, "mean, var = x.mean(axis=0), ((x - x.mean(axis=0)) ** 2).sum(axis=0)"),),
    ),
    (
        "batchnorm-multiplied-by-deviation",
        "It is multiplied by the deviation: it should be divided.",
        "out",
        ((_TRAIN, "out = gamma * (centred * std) + beta"),),
    ),
    (
        "batchnorm-not-divided",
        "It is not divided by the deviation.",
        "out",
        ((_TRAIN, "out = gamma * centred + beta"),),
    ),
    (
        "batchnorm-all-channels-together",
        "All channels are normalised together: each has its own mean and variance.",
        "out running_mean running_var",
        ((_MEAN_VAR, "mean, var = np.full(D, x.mean()), np.full(D, x.var())"),),
    ),
    (
        "batchnorm-each-pixel-over-its-channels",
        "Each pixel is normalised over its channels: each channel has its own mean and variance.",
        "out",
        (
            (
                _TRAIN,
                "own = x - x.mean(axis=1, keepdims=True)\n"
                "        out = gamma * (own / np.sqrt(x.var(axis=1, keepdims=True) + eps)) + beta",
            ),
        ),
    ),
    (
        "batchnorm-writes-into-x",
        "An operation in place (-=, /=, x[...] = ...) writes into the caller's x.",
        "x",
        (("centred = x - mean", "centred = x\n        centred -= mean"),),
    ),
)

# The gradient, from sums over the batch; both vanilla functions give the same, and the spatial one what they give.
_ALT = "dx = (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / std"
_STEPWISE = "dx = dcentred + dmean / N"
_M, _A = "dx_hat.mean(axis=0)", "(dx_hat * x_hat).mean(axis=0)"
_S, _P = "dx_hat.sum(axis=0)", "(dx_hat * x_hat).sum(axis=0)"

_DX: tuple[tuple[str, str, str], ...] = (
    (
        "batchnorm-dx-statistics-constant",
        "Mean and variance are taken for constants: both depend on x, too.",
        "dx_hat / std",
    ),
    (
        "batchnorm-dx-mean-forgotten",
        "What comes through the mean is missing from dx.",
        f"(dx_hat - x_hat * {_A}) / std",
    ),
    (
        "batchnorm-dx-variance-forgotten",
        "What comes through the variance is missing from dx.",
        f"(dx_hat - {_M}) / std",
    ),
    (
        "batchnorm-dx-variance-wrong-sign",
        "What comes through the variance has the wrong sign in dx.",
        f"(dx_hat - {_M} + x_hat * {_A}) / std",
    ),
    (
        "batchnorm-dx-mean-wrong-sign",
        "What comes through the mean has the wrong sign in dx.",
        f"(dx_hat + {_M} - x_hat * {_A}) / std",
    ),
    (
        "batchnorm-dx-mean-and-variance-wrong-sign",
        "What comes through mean and variance has the wrong sign in dx.",
        f"(dx_hat + {_M} + x_hat * {_A}) / std",
    ),
    (
        "batchnorm-dx-variance-halved",
        "What comes through the variance is half of what it should be: a square has a factor 2 in its derivative.",
        f"(dx_hat - {_M} - 0.5 * x_hat * {_A}) / std",
    ),
    (
        "batchnorm-dx-variance-doubled",
        "What comes through the variance is twice what it should be: a root has a factor 0.5 in its derivative.",
        f"(dx_hat - {_M} - 2 * x_hat * {_A}) / std",
    ),
    *(
        (
            "batchnorm-dx-variance-wrong-power",
            "What comes through the variance is divided by another power of the deviation than it should be.",
            f"(dx_hat - {_M} - x_hat * {_A} {power}) / std",
        )
        for power in ("* std", "* std**2", "/ std", "/ std**2")
    ),
    (
        "batchnorm-dx-x_hat-forgotten",
        "What comes through the variance goes to each example by its own deviation from the mean.",
        f"(dx_hat - {_M} - {_A}) / std",
    ),
    (
        "batchnorm-dx-divided-by-variance",
        "dx is divided by the variance, not by its root.",
        f"(dx_hat - {_M} - x_hat * {_A}) / std**2",
    ),
    (
        "batchnorm-dx-not-divided",
        "dx is not divided by the deviation.",
        f"dx_hat - {_M} - x_hat * {_A}",
    ),
    (
        "batchnorm-dx-multiplied-by-deviation",
        "dx is multiplied by the deviation: it should be divided.",
        f"(dx_hat - {_M} - x_hat * {_A}) * std",
    ),
    (
        "batchnorm-dx-gamma-forgotten",
        "gamma is left out of dx.",
        "(dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)) / std",
    ),
    (
        "batchnorm-dx-gamma-twice",
        "gamma is in dx twice.",
        f"gamma * (dx_hat - {_M} - x_hat * {_A}) / std",
    ),
    (
        "batchnorm-dx-sums-for-means",
        "In dx sums stand where means over the batch belong.",
        f"(dx_hat - {_S} - x_hat * {_P}) / std",
    ),
    (
        "batchnorm-dx-sum-for-mean",
        "What comes through the mean is a sum in dx: it is divided by the number of examples.",
        f"(dx_hat - {_S} - x_hat * {_A}) / std",
    ),
    (
        "batchnorm-dx-sum-for-variance",
        "What comes through the variance is a sum in dx: it is divided by the number of examples.",
        f"(dx_hat - {_M} - x_hat * {_P}) / std",
    ),
    (
        "batchnorm-dx-divided-by-n-minus-1",
        "In dx the sums are divided by n - 1: the variance is a mean over n.",
        f"(dx_hat - {_M} - x_hat * {_P} / (len(dout) - 1)) / std",
    ),
    (
        "batchnorm-dx-times-examples",
        "dx is n times what it should be: the sums over the batch are not divided.",
        f"(len(dout) * dx_hat - {_S} - x_hat * {_P}) / std",
    ),
    (
        "batchnorm-dx-divided-by-examples",
        "dx is divided by the number of examples: the loss does that already, in dout.",
        f"(dx_hat - {_M} - x_hat * {_A}) / std / len(dout)",
    ),
    ("batchnorm-dx-negated", "The sign of dx is flipped.", f"-(dx_hat - {_M} - x_hat * {_A}) / std"),
    (
        "batchnorm-dx-not-filled",
        "Every entry of dx is zero: is it computed, and stored in what is returned?",
        "np.zeros_like(dout)",
    ),
)


def _dgamma_rows(right: str) -> tuple[Row, ...]:
    """Returns the mistakes of dgamma and dbeta, whose lines are nearly the same in both functions."""
    dbeta = "dbeta = dout.sum(axis=0)"
    return (
        (
            "batchnorm-dgamma-and-dbeta-swapped",
            "dgamma and dbeta are swapped.",
            "dgamma dbeta",
            (("    return dx, dgamma, dbeta\n", "    return dx, dbeta, dgamma\n"),),
        ),
        (
            "batchnorm-dgamma-of-deviations",
            "dgamma is taken with the deviations from the mean, not yet divided: gamma scales the normalised x.",
            "dgamma",
            ((right, "dgamma = (dout * centred).sum(axis=0)"),),
        ),
        (
            "batchnorm-dgamma-without-x_hat",
            "dgamma does not depend on x: gamma scales the normalised x.",
            "dgamma",
            ((right, "dgamma = dout.sum(axis=0)"),),
        ),
        (
            "batchnorm-dgamma-with-gamma",
            "dgamma holds gamma itself: how out grows with gamma does not depend on its value.",
            "dgamma",
            ((right, f"{right} * gamma"),),
        ),
        (
            "batchnorm-dgamma-mean",
            "dgamma is a mean: what all examples give adds up.",
            "dgamma",
            ((right, f"{right} / len(dout)"),),
        ),
        (
            "batchnorm-dbeta-mean",
            "dbeta is a mean: what all examples give adds up.",
            "dbeta",
            ((dbeta, "dbeta = dout.mean(axis=0)"),),
        ),
        (
            "batchnorm-dgamma-and-dbeta-means",
            "dgamma and dbeta are means: what all examples give adds up.",
            "dgamma dbeta",
            ((right, f"{right} / len(dout)"), (dbeta, "dbeta = dout.mean(axis=0)")),
        ),
        (
            "batchnorm-dgamma-as-one-number",
            "dgamma and dbeta are one number each: there is one for each feature.",
            "dgamma dbeta",
            ((right, f"{right}.sum()"), (dbeta, "dbeta = dout.sum()")),
        ),
        (
            "batchnorm-gradients-over-features",
            "dgamma and dbeta are summed over the features: one number is left for each feature.",
            "dgamma dbeta",
            ((right, right.replace("axis=0", "axis=1")), (dbeta, "dbeta = dout.sum(axis=1)")),
        ),
        (
            "batchnorm-gradients-negated",
            "The signs of the gradients are flipped: they say how out grows, not how to step.",
            "dx dgamma dbeta",
            (("    return dx, dgamma, dbeta\n", "    return -dx, -dgamma, -dbeta\n"),),
        ),
    )


def _dx_rows(line: str, before: str = "") -> tuple[Row, ...]:
    return tuple((name, says, "dx", ((line, f"{before}dx = {new}"),)) for name, says, new in _DX)


_BACKWARD = (
    *mistakes_of("batchnorm_backward_alt", *_dx_rows(_ALT), *_dgamma_rows("dgamma = (dout * x_hat).sum(axis=0)")),
    *mistakes_of(
        "batchnorm_backward",
        *_dx_rows(_STEPWISE, "x_hat = centred / std\n    "),
        *_dgamma_rows("dgamma = (dout * (centred / std)).sum(axis=0)"),
    ),
)

# Channels and pixels

_PIXELS = "pixels = x.transpose(0, 2, 3, 1).reshape(-1, C)"
_NORMALIZE = "batchnorm_forward(pixels, gamma, beta, bn_param)"
_BACK = "out = flat_out.reshape(N, H, W, C).transpose(0, 3, 1, 2)"
_MIXED = "Channels and pixels are mixed: a reshape moves no axis, so the channels have to come last before it."


def _trained(mean: str, var: str) -> tuple[tuple[str, str], ...]:
    """Returns the edit that in training mode normalises with a mean and a variance of another kind."""
    return (
        (
            _BACK,
            f"{_BACK}\n"
            '    if bn_param["mode"] == "train":\n'
            f"        mean = {mean}\n"
            f"        std = np.sqrt({var} + bn_param.get('eps', 1e-5))\n"
            "        out = gamma.reshape(1, C, 1, 1) * ((x - mean) / std) + beta.reshape(1, C, 1, 1)",
        ),
    )


def _over(axes: str) -> tuple[tuple[str, str], ...]:
    return _trained(f"x.mean(axis={axes}, keepdims=True)", f"x.var(axis={axes}, keepdims=True)")


_SPATIAL_FORWARD = mistakes_of(
    "spatial_batchnorm_forward",
    (
        "batchnorm-reshaped-without-transpose",
        _MIXED,
        "out running_mean running_var",
        ((_PIXELS, "pixels = x.reshape(-1, C)"), (_BACK, "out = flat_out.reshape(x.shape)")),
    ),
    (
        "batchnorm-reshaped-without-transpose",
        _MIXED,
        "out running_mean running_var",
        ((_PIXELS, "pixels = x.reshape(-1, C)"),),
    ),
    (
        "batchnorm-reshaped-without-transpose",
        _MIXED,
        "out running_mean running_var",
        ((_PIXELS, "pixels = x.reshape(C, -1).T"), (_BACK, "out = flat_out.T.reshape(x.shape)")),
    ),
    (
        "batchnorm-transposed-in-another-order",
        "The channels do not come last before x is flattened: each row of the flat array is one pixel of all channels.",
        "out running_mean running_var",
        ((_PIXELS, "pixels = x.transpose(0, 3, 1, 2).reshape(-1, C)"),),
    ),
    (
        "batchnorm-transposed-in-another-order",
        "The channels do not come last before x is flattened: each row of the flat array is one pixel of all channels.",
        "out running_mean running_var",
        (
            (_PIXELS, "pixels = x.transpose(0, 2, 1, 3).reshape(-1, C)"),
            (_BACK, "out = flat_out.reshape(N, H, C, W).transpose(0, 2, 1, 3)"),
        ),
    ),
    (
        "batchnorm-out-not-transposed-back",
        "The axes of out are not put back into the order that x has.",
        "out",
        ((_BACK, "out = flat_out.reshape(x.shape)"),),
    ),
    (
        "batchnorm-out-not-transposed-back",
        "The axes of out are not put back into the order that x has.",
        "out",
        ((_BACK, "out = flat_out.reshape(N, H, W, C)"),),
    ),
    (
        "batchnorm-out-sides-swapped",
        "Height and width of out are swapped when its axes are put back.",
        "out",
        ((_BACK, "out = flat_out.reshape(N, W, H, C).transpose(0, 3, 2, 1)"),),
    ),
    (
        "batchnorm-out-sides-swapped",
        "Height and width of out are swapped when its axes are put back.",
        "out",
        ((_BACK, "out = flat_out.reshape(N, H, W, C).transpose(0, 3, 2, 1)"),),
    ),
    (
        "batchnorm-out-sides-swapped",
        "Height and width of out are swapped when its axes are put back.",
        "out",
        ((_PIXELS, "pixels = x.transpose(0, 3, 2, 1).reshape(-1, C)"),),
    ),
    (
        "batchnorm-out-transposed-in-another-order",
        "The axes of out come back in another order than they went.",
        "out",
        ((_BACK, "out = flat_out.reshape(N, H, W, C).transpose(0, 2, 3, 1).reshape(x.shape)"),),
    ),
    (
        "batchnorm-each-image-alone",
        "Each image is normalised alone: mean and variance of a channel are over all images and pixels.",
        "out",
        _over("(2, 3)"),
    ),
    (
        "batchnorm-each-pixel-alone",
        "Each pixel is normalised alone: mean and variance of a channel are over all images and pixels.",
        "out",
        _over("0"),
    ),
    (
        "batchnorm-all-channels-together",
        "All channels are normalised together: each has its own mean and variance.",
        "out",
        _over("(0, 1, 2, 3)"),
    ),
    (
        "batchnorm-each-image-over-its-channels",
        "Each image is normalised over all its channels: each channel has its own mean and variance.",
        "out",
        _over("(1, 2, 3)"),
    ),
    (
        "batchnorm-each-pixel-over-its-channels",
        "Each pixel is normalised over its channels: each channel has its own mean and variance.",
        "out",
        _over("1"),
    ),
    (
        "batchnorm-each-row-alone",
        "Each row is normalised alone: mean and variance of a channel are over all images and pixels.",
        "out",
        _over("(0, 3)"),
    ),
    (
        "batchnorm-each-column-alone",
        "Each column is normalised alone: mean and variance of a channel are over all images and pixels.",
        "out",
        _over("(0, 2)"),
    ),
    (
        "batchnorm-images-counted-for-pixels",
        "Sums over images and pixels are divided by the number of images alone.",
        "out",
        _trained(
            "x.sum(axis=(0, 2, 3), keepdims=True) / N",
            "((x - x.sum(axis=(0, 2, 3), keepdims=True) / N) ** 2).sum(axis=(0, 2, 3), keepdims=True) / N",
        ),
    ),
    (
        "batchnorm-images-counted-for-pixels",
        "Sums over images and pixels are divided by the number of images alone.",
        "out",
        _trained(
            "x.mean(axis=(0, 2, 3), keepdims=True)",
            "((x - x.mean(axis=(0, 2, 3), keepdims=True)) ** 2).sum(axis=(0, 2, 3), keepdims=True) / N",
        ),
    ),
    (
        "batchnorm-pixels-counted-without-images",
        "Sums over images and pixels are divided by the number of pixels of one image.",
        "out",
        _trained(
            "x.sum(axis=(0, 2, 3), keepdims=True) / (H * W)",
            "((x - x.sum(axis=(0, 2, 3), keepdims=True) / (H * W)) ** 2).sum(axis=(0, 2, 3), keepdims=True) / (H * W)",
        ),
    ),
    (
        "batchnorm-running-not-updated",
        "The new value is not stored in bn_param.",
        "running_mean running_var",
        ((_NORMALIZE, "batchnorm_forward(pixels, gamma, beta, dict(bn_param))"),),
    ),
    (
        "batchnorm-batch-statistics-in-test-mode",
        _TEST_STATISTICS,
        "out running_mean running_var",
        (
            (_PIXELS, f'mode, bn_param["mode"] = bn_param["mode"], "train"\n    {_PIXELS}'),
            (_BACK, f'{_BACK}\n    bn_param["mode"] = mode'),
        ),
    ),
    (
        "batchnorm-statistics-as-rows",
        "The running statistics have axes of length one too many.",
        "running_mean running_var",
        (
            (
                _BACK,
                f"{_BACK}\n"
                '    for name in ("running_mean", "running_var"):\n'
                "        bn_param[name] = bn_param[name].reshape(1, -1)",
            ),
        ),
    ),
    (
        "batchnorm-out-not-filled",
        "Every entry is zero: is the result computed, and stored in what is returned?",
        "out",
        ((_BACK, "out = np.zeros_like(x)"),),
    ),
)

_DOUT = "pixels = dout.transpose(0, 2, 3, 1).reshape(-1, C)"
_CALL = "flat_dx, dgamma, dbeta = batchnorm_backward_alt(pixels, cache)"
_DX_BACK = "dx = flat_dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)"


def _counted(n: str) -> tuple[tuple[str, str], ...]:
    """Returns the edit that divides the sums of dx by another number than that of the pixels of a channel."""
    return (
        (
            _CALL,
            f"{_CALL}\n"
            "    centred, std, gamma = cache\n"
            "    x_hat, dx_hat = centred / std, pixels * gamma\n"
            f"    flat_dx = (dx_hat - (dx_hat.sum(axis=0) + x_hat * (dx_hat * x_hat).sum(axis=0)) / ({n})) / std",
        ),
    )


def _own_dx(axes: str) -> tuple[tuple[str, str], ...]:
    """Returns the edit whose dx has means over other axes than images and pixels."""
    return (
        (
            _DX_BACK,
            "centred, std, gamma = cache\n"
            "    x_hat = (centred / std).reshape(N, H, W, C).transpose(0, 3, 1, 2)\n"
            "    dx_hat = dout * gamma.reshape(1, C, 1, 1)\n"
            f"    mean = dx_hat.mean(axis={axes}, keepdims=True)\n"
            f"    along = (dx_hat * x_hat).mean(axis={axes}, keepdims=True)\n"
            "    dx = (dx_hat - mean - x_hat * along) / std.reshape(1, C, 1, 1)",
        ),
    )


_SPATIAL_BACKWARD = mistakes_of(
    "spatial_batchnorm_backward",
    (
        "batchnorm-dout-reshaped-without-transpose",
        _MIXED,
        "dx dgamma dbeta",
        ((_DOUT, "pixels = dout.reshape(-1, C)"),),
    ),
    (
        "batchnorm-dout-reshaped-without-transpose",
        _MIXED,
        "dx dgamma dbeta",
        ((_DOUT, "pixels = dout.reshape(-1, C)"), (_DX_BACK, "dx = flat_dx.reshape(dout.shape)")),
    ),
    (
        "batchnorm-dx-not-transposed-back",
        "The axes of dx are not put back into the order that dout has.",
        "dx",
        ((_DX_BACK, "dx = flat_dx.reshape(dout.shape)"),),
    ),
    (
        "batchnorm-dx-not-transposed-back",
        "The axes of dx are not put back into the order that dout has.",
        "dx",
        ((_DX_BACK, "dx = flat_dx.reshape(N, H, W, C)"),),
    ),
    (
        "batchnorm-dx-sides-swapped",
        "Height and width of dx are swapped when its axes are put back.",
        "dx",
        ((_DX_BACK, "dx = flat_dx.reshape(N, W, H, C).transpose(0, 3, 2, 1)"),),
    ),
    (
        "batchnorm-dx-sides-swapped",
        "Height and width of dx are swapped when its axes are put back.",
        "dx",
        ((_DX_BACK, "dx = flat_dx.reshape(N, H, W, C).transpose(0, 3, 2, 1)"),),
    ),
    (
        "batchnorm-dx-images-counted-for-pixels",
        "In dx the sums over images and pixels are divided by the number of images alone.",
        "dx",
        _counted("N"),
    ),
    (
        "batchnorm-dx-pixels-counted-without-images",
        "In dx the sums over images and pixels are divided by the number of pixels of one image.",
        "dx",
        _counted("H * W"),
    ),
    (
        "batchnorm-dx-all-entries-counted",
        "In dx the sums over a channel are divided by the number of all entries, those of other channels too.",
        "dx",
        _counted("dout.size"),
    ),
    (
        "batchnorm-dx-channels-counted",
        "In dx the sums over a channel are divided by the number of channels.",
        "dx",
        _counted("C"),
    ),
    (
        "batchnorm-dx-each-image-alone",
        "In dx the means are those of each image: a channel has one mean over all images.",
        "dx",
        _own_dx("(2, 3)"),
    ),
    (
        "batchnorm-dx-each-pixel-alone",
        "In dx the means are those of each pixel: a channel has one mean over all images and pixels.",
        "dx",
        _own_dx("0"),
    ),
    (
        "batchnorm-dx-all-channels-together",
        "In dx the means are over all channels: each channel has its own.",
        "dx",
        _own_dx("(0, 1, 2, 3)"),
    ),
    (
        "batchnorm-dx-divided-by-images",
        "dx is divided by the number of images: the loss does that already, in dout.",
        "dx",
        ((_DX_BACK, f"{_DX_BACK} / N"),),
    ),
    (
        "batchnorm-dgamma-divided-by-images",
        "dgamma is divided by the number of images: the loss does that already, in dout.",
        "dgamma",
        ((_DX_BACK, f"{_DX_BACK}\n    dgamma = dgamma / N"),),
    ),
    (
        "batchnorm-dbeta-divided-by-images",
        "dbeta is divided by the number of images: the loss does that already, in dout.",
        "dbeta",
        ((_DX_BACK, f"{_DX_BACK}\n    dbeta = dbeta / N"),),
    ),
    (
        "batchnorm-dgamma-and-dbeta-divided-by-images",
        "dgamma and dbeta are divided by the number of images: the loss does that already, in dout.",
        "dgamma dbeta",
        ((_DX_BACK, f"{_DX_BACK}\n    dgamma, dbeta = dgamma / N, dbeta / N"),),
    ),
    (
        "batchnorm-parameters-with-axes-of-one",
        "dgamma and dbeta have another shape than gamma and beta: only axes of length one differ.",
        "dgamma dbeta",
        ((_DX_BACK, f"{_DX_BACK}\n    dgamma, dbeta = dgamma.reshape(1, -1), dbeta.reshape(1, -1)"),),
    ),
    (
        "batchnorm-parameters-with-axes-of-one",
        "dgamma and dbeta have another shape than gamma and beta: only axes of length one differ.",
        "dgamma dbeta",
        ((_DX_BACK, f"{_DX_BACK}\n    dgamma, dbeta = dgamma.reshape(1, -1, 1, 1), dbeta.reshape(1, -1, 1, 1)"),),
    ),
    (
        "batchnorm-gradients-not-filled",
        "Every entry of the gradients is zero: are they computed, and stored in what is returned?",
        "dx dgamma dbeta",
        ((_DX_BACK, "dx, dgamma, dbeta = np.zeros_like(dout), np.zeros(C), np.zeros(C)"),),
    ),
    (
        "batchnorm-backward-writes-into-dout",
        "An operation in place (+=, *=, dout[...] = ...) writes into the caller's dout.",
        "dout",
        ((_DX_BACK, f"{_DX_BACK}\n    dout *= 2"),),
    ),
    (
        "batchnorm-backward-writes-into-gamma",
        "An operation in place (+=, *=, gamma[...] = ...) writes into the gamma of the cache, which is the caller's.",
        "gamma",
        ((_DX_BACK, f"{_DX_BACK}\n    cache[2][...] = 0"),),
    ),
)

_CACHE, _UNPACKED = "cache = (centred, std, gamma)", "centred, std, gamma = cache"
# Made in two functions: what the forward pass keeps, and what is made of it.
_OF_X = Mistake(
    "batchnorm-dgamma-of-x",
    "dgamma is taken with x itself: gamma scales the normalised x.",
    ("dgamma",),
    (
        FunctionEdit("batchnorm_backward_alt", _UNPACKED, "centred, std, gamma, x = cache"),
        FunctionEdit("batchnorm_backward_alt", "dgamma = (dout * x_hat)", "dgamma = (dout * x)"),
        FunctionEdit("batchnorm_forward", _CACHE, "cache = (centred, std, gamma, x)"),
    ),
)

MISTAKES: tuple[Mistake, ...] = (_OF_X, *_FORWARD, *_BACKWARD, *_SPATIAL_FORWARD, *_SPATIAL_BACKWARD)
