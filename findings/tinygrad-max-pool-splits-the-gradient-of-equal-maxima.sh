#!/usr/bin/env bash
# A window of max pooling has several equal maxima, as behind a ReLU. tinygrad's layers follow PyTorch's names; who gets the gradient?
# Guess: one of them, the first, as in PyTorch and JAX.
# tinygrad 0.14.0: all of them, in equal parts: a quarter each where four zeros are pooled. JAX 0.10.2 gives it to the first. Both are legal
# subgradients; a check that compares with one library's alone turns down the other's, and a sum over the window is all that they share.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet tinygrad==0.14.0 jax==0.10.2 numpy==2.4.6
cd "$folder"
DEV=PYTHON env/bin/python -W ignore - >seen.txt <<'CODE'
import jax
import jax.numpy as jnp
import numpy as np
from tinygrad import Tensor

zeros = np.zeros((1, 1, 2, 4), np.float32)
x = Tensor(zeros)
print("tinygrad", x.max_pool2d((2, 2), stride=2).sum().gradient(x)[0].numpy()[0, 0].tolist())


def pooled(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID").sum()


print("jax", jax.grad(pooled)(zeros)[0, 0].tolist())
CODE
cat >expected.txt <<'SEEN'
tinygrad [[0.25, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25]]
jax [[1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
