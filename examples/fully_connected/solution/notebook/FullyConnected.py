# %% [markdown] {"grader": {"id": "title"}}
"""
# Fully connected networks

Write the layers in `fc/layers.py`, then the network in `fc/two_layer_net.py`. Run the cells from top to bottom.
"""

# %% {"grader": {"id": "setup"}}
import numpy as np

from fc.layers import *
from fc.two_layer_net import TwoLayerNet

# %load_ext autoreload
# %autoreload 2

# %% [markdown] {"grader": {"id": "affine-text"}}
"""
## Affine layer

Each example is flattened to a row. The output of this cell should be `[[2. 5.]]`.
"""

# %% {"grader": {"id": "affine"}}
x = np.array([[[1.0, 0.0], [0.0, 1.0]]])
w = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [0.0, 2.0]])
out, _ = affine_forward(x, w, np.array([1.0, 1.0]))
print(out)

# %% [markdown] {"grader": {"id": "network-text"}}
"""
## Two-layer network

Two clouds of points are easy to tell apart: the last loss should be below 0.1.
"""

# %% {"grader": {"id": "network"}}
np.random.seed(12)
X = np.concatenate([np.random.randn(50, 2) - 3, np.random.randn(50, 2) + 3])
y = np.repeat([0, 1], 50)
net = TwoLayerNet(2, 10, 2)
losses = net.train(X, y, [np.random.permutation(100)[:20] for _ in range(200)], 0.5)
print(losses[0], losses[-1])
