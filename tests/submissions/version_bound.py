"""Convolutions that hang on a version of NumPy or Python, and mistakes whose exception each version words in its way."""

from dataclasses import replace

from submissions.variants import Rewrite, variant

BODY = """
stride, pad = conv_param["stride"], conv_param["pad"]
N, C, H, W = x.shape
F, _, HH, WW = w.shape
xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
Ho, Wo = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
out = np.zeros((N, F, Ho, Wo), dtype=x.dtype)
one = 1
{setup}
for n in range(N):
    for f in range(F):
        for i in range(Ho):
            for j in range(Wo):
                part = xp[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW] * w[f]
                {store}
cache = (x, w, b, conv_param)
"""
STORE = "out[n, f, i, j] = np.sum(part) * one + b[f]"
#: what it does -> a line before the loops, the line in them, the end of the file
PIECES = {
    "name that NumPy 2.0 removed": ("F = int(np.product([F]))", STORE, ""),
    "type that NumPy 2.0 removed": ("out = out.astype(np.float_)", STORE, ""),
    "name that NumPy 2.4 removed": ("one = np.in1d([1], [1])[0]", STORE, ""),
    "name that NumPy 2.5 removed": ("one = np.row_stack([[1], [1]])[0, 0]", STORE, ""),
    "keyword newshape": ("xp = np.reshape(xp, newshape=xp.shape)", STORE, ""),
    "module numpy.lib.index_tricks": ("", STORE, "from numpy.lib.index_tricks import r_\n"),
    "method ptp": ("one = np.array([1, 2]).ptp()", STORE, ""),
    "array of one entry stored in one place": (
        "",
        "out[n, f, i, j] = np.sum(part, axis=(0, 1, 2), keepdims=True) + b[f]",
        "",
    ),
    "array of one entry made a float": ("one = float(np.ones(1))", STORE, ""),
    "array of one entry printed as a number": ("print('%.1f' % np.ones(1))", STORE, ""),
    "sum of a generator": ("", "out[n, f, i, j] = np.sum(np.sum(row) for row in part) + b[f]", ""),
    "shape that is set": ("xp.shape = xp.shape", STORE, ""),
    "number that does not fit its type": ("one = np.uint8(-1) // 255", STORE, ""),
    "number in half precision": ("one = float(np.float16(1) / 3) * 3", STORE, ""),
    "small integer that overflows": ("one = int(np.uint8(200) + 100) - 299", STORE, ""),
    "array in half precision by a number in double": (
        "root = np.ones(F, dtype=np.float16) * np.sqrt(2.0)",
        "out[n, f, i, j] = np.sum(part) * root[f] / 2.0**0.5 + b[f]",
        "",
    ),
    "list of numbers of NumPy printed": ("print([np.float64(0.5)])", STORE, ""),
    "name that NumPy 2.0 brought": ("xp = np.concat([xp])", STORE, ""),
    "name that NumPy 2.1 brought": ("xp = np.stack(np.unstack(xp))", STORE, ""),
    "name that NumPy 2.2 brought": ("one = np.vecmat(np.ones(1), np.ones((1, 1)))[0]", STORE, ""),
    "keyword shape": ("xp = np.reshape(xp, shape=xp.shape)", STORE, ""),
    "attribute mT": ("xp = xp.mT.mT", STORE, ""),
    "module imp": ("", STORE, "import imp\n"),
    "module distutils": ("", STORE, "from distutils.version import LooseVersion\n"),
    "module cgi": ("", STORE, "import cgi\n"),
    "float as the end of a range": ("one = random.randint(1, 1.0)", STORE, "import random\n"),
    "function that Python 3.12 brought": ("one = math.sumprod([1], [1])", STORE, "import math\n"),
    "function that Python 3.13 brought": ("one = math.fma(1.0, 1.0, 0.0)", STORE, "import math\n"),
    "module that Python 3.14 brought": ("", STORE, "import annotationlib\n"),
    "annotation with an undefined name": ("", STORE, "def helper(x: Tensor) -> Tensor:\n    return x\n"),
    "quotes in an f-string": ("one = int(f\"{conv_param[\"stride\"]}\") // stride", STORE, ""),
    "parameters of types": ("", STORE, "def helper[T](x: T) -> T:\n    return x\n"),
    "exceptions without brackets": (
        "",
        STORE,
        "try:\n    pass\nexcept ValueError, TypeError:\n    pass\n",
    ),
    "string with a wrong escape": ("text = 'C:\\data'", STORE, ""),
    "return under finally": ("one = helper()", STORE, "def helper():\n    try:\n        return 2\n    finally:\n        return 1\n"),
    "too many values to unpack": ("N, C = x.shape", STORE, ""),
    "too few values to unpack": ("N, C, H, W, D = x.shape", STORE, ""),
    "undefined name": ("one = sise", STORE, ""),
    "module that is not imported": ("one = math.floor(1.5)", STORE, ""),
    "attribute that no array has": ("one = x.shpe[0]", STORE, ""),
    "shape that is a float": ("out = np.zeros((N, F, Ho / 1, Wo / 1))", STORE, ""),
    "range of a float": ("for k in range(F / 1):\n    pass", STORE, ""),
    "index that is a float": ("one = b[0.0]", STORE, ""),
    "index out of bounds": ("one = b[F]", STORE, ""),
    "shapes that do not fit": ("xp = xp + np.ones((7, 11))", STORE, ""),
    "matrices that do not fit": ("xp = np.ones((2, 3)) @ np.ones((2, 3))", STORE, ""),
    "reshape that does not fit": ("xp = xp.reshape(7, 11)", STORE, ""),
    "array as a condition": ("if x > 0:\n    pass", STORE, ""),
    "sum with None": ("one = None + 1", STORE, ""),
    "text where a number belongs": ("one = np.exp('a')", STORE, ""),
    "argument too many": ("one = np.sum(x, 0, None, None, 1, 2, 3, 4, 5)", STORE, ""),
    "keyword that no function has": ("one = np.sum(x, axes=0)", STORE, ""),
    "name that NumPy never had": ("one = np.convolve2d(x)", STORE, ""),
    "array of rows of several lengths": ("one = np.array([[1], [1, 2]])", STORE, ""),
    "import of what is not there": ("", STORE, "from numpy import conv2d\n"),
    "division by zero": ("one = 1 / 0", STORE, ""),
    "overflow that warns": ("one = np.exp(np.float64(1000)) * 0 + 1", STORE, ""),
    "value into an integer array": ("out = out.astype(int)\nout += 0.5", STORE, ""),
}  # fmt: skip


def version_bound():
    """Returns a submission for each piece; the checks of the convolution are enough, whatever else of the file breaks."""
    made = [
        variant(name, Rewrite("conv_forward_naive", _body(setup, store)), top=top)
        for name, (setup, store, top) in PIECES.items()
    ]
    return [replace(one, changed=frozenset({"conv_forward_naive"})) for one in made]


def _body(setup, store):
    return BODY.format(setup=setup, store=store)
