#!/usr/bin/env bash
# What is relu of NaN, what the maximum of 1, NaN and 2; and which of four equal entries of a max pool gets the gradient of 1?
# Guess: NaN, NaN, and the first entry, as in torch.
# tinygrad 0.14.0, on its Python device: 0, 2, and a quarter to each. A max pool is a maximum over an axis, whose gradient is split among ties,
# and maxima drop NaN. jax 0.10.2's reduce_window gives all to the first, as guessed. Behind a relu, ties of zeros are common, so a gradient that
# is compared with tinygrad's needs inputs without ties.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet tinygrad==0.14.0
cd "$folder"
export DEV=PYTHON
env/bin/python -W ignore - >seen.txt <<'CODE'
from tinygrad import Tensor
nan = float("nan")
print(Tensor([nan]).relu().tolist(), Tensor([1.0, nan, 2.0]).max().item())
x = Tensor([1.0, 1.0, 1.0, 1.0])
if hasattr(x, "requires_grad_"):
    x.requires_grad_()
x.reshape(1, 1, 2, 2).max_pool2d((2, 2)).sum().backward()
print(x.grad.tolist())
CODE
cat >expected.txt <<'SEEN'
[0.0] 2.0
[0.25, 0.25, 0.25, 0.25]
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
