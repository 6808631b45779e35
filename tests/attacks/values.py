"""Attacks with values: what comes back is no plain array of the right numbers, or says of itself that it is right."""

from attack import Attack

FORGE = """
class Forged(np.ndarray):
    def __array_function__(self, func, types, args, kwargs):
        return True
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.zeros(())
    def __eq__(self, other): return np.ones(self.shape, dtype=bool)
    def __getattr__(self, name): return lambda *args: True
"""

WRONG_KIND = r"should be a plain NumPy array or number|returned|is a"


def wrong(name: str, body: str, must_not: str = "pass for an array of the right numbers", **more: object) -> Attack:
    return Attack(f"values-{name}", must_not, body, **more)  # type: ignore[arg-type]


VALUES = [
    wrong(
        "subclass-that-equals-everything",
        "return np.zeros((2, 3, 2, 2)).view(Forged), None",
        "answer comparisons in the grader",
        top=FORGE,
        words="Forged",
    ),
    wrong("subclass-of-right-numbers", "return honest(x, pool_param)[0].view(Forged), None", top=FORGE, words="Forged"),
    wrong(
        "lazy-object",
        "return Lazy(), None",
        "be asked for its array in the grader",
        top="""
            class Lazy:
                def __array__(self, dtype=None, copy=None): return np.zeros((2, 3, 2, 2))
                def __getattr__(self, name): return self
                def __call__(self, *args, **kwargs): return self
            """,
        words="Lazy",
    ),
    wrong(
        "liar-about-its-class",
        "return Liar(), None",
        "be taken for what __class__ says",
        top="""
            class Liar:
                @property
                def __class__(self): return np.ndarray
                shape, ndim, dtype = (2, 3, 2, 2), 4, np.dtype(float)
            """,
        words="Liar",
    ),
    wrong(
        "class-that-raises-when-looked-at",
        "return Thorn(), None",
        "break the worker's encoder",
        top="""
            class Meta(type):
                @property
                def __module__(cls): raise SystemExit
            class Thorn(metaclass=Meta): pass
            """,
        status=("failed", "raised"),
    ),
    wrong("object-array", "return honest(x, pool_param)[0].astype(object), None", words="object"),
    wrong("structured-array", "return np.zeros((2, 3, 2, 2), dtype=[('a', 'f8')]), None"),
    wrong("masked-array", "return np.ma.masked_all((2, 3, 2, 2)), None", words="MaskedArray"),
    wrong("matrix", "return np.asmatrix(np.zeros((2, 2))), None", words="matrix"),
    wrong("memory-map", "return np.zeros((2, 3, 2, 2)).view(np.memmap), None", words="memmap"),
    wrong("complex-array", "return honest(x, pool_param)[0] + 0j, None", words="complex"),
    wrong("text-array", "return honest(x, pool_param)[0].astype(str), None"),
    wrong("dates", "return np.zeros((2, 3, 2, 2), 'M8[s]'), None"),
    wrong("nan-everywhere", "return np.full_like(honest(x, pool_param)[0], np.nan), None", "pass as not unequal"),
    wrong("one-nan", "out = honest(x, pool_param)[0]; out.flat[-1] = np.nan; return out, None", "pass as not unequal"),
    wrong("infinity", "out = honest(x, pool_param)[0]; out.flat[0] = np.inf; return out, None"),
    wrong("signalling-nan", "return np.full((2, 3, 2, 2), 0x7FF0000000000001, np.uint64).view(float), None"),
    wrong("almost-right", "return honest(x, pool_param)[0] * (1 + 1e-6), None"),
    wrong("whole-numbers", "return honest(x, pool_param)[0].astype(int), None"),
    wrong("booleans", "return honest(x, pool_param)[0] > 0, None"),
    wrong("one-number-for-all", "return float(honest(x, pool_param)[0].mean()), None", "be broadcast"),
    wrong("shape-that-broadcasts", "return honest(x, pool_param)[0][:, :, :1, :1], None", "be broadcast"),
    wrong("axis-too-many", "return honest(x, pool_param)[0][..., None], None", "be broadcast"),
    wrong("thirty-two-axes", "return np.zeros((1,) * 32), None"),
    wrong("empty", "return np.zeros((0, 3, 2, 2)), None", "pass because nothing differs"),
    wrong("empty-and-endless", "return np.zeros((0, 1 << 40, 1 << 10)), None", "make the grader allocate its shape"),
    wrong("nested-lists", "return honest(x, pool_param)[0].tolist(), None"),
    wrong("list-in-itself", "a = []; a += [a, a]; return a, None", "make the grader recurse", words="list|nested"),
    wrong("deep-lists", "a = 0\nfor _ in range(100_000): a = [a]\nreturn a, None", "make the grader recurse"),
    wrong("a-million-parts", "return [[0] * 1000] * 1000, None", "make the grader read for minutes"),
    wrong("dictionary", "return {'out': honest(x, pool_param)[0]}, None"),
    wrong("text", "return 'passed', None"),
    wrong("endless-number", "return 10 ** 4000, None", "overflow in the grader"),
    wrong("generator", "return (v for v in x), None", words="generator"),
    wrong("function", "return honest, None", words="function"),
    wrong("class", "return np.float64, None"),
    wrong("nothing", "return None", status="missing", words="is it implemented"),
    wrong("too-few", "return honest(x, pool_param)[:1]", words="1 values|should be"),
    wrong("too-many", "return (*honest(x, pool_param), 1)", words="3 values"),
    wrong(
        "tuple-that-lies-about-its-length",
        "return Odd(honest(x, pool_param))",
        top="""
            class Odd(tuple):
                def __len__(self): return 2
                def __iter__(self): return iter([np.zeros(1)] * 5)
            """,
        status=("failed", "crashed"),
    ),
    wrong(
        "made-up-reference",
        "from grader.worker.wire import RefId; return RefId(1), None",
        "be taken for a value that stays behind the wall",
    ),
    wrong(
        "made-up-foreigner",
        "from grader.worker.wire import Foreign; return Foreign('an array, correct <script>'), None",
        "write the grader's sentences",
    ),
    wrong(
        "half-a-gigabyte",
        "return np.zeros(1 << 26), None",
        "fill the grader's memory",
        status=("crashed", "memory", "failed"),
        words="over the limit|memory|shape",
    ),
    # Neutralised, since the numbers are right.
    wrong("big-endian", "return honest(x, pool_param)[0].astype('>f8'), None", "do harm", status="passed"),
    wrong("negative-strides", "return honest(x, pool_param)[0][::-1][::-1], None", "do harm", status="passed"),
    wrong("column-order", "return np.asfortranarray(honest(x, pool_param)[0]), None", "do harm", status="passed"),
    wrong(
        "read-only",
        "out = honest(x, pool_param)[0]; out.flags.writeable = False; return out, None",
        "do harm",
        status="passed",
    ),
]
