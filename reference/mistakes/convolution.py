"""Known mistakes of the convolution."""

from reference.mistakes.mistake import Mistake, mistakes_of

__all__ = ["MISTAKES"]

# Lines of the reference that several mistakes touch.
_HEIGHT, _WIDTH = "H_out = 1 + (H + 2 * pad - HH) // stride", "W_out = 1 + (W + 2 * pad - WW) // stride"
_PADDED = "x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))"
_STORE = "out[n, f, i, j] = np.sum(window * w[f]) + b[f]"
_STEP = "top, left = i * stride, j * stride"
_EACH = "for n, f, i, j in np.ndindex(out.shape):"
_CACHE = "    cache = (x, w, b, conv_param)\n"

_FORWARD = mistakes_of(
    "conv_forward_naive",
    (
        "conv-filters-flipped",
        "The filters are flipped: the assignment slides each filter over x as it is.",
        "out",
        (("window * w[f]", "window * w[f, :, ::-1, ::-1]"),),
    ),
    ("conv-bias-forgotten", "Each filter has a bias, and out is as if it were zero.", "out", ((" + b[f]", ""),)),
    (
        "conv-bias-added-to-every-product",
        "The bias is added to every product of a window: each sum gets it once.",
        "out",
        ((_STORE, "out[n, f, i, j] = np.sum(window * w[f] + b[f])"),),
    ),
    (
        "conv-bias-added-for-every-channel",
        "The bias is added once for every channel of x: each sum gets it once.",
        "out",
        ((_STORE, "out[n, f, i, j] = np.sum(window * w[f]) + len(window) * b[f]"),),
    ),
    ("conv-first-bias-for-all", "Every filter gets the first bias: each has its own.", "out", (("+ b[f]", "+ b[0]"),)),
    (
        "conv-bias-subtracted",
        "The bias is subtracted: it is added to the sum.",
        "out",
        (("+ b[f]", "- b[f]"),),
    ),
    (
        "conv-stride-ignored",
        "From one window to the next it moves by one place, not by the stride.",
        "out",
        ((_STEP, "top, left = i, j"),),
    ),
    (
        "conv-stride-ignored-along-height",
        "Down the image it moves by one row from window to window, not by the stride; along the width it is right.",
        "out",
        ((_STEP, "top, left = i, j * stride"),),
    ),
    (
        "conv-stride-ignored-along-width",
        "Along the width it moves by one column from window to window, not by the stride; down the image it is right.",
        "out",
        ((_STEP, "top, left = i * stride, j"),),
    ),
    (
        "conv-not-padded",
        "conv_param['pad'] has no effect: zeros belong around the image on every side.",
        "out",
        (('conv_param["pad"]', "0"),),
    ),
    (
        "conv-padding-fixed-at-one",
        "conv_param['pad'] has no effect: the image is always padded by one.",
        "out",
        (('conv_param["pad"]', "1"),),
    ),
    (
        "conv-padded-behind-only",
        "All the padding is below and to the right of the image: half of it belongs on the other side.",
        "out",
        ((_PADDED, "x_pad = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))"),),
    ),
    (
        "conv-padded-in-front-only",
        "All the padding is above and to the left of the image: half of it belongs on the other side.",
        "out",
        ((_PADDED, "x_pad = np.pad(x, ((0, 0), (0, 0), (2 * pad, 0), (2 * pad, 0)))"),),
    ),
    (
        "conv-padded-with-edge",
        "The padding repeats the border of the image: it should be zeros.",
        "out",
        (("(pad, pad), (pad, pad)))", '(pad, pad), (pad, pad)), mode="edge")'),),
    ),
    (
        "conv-padded-with-ones",
        "The padding is ones: it should be zeros.",
        "out",
        (("(pad, pad), (pad, pad)))", "(pad, pad), (pad, pad)), constant_values=1)"),),
    ),
    (
        "conv-padding-counted-once",
        "The size of the output counts the padding of one side only: both sides have it.",
        "out",
        ((_HEIGHT, _HEIGHT.replace("2 * pad", "pad")), (_WIDTH, _WIDTH.replace("2 * pad", "pad"))),
    ),
    (
        "conv-padding-not-counted",
        "The size of the output does not count the padding.",
        "out",
        ((_HEIGHT, _HEIGHT.replace(" + 2 * pad", "")), (_WIDTH, _WIDTH.replace(" + 2 * pad", ""))),
    ),
    (
        "conv-one-window-too-few",
        "One window too few is counted in each direction: there is one more than there are strides between them.",
        "out",
        ((_HEIGHT, _HEIGHT.replace("1 + ", "")), (_WIDTH, _WIDTH.replace("1 + ", ""))),
    ),
    (
        "conv-first-channel-only",
        "Only the first channel is summed: a window goes through all channels.",
        "out",
        (("np.sum(window * w[f])", "np.sum(window[0] * w[f, 0])"),),
    ),
    (
        "conv-last-channel-only",
        "Only the last channel is left in out: what the channels give is added up, not overwritten.",
        "out",
        (("np.sum(window * w[f])", "np.sum(window[-1] * w[f, -1])"),),
    ),
    (
        "conv-bias-and-last-channel",
        "Only the last channel is left in out, and its bias is missing: what the channels give is added up.",
        "out",
        ((_STORE, "out[n, f, i, j] = np.sum(window[-1] * w[f, -1])"),),
    ),
    (
        "conv-output-taken-for-square",
        "The output is taken to be as wide as it is high: the two sizes come from different sides.",
        "out",
        ((_WIDTH, "W_out = H_out"),),
    ),
    (
        "conv-output-taken-for-square",
        "The output is taken to be as wide as it is high: the two sizes come from different sides.",
        "out",
        ((_WIDTH, _WIDTH.replace("(W ", "(H ")),),
    ),
    (
        "conv-output-taken-for-square",
        "The output is taken to be as wide as it is high: the two sizes come from different sides.",
        "out",
        ((_HEIGHT, _HEIGHT.replace("(H ", "(W ")),),
    ),
    (
        "conv-filter-taken-for-square",
        "The size of the output takes filters for square.",
        "out",
        ((_WIDTH, _WIDTH.replace("WW", "HH")),),
    ),
    (
        "conv-filter-taken-for-square",
        "The size of the output takes filters for square.",
        "out",
        ((_HEIGHT, _HEIGHT.replace("HH", "WW")),),
    ),
    (
        "conv-stride-and-padding-swapped",
        "stride and pad are swapped.",
        "out",
        (('stride, pad = conv_param["stride"]', 'pad, stride = conv_param["stride"]'),),
    ),
    (
        "conv-one-index-for-both-directions",
        "The same index counts windows down the image and along it.",
        "out",
        ((_STEP, "top, left = i * stride, i * stride"),),
    ),
    (
        "conv-one-index-for-both-directions",
        "The same index counts windows down the image and along it.",
        "out",
        ((_STEP, "top, left = j * stride, j * stride"),),
    ),
    (
        "conv-rows-and-columns-swapped",
        "Rows and columns of out are swapped: the first of the two counts windows down the image.",
        "out",
        ((_STEP, "top, left = j * stride, i * stride"),),
    ),
    (
        "conv-one-row-of-windows-too-few",
        "One row of windows too few is counted: there is one more than there are strides between them.",
        "out",
        ((_HEIGHT, _HEIGHT.replace("1 + ", "")),),
    ),
    (
        "conv-one-column-of-windows-too-few",
        "One column of windows too few is counted: there is one more than there are strides between them.",
        "out",
        ((_WIDTH, _WIDTH.replace("1 + ", "")),),
    ),
    (
        "conv-filter-sides-swapped",
        "Height and width of the filter are swapped, which shows where a filter is not square.",
        "out",
        (("F, _, HH, WW = w.shape", "F, _, WW, HH = w.shape"),),
    ),
    (
        "conv-image-sides-swapped",
        "Height and width of the image are swapped, which shows where an image is not square.",
        "out",
        (("N, _, H, W = x.shape", "N, _, W, H = x.shape"),),
    ),
    (
        "conv-mean-for-sum",
        "It is the mean of the products of a window: it should be their sum.",
        "out",
        (("np.sum(window", "np.mean(window"),),
    ),
    (
        "conv-channels-last",
        "The filters are the last axis of out: they belong behind the images.",
        "out",
        ((_CACHE, f"    out = out.transpose(0, 2, 3, 1)\n{_CACHE}"),),
    ),
    (
        "conv-channels-last-reshaped",
        "The axes of out are put into order by a reshape, which mixes the entries: only a transpose moves axes.",
        "out",
        ((_CACHE, f"    out = out.transpose(0, 2, 3, 1).reshape(out.shape)\n{_CACHE}"),),
    ),
    (
        "conv-filters-in-front",
        "Images and filters are mixed up by a reshape: the filters come first, and only a transpose moves axes.",
        "out",
        ((_CACHE, f"    out = out.transpose(1, 0, 2, 3).reshape(out.shape)\n{_CACHE}"),),
    ),
    (
        "conv-images-last-reshaped",
        "The axes of out are put into order by a reshape, which mixes the entries: the images come last before it.",
        "out",
        ((_CACHE, f"    out = out.transpose(1, 2, 3, 0).reshape(out.shape)\n{_CACHE}"),),
    ),
    (
        "conv-last-column-left-out",
        "The last column of out is never reached: the loop along the width ends one too early.",
        "out",
        ((_EACH, "for n, f, i, j in np.ndindex(N, F, H_out, W_out - 1):"),),
    ),
    (
        "conv-last-row-left-out",
        "The last row of out is never reached: the loop down the image ends one too early.",
        "out",
        ((_EACH, "for n, f, i, j in np.ndindex(N, F, H_out - 1, W_out):"),),
    ),
    (
        "conv-last-row-and-column-left-out",
        "The last row and the last column of out are never reached: both loops end one too early.",
        "out",
        ((_EACH, "for n, f, i, j in np.ndindex(N, F, H_out - 1, W_out - 1):"),),
    ),
    (
        "conv-rows-and-columns-swapped",
        "Rows and columns of out are swapped: the first of the two counts windows down the image.",
        "out",
        ((_CACHE, f"    out = out.swapaxes(2, 3)\n{_CACHE}"),),
    ),
    (
        "conv-integer-output",
        "Whole numbers cannot hold it: is it stored in an array made from integers?",
        "out",
        (("dtype=np.result_type(x, w, b)", "dtype=int"),),
    ),
    (
        "conv-first-image-for-all",
        "Every output is that of the first image.",
        "out",
        (("window = x_pad[n, :", "window = x_pad[0, :"),),
    ),
    (
        "conv-first-filter-for-all",
        "Every output is computed with the first filter: each filter gives its own.",
        "out",
        (("window * w[f]", "window * w[0]"),),
    ),
    (
        "conv-nothing-stored",
        "Every entry is zero: is the result computed, and stored in what is returned?",
        "out",
        ((_STORE, "pass"),),
    ),
    (
        "conv-bias-only",
        "Out is the bias alone: what the filter gives is missing.",
        "out",
        ((_STORE, "out[n, f, i, j] = b[f]"),),
    ),
    (
        "conv-writes-into-x",
        "An operation in place (+=, *=, x[...] = ...) writes into the caller's x.",
        "x",
        ((_CACHE, f"    x += 1\n{_CACHE}"),),
    ),
    (
        "conv-writes-into-w",
        "An operation in place (+=, *=, w[...] = ...) writes into the caller's w.",
        "w",
        ((_CACHE, f"    w *= 2\n{_CACHE}"),),
    ),
)

_DX_STEP = "dx_pad[n, :, rows, cols] += w[f] * dout[n, f, i, j]"
_DW_STEP = "dw[f] += x_pad[n, :, rows, cols] * dout[n, f, i, j]"
_ROWS, _COLS = "rows = slice(i * stride, i * stride + HH)", "cols = slice(j * stride, j * stride + WW)"
_CROP = "dx = dx_pad[:, :, pad : pad + H, pad : pad + W]"
_DB = "db = dout.sum(axis=(0, 2, 3))"
_ALL = "for n, f, i, j in np.ndindex(dout.shape):"
_RETURN = "    return dx, dw, db\n"

_BACKWARD = mistakes_of(
    "conv_backward_naive",
    (
        "conv-dx-cropped-to-nothing",
        "dx is empty: a slice [n:-n] keeps nothing when n is 0.",
        "dx",
        ((_CROP, "dx = dx_pad[:, :, pad:-pad, pad:-pad]"),),
    ),
    ("conv-dx-not-cropped", "Is the padding taken off dx at the end?", "dx", ((_CROP, "dx = dx_pad"),)),
    (
        "conv-dx-cropped-at-the-corner",
        "The padding is taken off dx below and to the right only: half of it is above and to the left.",
        "dx",
        ((_CROP, "dx = dx_pad[:, :, :H, :W]"),),
    ),
    (
        "conv-dx-cropped-in-front-only",
        "The padding is taken off dx above and to the left only: half of it is below and to the right.",
        "dx",
        ((_CROP, "dx = dx_pad[:, :, 2 * pad :, 2 * pad :]"),),
    ),
    (
        "conv-dx-cropped-too-far",
        "Too much is taken off dx below and to the right: its end lies the padding further than H and W.",
        "dx",
        ((_CROP, "dx = dx_pad[:, :, pad:H, pad:W]"),),
    ),
    (
        "conv-dx-cropped-by-one",
        "One row and one column are taken off each side of dx, whatever the padding is.",
        "dx",
        ((_CROP, "dx = dx_pad[:, :, 1:-1, 1:-1]"),),
    ),
    (
        "conv-dx-cropped-to-a-square",
        "dx is cut to a square: the image may be wider than it is high.",
        "dx",
        ((_CROP, "dx = dx_pad[:, :, pad : pad + H, pad : pad + H]"),),
    ),
    (
        "conv-dx-overwritten",
        "A pixel lies in several windows and is seen by every filter: what they give to dx adds up.",
        "dx",
        ((_DX_STEP, _DX_STEP.replace("+=", "=")),),
    ),
    (
        "conv-dx-overwritten",
        "A pixel lies in several windows and is seen by every filter: what they give to dx adds up.",
        "dx",
        ((_DX_STEP, "dx_pad[n, :, rows, cols] = np.tensordot(dout[n, :, i, j], w, axes=1)"),),
    ),
    (
        "conv-dx-last-filter-only",
        "dx has what the last filter gives: what all filters give adds up.",
        "dx",
        ((_DX_STEP, f"if f == len(w) - 1:\n            {_DX_STEP}"),),
    ),
    (
        "conv-dw-overwritten",
        "Every image and every window gives something to dw: all of it adds up.",
        "dw",
        ((_DW_STEP, _DW_STEP.replace("+=", "=")),),
    ),
    (
        "conv-dw-overwritten",
        "Every image and every window gives something to dw: all of it adds up.",
        "dw",
        ((_DW_STEP, "dw[f] = np.tensordot(dout[:, f, i, j], x_pad[:, :, rows, cols], axes=1)"),),
    ),
    (
        "conv-dw-last-image-only",
        "dw has what the last image gives: what all images give adds up.",
        "dw",
        ((_DW_STEP, f"if n == len(x) - 1:\n            {_DW_STEP}"),),
    ),
    (
        "conv-dw-first-image-only",
        "dw has what the first image gives: what all images give adds up.",
        "dw",
        ((_DW_STEP, f"if n == 0:\n            {_DW_STEP}"),),
    ),
    (
        "conv-db-mean",
        "db is a mean: the bias moves every output by the same, so all of dout adds up.",
        "db",
        ((_DB, _DB.replace("sum", "mean")),),
    ),
    (
        "conv-db-divided-by-images",
        "db is divided by the number of images: the loss does that already, in dout.",
        "db",
        ((_DB, f"{_DB} / len(x)"),),
    ),
    (
        "conv-db-counted-for-every-window",
        "db adds up all of dout once for every window: each entry of it counts once.",
        "db",
        ((_DB, f"{_DB} * dout[0, 0].size"),),
    ),
    (
        "conv-db-counted-for-every-channel",
        "db adds up all of dout once for every channel of x: each entry of it counts once.",
        "db",
        ((_DB, f"{_DB} * x.shape[1]"),),
    ),
    (
        "conv-db-first-image-only",
        "db has what the first image gives: what all images give adds up.",
        "db",
        ((_DB, "db = dout[0].sum(axis=(1, 2))"),),
    ),
    (
        "conv-db-last-image-only",
        "db has what the last image gives: what all images give adds up.",
        "db",
        ((_DB, "db = dout[-1].sum(axis=(1, 2))"),),
    ),
    (
        "conv-db-of-one-window",
        "db has what the last window of the last image gives: what all of them give adds up.",
        "db",
        ((_DB, "db = dout[-1, :, -1, -1].copy()"),),
    ),
    (
        "conv-db-over-other-axes",
        "db is summed over other axes: one number is left for each filter.",
        "db",
        ((_DB, "db = dout.sum(axis=(0, 1, 2))"),),
    ),
    (
        "conv-db-over-other-axes",
        "db is summed over other axes: one number is left for each filter.",
        "db",
        ((_DB, "db = dout.sum(axis=(1, 2, 3))"),),
    ),
    (
        "conv-db-over-other-axes",
        "db is summed over other axes: one number is left for each filter.",
        "db",
        ((_DB, "db = dout.sum(axis=(0, 1, 3))"),),
    ),
    (
        "conv-db-axis-left",
        "db keeps an axis that should be summed over: one number is left for each filter.",
        "db",
        ((_DB, "db = dout.sum(axis=(0, 2))"),),
    ),
    (
        "conv-db-axis-left",
        "db keeps an axis that should be summed over: one number is left for each filter.",
        "db",
        ((_DB, "db = dout.sum(axis=0)"),),
    ),
    (
        "conv-db-one-number",
        "db is one number: there is one for each filter.",
        "db",
        ((_DB, "db = dout.sum()"),),
    ),
    (
        "conv-db-as-a-row",
        "db has another shape than b: only axes of length one differ.",
        "db",
        ((_DB, f"{_DB}.reshape(1, -1)"),),
    ),
    (
        "conv-db-as-a-column",
        "db has another shape than b: only axes of length one differ.",
        "db",
        ((_DB, f"{_DB}.reshape(-1, 1)"),),
    ),
    (
        "conv-db-times-bias",
        "db holds the bias itself: how out changes with the bias does not depend on its value.",
        "db",
        ((_DB, f"{_DB} * cache[2]"),),
    ),
    (
        "conv-backward-padded-behind-only",
        "The windows of x lie where they would without padding in front: dw is that of a moved image.",
        "dw",
        (("(pad, pad), (pad, pad)))", "(0, 2 * pad), (0, 2 * pad)))"),),
    ),
    (
        "conv-backward-stride-ignored",
        "In the backward pass windows lie one place apart, not the stride.",
        "dx dw",
        (
            (_ROWS, "rows = slice(i, i + HH)"),
            (_COLS, "cols = slice(j, j + WW)"),
        ),
    ),
    (
        "conv-backward-stride-ignored-along-height",
        "In the backward pass windows lie one row apart, not the stride; along the width it is right.",
        "dx dw",
        ((_ROWS, "rows = slice(i, i + HH)"),),
    ),
    (
        "conv-backward-stride-ignored-along-width",
        "In the backward pass windows lie one column apart, not the stride; down the image it is right.",
        "dx dw",
        ((_COLS, "cols = slice(j, j + WW)"),),
    ),
    (
        "conv-dout-rows-and-columns-swapped",
        "Rows and columns of dout are swapped: the first of the two counts windows down the image.",
        "dx dw",
        ((_DX_STEP, _DX_STEP.replace("i, j", "j, i")), (_DW_STEP, _DW_STEP.replace("i, j", "j, i"))),
    ),
    (
        "conv-dout-rows-and-columns-swapped",
        "Rows and columns of dout are swapped: the first of the two counts windows down the image.",
        "dx dw",
        (
            (_ROWS, "rows = slice(j * stride, j * stride + HH)"),
            (_COLS, "cols = slice(i * stride, i * stride + WW)"),
        ),
    ),
    (
        "conv-dout-rows-and-columns-swapped-in-dx",
        "In dx rows and columns of dout are swapped: the first of the two counts windows down the image.",
        "dx",
        ((_DX_STEP, _DX_STEP.replace("i, j", "j, i")),),
    ),
    (
        "conv-dout-rows-and-columns-swapped-in-dw",
        "In dw rows and columns of dout are swapped: the first of the two counts windows down the image.",
        "dw",
        ((_DW_STEP, _DW_STEP.replace("i, j", "j, i")),),
    ),
    (
        "conv-dx-negated",
        "The sign of dx is flipped.",
        "dx",
        ((_DX_STEP, _DX_STEP.replace("+=", "-=")),),
    ),
    (
        "conv-dw-negated",
        "The sign of dw is flipped.",
        "dw",
        ((_DW_STEP, _DW_STEP.replace("+=", "-=")),),
    ),
    (
        "conv-backward-one-index-for-both-directions",
        "In the backward pass the same index counts windows down the image and along it.",
        "dx dw",
        ((_COLS, "cols = slice(i * stride, i * stride + WW)"),),
    ),
    (
        "conv-dx-filters-flipped",
        "In dx the filters are flipped: each product of the forward pass goes back to the pixel it came from.",
        "dx",
        (("+= w[f] * dout", "+= w[f, :, ::-1, ::-1] * dout"),),
    ),
    (
        "conv-dw-flipped",
        "dw is flipped: each of its entries belongs to the weight that the pixel was multiplied with.",
        "dw",
        ((_RETURN, f"    dw = dw[:, :, ::-1, ::-1]\n{_RETURN}"),),
    ),
    (
        "conv-dw-sides-swapped",
        "Height and width of dw are swapped.",
        "dw",
        ((_RETURN, f"    dw = dw.swapaxes(2, 3)\n{_RETURN}"),),
    ),
    (
        "conv-dx-first-channel-only",
        "Only the first channel of dx is filled: a filter gives something to every channel.",
        "dx",
        (("dx_pad[n, :, rows, cols] += w[f]", "dx_pad[n, 0, rows, cols] += w[f, 0]"),),
    ),
    (
        "conv-dx-ignores-dout",
        "dx does not depend on dout: each window passes on its own entry of it.",
        "dx",
        ((_DX_STEP, "dx_pad[n, :, rows, cols] += w[f]"),),
    ),
    (
        "conv-dw-ignores-dout",
        "dw does not depend on dout: each window passes on its own entry of it.",
        "dw",
        ((_DW_STEP, "dw[f] += x_pad[n, :, rows, cols]"),),
    ),
    (
        "conv-db-ignores-dout",
        "db does not depend on dout: it counts the outputs of a filter.",
        "db",
        ((_DB, "db = np.full(len(w), dout[:, 0].size, dtype=dout.dtype)"),),
    ),
    (
        "conv-dw-with-sum-of-dout",
        "In dw each window is multiplied by the sum of dout: it has an entry of its own.",
        "dw",
        ((_DW_STEP, "dw[f] += x_pad[n, :, rows, cols] * dout[n, f].sum()"),),
    ),
    (
        "conv-dx-with-sum-of-dout",
        "In dx each window is multiplied by the sum of dout: it has an entry of its own.",
        "dx",
        ((_DX_STEP, "dx_pad[n, :, rows, cols] += w[f] * dout[n, f].sum()"),),
    ),
    (
        "conv-gradients-ignore-dout",
        "The gradients do not depend on dout: each window passes on its own entry of it.",
        "dx dw db",
        (
            (_DX_STEP, "dx_pad[n, :, rows, cols] += w[f]"),
            (_DW_STEP, "dw[f] += x_pad[n, :, rows, cols]"),
            (_DB, "db = np.full(len(w), dout[:, 0].size, dtype=dout.dtype)"),
        ),
    ),
    (
        "conv-gradients-in-another-order",
        "dx, dw and db are returned in another order than documented.",
        "dx dw",
        ((_RETURN, "    return dw, dx, db\n"),),
    ),
    (
        "conv-gradients-in-another-order",
        "dx, dw and db are returned in another order than documented.",
        "dw db",
        ((_RETURN, "    return dx, db, dw\n"),),
    ),
    (
        "conv-gradients-in-another-order",
        "dx, dw and db are returned in another order than documented.",
        "dx dw db",
        ((_RETURN, "    return dw, db, dx\n"),),
    ),
    (
        "conv-gradients-in-another-order",
        "dx, dw and db are returned in another order than documented.",
        "dx db",
        ((_RETURN, "    return db, dw, dx\n"),),
    ),
    (
        "conv-dx-divided-by-images",
        "dx is divided by the number of images: the loss does that already, in dout.",
        "dx",
        ((_RETURN, f"    dx = dx / len(dx)\n{_RETURN}"),),
    ),
    (
        "conv-dw-divided-by-images",
        "dw is divided by the number of images: the loss does that already, in dout.",
        "dw",
        ((_RETURN, f"    dw = dw / len(dx)\n{_RETURN}"),),
    ),
    (
        "conv-gradients-divided-by-images",
        "The gradients are divided by the number of images: the loss does that already, in dout.",
        "dx dw db",
        ((_RETURN, f"    dx, dw, db = dx / len(dx), dw / len(dx), db / len(dx)\n{_RETURN}"),),
    ),
    (
        "conv-gradients-negated",
        "The signs of the gradients are flipped: they say how out grows, not how to step.",
        "dx dw db",
        ((_RETURN, f"    dx, dw, db = -dx, -dw, -db\n{_RETURN}"),),
    ),
    (
        "conv-backward-last-column-left-out",
        "The last column of dout is never used: the loop along the width ends one too early.",
        "dx dw",
        ((_ALL, "for n, f, i, j in np.ndindex(*dout.shape[:3], dout.shape[3] - 1):"),),
    ),
    (
        "conv-backward-last-row-left-out",
        "The last row of dout is never used: the loop down the image ends one too early.",
        "dx dw",
        ((_ALL, "for n, f, i, j in np.ndindex(*dout.shape[:2], dout.shape[2] - 1, dout.shape[3]):"),),
    ),
    (
        "conv-dx-not-filled",
        "Every entry of dx is zero: is it computed, and stored in what is returned?",
        "dx",
        ((_DX_STEP, "pass"),),
    ),
    (
        "conv-dw-not-filled",
        "Every entry of dw is zero: is it computed, and stored in what is returned?",
        "dw",
        ((_DW_STEP, "pass"),),
    ),
    (
        "conv-db-not-filled",
        "Every entry of db is zero: is it computed, and stored in what is returned?",
        "db",
        ((_DB, "db = np.zeros(len(w))"),),
    ),
    (
        "conv-gradients-not-filled",
        "Every entry of the gradients is zero: are they computed, and stored in what is returned?",
        "dx dw db",
        ((_DX_STEP, "pass"), (_DW_STEP, "pass"), (_DB, "db = np.zeros(len(w))")),
    ),
    (
        "conv-dx-and-dw-overwritten",
        "Windows, images and filters all give something to dx and dw: it adds up, nothing is overwritten.",
        "dx dw",
        ((_DX_STEP, _DX_STEP.replace("+=", "=")), (_DW_STEP, _DW_STEP.replace("+=", "="))),
    ),
    (
        "conv-backward-writes-into-dout",
        "An operation in place (+=, *=, dout[...] = ...) writes into the caller's dout.",
        "dout",
        ((_RETURN, f"    dout *= 0.5\n{_RETURN}"),),
    ),
    (
        "conv-backward-writes-into-x",
        "An operation in place (+=, *=, x[...] = ...) writes into the x of the cache, which is the caller's.",
        "x",
        ((_RETURN, f"    x += 1\n{_RETURN}"),),
    ),
    (
        "conv-backward-writes-into-w",
        "An operation in place (+=, *=, w[...] = ...) writes into the w of the cache, which is the caller's.",
        "w",
        ((_RETURN, f"    w *= 2\n{_RETURN}"),),
    ),
)

MISTAKES: tuple[Mistake, ...] = (*_FORWARD, *_BACKWARD)
