"""Known mistakes of max pooling."""

from reference.mistakes.mistake import Mistake, mistakes_of

__all__ = ["MISTAKES"]

# Lines of the reference that several mistakes touch.
_SIZES = 'pool_height, pool_width = pool_param["pool_height"], pool_param["pool_width"]'
_SWAPPED = _SIZES.replace("pool_height, pool_width =", "pool_width, pool_height =")
_STRIDE = 'stride = pool_param["stride"]'
_STEP = "top, left = i * stride, j * stride"
_HEIGHT, _WIDTH = "H_out = 1 + (H - pool_height) // stride", "W_out = 1 + (W - pool_width) // stride"
_WINDOW = "x[n, c, top : top + pool_height, left : left + pool_width]"
_STORE = f"out[n, c, i, j] = {_WINDOW}.max()"
_CACHE = "    cache = (x, pool_param)\n"
_ALL = "np.ndindex(out.shape)"

_FORWARD = mistakes_of(
    "max_pool_forward_naive",
    (
        "pool-mean-for-maximum",
        "It is the mean of each window, not the largest value.",
        "out",
        (("].max()", "].mean()"),),
    ),
    ("pool-sum-for-maximum", "It is the sum of each window, not the largest value.", "out", (("].max()", "].sum()"),)),
    (
        "pool-minimum-for-maximum",
        "It is the smallest value of each window, not the largest.",
        "out",
        (("].max()", "].min()"),),
    ),
    (
        "pool-largest-size",
        "It is the largest absolute value of each window: a large negative number is small.",
        "out",
        ((_STORE, f"out[n, c, i, j] = np.abs({_WINDOW}).max()"),),
    ),
    (
        "pool-maximum-starts-at-zero",
        "Zero wins over negative values: what does the maximum of a window start from?",
        "out",
        (("].max()", "].max(initial=0)"),),
    ),
    (
        "pool-stride-ignored",
        "From one window to the next it moves by one place, not by the stride.",
        "out",
        ((_STEP, "top, left = i, j"),),
    ),
    (
        "pool-stride-ignored-along-height",
        "Down the image it moves by one row from window to window, not by the stride; along the width it is right.",
        "out",
        ((_STEP, "top, left = i, j * stride"),),
    ),
    (
        "pool-stride-ignored-along-width",
        "Along the width it moves by one column from window to window, not by the stride; down the image it is right.",
        "out",
        ((_STEP, "top, left = i * stride, j"),),
    ),
    (
        "pool-window-size-for-stride",
        "The windows are stride apart, not pool_height and pool_width.",
        "out",
        ((_STRIDE, 'stride = pool_param["pool_height"]'),),
    ),
    (
        "pool-window-size-for-stride",
        "The windows are stride apart, not pool_height and pool_width.",
        "out",
        ((_HEIGHT, "H_out = H // pool_height"), (_WIDTH, "W_out = W // pool_width")),
    ),
    (
        "pool-window-size-for-stride",
        "The windows are stride apart, not pool_height and pool_width.",
        "out",
        (
            (_HEIGHT, "H_out = H // pool_height"),
            (_WIDTH, "W_out = W // pool_width"),
            (_STEP, "top, left = i * pool_height, j * pool_width"),
        ),
    ),
    (
        "pool-one-window-too-few",
        "One window too few is counted in each direction: there is one more than there are strides between them.",
        "out",
        ((_HEIGHT, _HEIGHT.replace("1 + ", "")), (_WIDTH, _WIDTH.replace("1 + ", ""))),
    ),
    (
        "pool-window-size-for-stride",
        "The windows are stride apart, not pool_height and pool_width.",
        "out",
        ((_STEP, "top, left = i * pool_height, j * pool_width"),),
    ),
    (
        "pool-image-cut-by-stride",
        "The output has as many windows as strides fit into the image: the last ones reach past its end.",
        "out",
        ((_HEIGHT, "H_out = H // stride"), (_WIDTH, "W_out = W // stride")),
    ),
    (
        "pool-window-sides-swapped",
        "pool_height and pool_width are swapped, which shows where a window is not square.",
        "out",
        ((_SIZES, _SWAPPED),),
    ),
    (
        "pool-window-sides-swapped",
        "pool_height and pool_width are swapped, which shows where a window is not square.",
        "out",
        (
            ("top : top + pool_height", "top : top + pool_width"),
            ("left : left + pool_width", "left : left + pool_height"),
        ),
    ),
    (
        "pool-window-taken-for-square",
        "Each window is taken to be as wide as it is high.",
        "out",
        ((_SIZES, 'pool_height = pool_width = pool_param["pool_height"]'),),
    ),
    (
        "pool-window-taken-for-square",
        "Each window is taken to be as wide as it is high.",
        "out",
        ((_SIZES, 'pool_height = pool_width = pool_param["pool_width"]'),),
    ),
    (
        "pool-window-taken-for-square",
        "Each window is taken to be as wide as it is high.",
        "out",
        (("left : left + pool_width", "left : left + pool_height"),),
    ),
    (
        "pool-window-taken-for-square",
        "Each window is taken to be as wide as it is high.",
        "out",
        (("top : top + pool_height", "top : top + pool_width"),),
    ),
    (
        "pool-window-always-2x2",
        "pool_height and pool_width have no effect: each window is 2x2.",
        "out",
        ((_SIZES, "pool_height = pool_width = 2"),),
    ),
    (
        "pool-output-taken-for-square",
        "The output is taken to be as wide as it is high: the two sizes come from different sides.",
        "out",
        ((_WIDTH, "W_out = H_out"),),
    ),
    (
        "pool-output-taken-for-square",
        "The output is taken to be as wide as it is high: the two sizes come from different sides.",
        "out",
        ((_WIDTH, _WIDTH.replace("(W ", "(H ")),),
    ),
    (
        "pool-output-taken-for-square",
        "The output is taken to be as wide as it is high: the two sizes come from different sides.",
        "out",
        ((_HEIGHT, _HEIGHT.replace("(H ", "(W ")),),
    ),
    (
        "pool-window-taken-for-square-in-size",
        "The size of the output takes windows for square.",
        "out",
        ((_WIDTH, _WIDTH.replace("pool_width", "pool_height")),),
    ),
    (
        "pool-window-taken-for-square-in-size",
        "The size of the output takes windows for square.",
        "out",
        ((_HEIGHT, _HEIGHT.replace("pool_height", "pool_width")),),
    ),
    (
        "pool-one-index-for-both-directions",
        "The same index counts windows down the image and along it.",
        "out",
        ((_STEP, "top, left = i * stride, i * stride"),),
    ),
    (
        "pool-rows-and-columns-swapped",
        "Rows and columns of out are swapped: the first of the two counts windows down the image.",
        "out",
        ((_STEP, "top, left = j * stride, i * stride"),),
    ),
    (
        "pool-image-sides-swapped",
        "Height and width of the image are swapped, which shows where an image is not square.",
        "out",
        (("N, C, H, W = x.shape", "N, C, W, H = x.shape"),),
    ),
    (
        "pool-window-one-row-short",
        "The last row of each window is left out.",
        "out",
        (("top : top + pool_height", "top : top + max(1, pool_height - 1)"),),
    ),
    (
        "pool-window-one-column-short",
        "The last column of each window is left out.",
        "out",
        (("left : left + pool_width", "left : left + max(1, pool_width - 1)"),),
    ),
    (
        "pool-window-one-short",
        "The last row and the last column of each window are left out.",
        "out",
        (
            ("top : top + pool_height", "top : top + max(1, pool_height - 1)"),
            ("left : left + pool_width", "left : left + max(1, pool_width - 1)"),
        ),
    ),
    (
        "pool-maximum-over-channels",
        "The maximum is taken over all channels: each channel has its own.",
        "out",
        (("x[n, c, top", "x[n, :, top"),),
    ),
    (
        "pool-maximum-over-images",
        "The maximum is taken over all images: each image has its own.",
        "out",
        (("x[n, c, top", "x[:, c, top"),),
    ),
    ("pool-first-image-for-all", "Every output is that of the first image.", "out", (("x[n, c, top", "x[0, c, top"),)),
    (
        "pool-first-channel-for-all",
        "Every output is that of the first channel.",
        "out",
        (("x[n, c, top", "x[n, 0, top"),),
    ),
    (
        "pool-rows-and-columns-swapped",
        "Rows and columns of out are swapped: the first of the two counts windows down the image.",
        "out",
        ((_CACHE, f"    out = out.swapaxes(2, 3)\n{_CACHE}"),),
    ),
    (
        "pool-last-column-left-out",
        "The last column of out is never reached: the loop along the width ends one too early.",
        "out",
        ((_ALL, "np.ndindex(N, C, H_out, W_out - 1)"),),
    ),
    (
        "pool-last-row-left-out",
        "The last row of out is never reached: the loop down the image ends one too early.",
        "out",
        ((_ALL, "np.ndindex(N, C, H_out - 1, W_out)"),),
    ),
    (
        "pool-last-row-and-column-left-out",
        "The last row and the last column of out are never reached: both loops end one too early.",
        "out",
        ((_ALL, "np.ndindex(N, C, H_out - 1, W_out - 1)"),),
    ),
    (
        "pool-integer-output",
        "Whole numbers cannot hold it: is it stored in an array made from integers?",
        "out",
        (("dtype=x.dtype", "dtype=int"),),
    ),
    (
        "pool-place-of-maximum",
        "It is the place of the largest value in its window, not the value.",
        "out",
        (("].max()", "].argmax()"),),
    ),
    (
        "pool-nothing-stored",
        "Every entry is zero: is the result computed, and stored in what is returned?",
        "out",
        ((_STORE, "pass"),),
    ),
    (
        "pool-writes-into-x",
        "An operation in place (+=, *=, x[...] = ...) writes into the caller's x.",
        "x",
        ((_CACHE, f"    x[x < 0] = 0\n{_CACHE}"),),
    ),
)

_PLACE = "row, col = np.unravel_index(window.argmax(), window.shape)"
_PASS_ON = "dx[n, c, top + row, left + col] += dout[n, c, i, j]"
_TO_WINDOW = "dx[n, c, top : top + pool_height, left : left + pool_width] += dout[n, c, i, j]"
_RETURN = "    return dx\n"
_EACH = "np.ndindex(dout.shape)"

_BACKWARD = mistakes_of(
    "max_pool_backward_naive",
    (
        "pool-dx-overwritten",
        "Only pixels in several windows are wrong: there the gradients of the windows add up.",
        "dx",
        ((_PASS_ON, _PASS_ON.replace("+=", "=")),),
    ),
    (
        "pool-dx-overwritten",
        "Only pixels in several windows are wrong: there the gradients of the windows add up.",
        "dx",
        (
            (
                _PASS_ON,
                "dx[n, c, top : top + pool_height, left : left + pool_width] = (\n"
                "            (window == window.max()) * dout[n, c, i, j]\n        )",
            ),
        ),
    ),
    (
        "pool-gradient-to-the-minimum",
        "The gradient goes to the smallest value of each window: it belongs to the largest.",
        "dx",
        (("window.argmax()", "window.argmin()"),),
    ),
    (
        "pool-gradient-shared",
        "The gradient is shared among the whole window, as in mean pooling: it belongs to the largest value.",
        "dx",
        ((_PASS_ON, f"{_TO_WINDOW} / window.size"),),
    ),
    (
        "pool-gradient-to-the-whole-window",
        "Every pixel of a window gets its gradient: only the largest value had an effect.",
        "dx",
        ((_PASS_ON, _TO_WINDOW),),
    ),
    (
        "pool-gradient-to-the-first-of-the-window",
        "The gradient goes to the upper left pixel of each window: it belongs to the largest value.",
        "dx",
        ((_PLACE, "row, col = 0, 0"),),
    ),
    (
        "pool-place-not-moved-to-the-window",
        "The place of the maximum is that within its window: it has to be moved to where the window lies.",
        "dx",
        ((_PASS_ON, "dx[n, c, row, col] += dout[n, c, i, j]"),),
    ),
    (
        "pool-row-and-column-of-place-swapped",
        "Row and column of the maximum are swapped.",
        "dx",
        ((_PLACE, "col, row = np.unravel_index(window.argmax(), window.shape)"),),
    ),
    (
        "pool-backward-stride-ignored",
        "In the backward pass windows lie one place apart, not the stride.",
        "dx",
        ((_STEP, "top, left = i, j"),),
    ),
    (
        "pool-backward-stride-ignored-along-height",
        "In the backward pass windows lie one row apart, not the stride; along the width it is right.",
        "dx",
        ((_STEP, "top, left = i, j * stride"),),
    ),
    (
        "pool-backward-stride-ignored-along-width",
        "In the backward pass windows lie one column apart, not the stride; down the image it is right.",
        "dx",
        ((_STEP, "top, left = i * stride, j"),),
    ),
    (
        "pool-dout-rows-and-columns-swapped",
        "Rows and columns of dout are swapped: the first of the two counts windows down the image.",
        "dx",
        (("+= dout[n, c, i, j]", "+= dout[n, c, j, i]"),),
    ),
    (
        "pool-dout-rows-and-columns-swapped",
        "Rows and columns of dout are swapped: the first of the two counts windows down the image.",
        "dx",
        ((_STEP, "top, left = j * stride, i * stride"),),
    ),
    (
        "pool-backward-one-index-for-both-directions",
        "In the backward pass the same index counts windows down the image and along it.",
        "dx",
        ((_STEP, "top, left = i * stride, i * stride"),),
    ),
    (
        "pool-backward-window-size-for-stride",
        "In the backward pass windows lie their own size apart, not the stride.",
        "dx",
        ((_STRIDE, 'stride = pool_param["pool_height"]'),),
    ),
    (
        "pool-backward-window-size-for-stride",
        "In the backward pass windows lie their own size apart, not the stride.",
        "dx",
        ((_STEP, "top, left = i * pool_height, j * pool_width"),),
    ),
    (
        "pool-backward-window-sides-swapped",
        "In the backward pass pool_height and pool_width are swapped, which shows where a window is not square.",
        "dx",
        ((_SIZES, _SWAPPED),),
    ),
    (
        "pool-backward-window-always-2x2",
        "In the backward pass pool_height and pool_width have no effect: each window is 2x2.",
        "dx",
        ((_SIZES, "pool_height = pool_width = 2"),),
    ),
    (
        "pool-backward-window-taken-for-square",
        "In the backward pass each window is taken to be as wide as it is high.",
        "dx",
        ((_SIZES, 'pool_height = pool_width = pool_param["pool_height"]'),),
    ),
    (
        "pool-gradient-times-maximum",
        "The gradient is multiplied by the maximum: how out grows with it does not depend on its value.",
        "dx",
        (("+= dout[n, c, i, j]", "+= dout[n, c, i, j] * window.max()"),),
    ),
    (
        "pool-maximum-for-gradient",
        "dx holds the maxima themselves: they belong to the forward pass, dout is what is passed on.",
        "dx",
        (("+= dout[n, c, i, j]", "+= window.max()"),),
    ),
    (
        "pool-dx-ignores-dout",
        "dx does not depend on dout: the pixel that is the maximum gets the window's entry of it.",
        "dx",
        (("+= dout[n, c, i, j]", "+= 1"),),
    ),
    (
        "pool-backward-maximum-over-channels",
        "The maxima are looked for among all channels: each channel has its own.",
        "dx",
        (
            (
                _PASS_ON,
                "hit = window == x[n, :, top : top + pool_height, left : left + pool_width].max()\n"
                "        dx[n, c, top : top + pool_height, left : left + pool_width] += hit * dout[n, c, i, j]",
            ),
        ),
    ),
    (
        "pool-backward-maximum-over-images",
        "The maxima are looked for in all images: each image has its own.",
        "dx",
        (
            (
                _PASS_ON,
                "hit = window == x[:, c, top : top + pool_height, left : left + pool_width].max()\n"
                "        dx[n, c, top : top + pool_height, left : left + pool_width] += hit * dout[n, c, i, j]",
            ),
        ),
    ),
    (
        "pool-backward-first-image-for-all",
        "The maxima are looked for in the first image for every image.",
        "dx",
        (("window = x[n, c,", "window = x[0, c,"),),
    ),
    (
        "pool-backward-first-channel-for-all",
        "The maxima are looked for in the first channel for every channel.",
        "dx",
        (("window = x[n, c,", "window = x[n, 0,"),),
    ),
    (
        "pool-backward-last-column-left-out",
        "The last column of dout is never used: the loop along the width ends one too early.",
        "dx",
        ((_EACH, "np.ndindex(*dout.shape[:3], dout.shape[3] - 1)"),),
    ),
    (
        "pool-backward-last-row-left-out",
        "The last row of dout is never used: the loop down the image ends one too early.",
        "dx",
        ((_EACH, "np.ndindex(*dout.shape[:2], dout.shape[2] - 1, dout.shape[3])"),),
    ),
    (
        "pool-integer-dx",
        "Whole numbers cannot hold it: is it stored in an array made from integers?",
        "dx",
        (("dtype=dout.dtype", "dtype=int"),),
    ),
    ("pool-gradient-negated", "The sign of dx is flipped.", "dx", ((_RETURN, f"    dx = -dx\n{_RETURN}"),)),
    (
        "pool-dx-not-filled",
        "Every entry of dx is zero: is it computed, and stored in what is returned?",
        "dx",
        ((_PASS_ON, "pass"),),
    ),
    (
        "pool-returns-dout",
        "What is returned is dout: each entry of it belongs to one pixel of x.",
        "dx",
        ((_RETURN, "    return dout\n"),),
    ),
    (
        "pool-backward-writes-into-dout",
        "An operation in place (+=, *=, dout[...] = ...) writes into the caller's dout.",
        "dout",
        ((_RETURN, f"    dout *= 0.5\n{_RETURN}"),),
    ),
    (
        "pool-backward-writes-into-x",
        "An operation in place (+=, *=, x[...] = ...) writes into the x of the cache, which is the caller's.",
        "x",
        ((_RETURN, f"    x[...] = 0\n{_RETURN}"),),
    ),
)

MISTAKES: tuple[Mistake, ...] = (*_FORWARD, *_BACKWARD)
