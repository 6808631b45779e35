# %% [markdown] {"grader": {"id": "title"}}
"""
# Convolutional networks

In fully connected networks you have seen how a network is put together, trained and checked. They are cheap to run and
easy to experiment with; but for images, networks of convolutions do far better.

In this notebook you write the layers of such a network one by one, each in the plainest way that works, and check each
of them against numbers or against a numerical gradient. Then you build a network of three layers, train it on CIFAR-10,
and look at what it has learned. At the end come two ways to normalize the feature maps between layers.

Your code goes into `cs231n/layers.py` and `cs231n/classifiers/cnn.py`. Each cell below says what to expect when your
code is right. Run them from top to bottom; a cell that fails does not keep the next one from running. After each part a
cell with `%grade` runs the checks that your grade is made of on what you have just written.
"""

# %% {"grader": {"id": "setup"}}
# Setup: run this first, and again after you have restarted the kernel.
import numpy as np
import matplotlib.pyplot as plt

from cs231n.classifiers.cnn import *
from cs231n.data_utils import get_CIFAR10_data
from cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array
from cs231n.layers import *
from cs231n.fast_layers import *
from cs231n.solver import Solver

# %matplotlib inline
plt.rcParams["figure.figsize"] = (10.0, 8.0)
plt.rcParams["image.interpolation"] = "nearest"
plt.rcParams["image.cmap"] = "gray"

# Modules are loaded again whenever you have saved a change in them.
# %load_ext autoreload
# %autoreload 2

# `%grade NAME` judges a function as it is now, defined in this notebook or else saved in its file.
# %load_ext grader


def rel_error(x, y):
    """Return the largest relative error between two arrays of the same shape."""
    return np.max(np.abs(x - y) / (np.maximum(1e-8, np.abs(x) + np.abs(y))))


# %% {"grader": {"id": "data", "figures": "data"}}
# CIFAR-10, the mean image subtracted. The folder cifar-10-batches-py is looked for where the environment variable
# CIFAR10_DIR says; without it, generated images of the same shapes stand in, on which networks learn about as well.
# Where GRADER_NOTEBOOK_DATA is "small", as while your notebook is graded, there are fewer images to train on.
data = get_CIFAR10_data()
for k, v in list(data.items()):
    print(f"{k}: {v.shape}")

# %% [markdown] {"grader": {"id": "conv-forward-text"}}
"""
## Convolution: naive forward pass

Everything else stands on this layer. Write the forward pass of a convolution in `conv_forward_naive`, in
`cs231n/layers.py`. Four nested loops are welcome: how fast it is earns no points, so write what is easiest to read.

This cell compares your output with numbers that are known to be right.
"""

# %% {"grader": {"id": "conv-forward", "figures": "conv_forward"}}
x_shape = (2, 3, 4, 4)
w_shape = (3, 3, 4, 4)
x = np.linspace(-0.1, 0.5, num=np.prod(x_shape)).reshape(x_shape)
w = np.linspace(-0.2, 0.3, num=np.prod(w_shape)).reshape(w_shape)
b = np.linspace(-0.1, 0.2, num=3)

conv_param = {"stride": 2, "pad": 1}
out, _ = conv_forward_naive(x, w, b, conv_param)
correct_out = np.array(
    [
        [
            [[-0.08759809, -0.10987781], [-0.18387192, -0.2109216]],
            [[0.21027089, 0.21661097], [0.22847626, 0.23004637]],
            [[0.50813986, 0.54309974], [0.64082444, 0.67101435]],
        ],
        [
            [[-0.98053589, -1.03143541], [-1.19128892, -1.24695841]],
            [[0.69108355, 0.66880383], [0.59480972, 0.56776003]],
            [[2.36270298, 2.36904306], [2.38090835, 2.38247847]],
        ],
    ]
)

# The numbers above have eight decimals, so the difference should be around 1e-8.
print("Testing conv_forward_naive")
print("difference: ", rel_error(out, correct_out))

# %% {"grader": {"id": "conv-forward-grade"}}
# %grade conv_forward_naive

# %% [markdown] {"grader": {"id": "images-text"}}
"""
## Aside: image processing by convolution

A convolution with filters that somebody chose by hand is an old tool of image processing. Two of them are tried here on
two pictures: one filter turns colours into shades of gray, the other finds horizontal edges. If your forward pass is
right, you will recognize the pictures in its output, which is a check in itself.

The pictures are drawn by the next cell; no photograph is needed.
"""

# %% {"grader": {"id": "pictures"}}
def draw_balloon(height, width):
    """Return a picture of a hot-air balloon above hills, uint8, (height, width, 3)."""
    y, x = np.mgrid[0:height, 0:width] / height
    centre = width / height / 2
    sky = 1 - y[..., None] * [0.5, 0.3, 0.1]
    picture = sky * [120, 180, 235]
    for number, colour in enumerate([(110, 150, 120), (80, 130, 80), (50, 95, 50)]):
        ridge = 0.66 + 0.11 * number + 0.05 * np.sin(6 * x + 2 * number) + 0.02 * np.sin(17 * x)
        picture[y > ridge] = colour
    distance = np.hypot(x - centre, y - 0.34)
    angle = np.arctan2(y - 0.95, x - centre)
    stripes = np.where((np.floor(angle * 24) % 2 == 0)[..., None], [225, 60, 50], [250, 215, 90])
    balloon = distance < 0.24
    light = (1.1 - 1.2 * np.hypot(x - centre + 0.08, y - 0.26))[..., None]
    picture[balloon] = (stripes * light)[balloon]
    basket = (np.abs(x - centre) < 0.045) & (np.abs(y - 0.70) < 0.035)
    ropes = (np.abs(np.abs(x - centre) - 0.04 - 0.6 * np.maximum(0, 0.62 - y)) < 0.006) & (y > 0.55) & (y < 0.67)
    picture[basket | ropes] = (95, 60, 30)
    return picture.clip(0, 255).astype(np.uint8)


def draw_lighthouse(height, width):
    """Return a picture of a lighthouse by the sea at dusk, uint8, (height, width, 3)."""
    y, x = np.mgrid[0:height, 0:width] / height
    centre = width / height / 2
    glow = np.exp(-4 * np.hypot(x - centre - 0.25, y - 0.55))[..., None]
    picture = [45, 50, 110] + glow * [230, 120, 10] + y[..., None] * [60, 30, 0]
    sea = y > 0.62
    waves = 12 * np.sin(90 * y + 3 * np.sin(9 * x)) + 8 * np.sin(23 * x + 60 * y)
    picture[sea] = (np.array([25, 60, 95]) + glow * [190, 100, 30] + waves[..., None])[sea]
    rock = y > 0.78 + 0.5 * np.abs(x - centre + 0.12) + 0.03 * np.sin(40 * x)
    picture[rock] = (60, 50, 48)
    tower = (np.abs(x - centre + 0.12) < 0.045 + 0.06 * (y - 0.25)) & (y > 0.27) & (y < 0.82)
    bands = np.where((np.floor(y * 11) % 2 == 0)[..., None], [235, 230, 220], [190, 45, 45])
    picture[tower] = bands[tower]
    lamp = (np.abs(x - centre + 0.12) < 0.04) & (np.abs(y - 0.235) < 0.035)
    beam = (x > centre - 0.08) & (np.abs(y - 0.235) < 0.10 * (x - centre + 0.12))
    picture[beam] = 0.75 * picture[beam] + 0.25 * np.array([255, 240, 170])
    picture[lamp] = (255, 240, 170)
    return picture.clip(0, 255).astype(np.uint8)


img_size = 200  # make this smaller if the next cell takes long
balloon = draw_balloon(img_size, img_size)
lighthouse = draw_lighthouse(img_size, img_size + img_size // 2)

# The second picture is wide; its middle is a square.
margin = (lighthouse.shape[1] - lighthouse.shape[0]) // 2
lighthouse_cropped = lighthouse[:, margin : margin + img_size, :]

# %% {"grader": {"id": "images"}}
x = np.zeros((2, 3, img_size, img_size))
x[0, :, :, :] = balloon.transpose((2, 0, 1))
x[1, :, :, :] = lighthouse_cropped.transpose((2, 0, 1))

# Two filters of 3 x 3 pixels over three colours.
w = np.zeros((2, 3, 3, 3))

# The first one looks at the middle pixel only and mixes red, green and blue to gray.
w[0, 0, :, :] = [[0, 0, 0], [0, 0.3, 0], [0, 0, 0]]
w[0, 1, :, :] = [[0, 0, 0], [0, 0.6, 0], [0, 0, 0]]
w[0, 2, :, :] = [[0, 0, 0], [0, 0.1, 0], [0, 0, 0]]

# The second one answers where blue changes from one row to the next: horizontal edges.
w[1, 2, :, :] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]

# Edges come out negative or positive; 128 moves them into the range of a picture. Gray needs no such thing.
b = np.array([0, 128])

out, _ = conv_forward_naive(x, w, b, {"stride": 1, "pad": 1})


def imshow_no_ax(img, normalize=True):
    """Show a picture without axes, stretched to the full range unless told not to."""
    if normalize:
        img_max, img_min = np.max(img), np.min(img)
        img = 255.0 * (img - img_min) / (img_max - img_min)
    plt.imshow(img.astype("uint8"))
    plt.gca().axis("off")


for row, picture in enumerate([balloon, lighthouse_cropped]):
    plt.subplot(2, 3, 3 * row + 1)
    imshow_no_ax(picture, normalize=False)
    plt.title("Original image" if row == 0 else "")
    plt.subplot(2, 3, 3 * row + 2)
    imshow_no_ax(out[row, 0])
    plt.title("Grayscale" if row == 0 else "")
    plt.subplot(2, 3, 3 * row + 3)
    imshow_no_ax(out[row, 1])
    plt.title("Edges" if row == 0 else "")
plt.show()

# %% [markdown] {"grader": {"id": "conv-backward-text"}}
"""
## Convolution: naive backward pass

Now the gradients, in `conv_backward_naive`. Ask of each number of the output which numbers of `x`, `w` and `b` went
into it, and hand each of those its share of `dout`. Loops are fine again.

This cell compares your gradients with numerical ones.
"""

# %% {"grader": {"id": "conv-backward", "figures": "conv_backward"}}
np.random.seed(231)
x = np.random.randn(4, 3, 5, 5)
w = np.random.randn(2, 3, 3, 3)
b = np.random.randn(2)
dout = np.random.randn(4, 2, 5, 5)
conv_param = {"stride": 1, "pad": 1}

dx_num = eval_numerical_gradient_array(lambda x: conv_forward_naive(x, w, b, conv_param)[0], x, dout)
dw_num = eval_numerical_gradient_array(lambda w: conv_forward_naive(x, w, b, conv_param)[0], w, dout)
db_num = eval_numerical_gradient_array(lambda b: conv_forward_naive(x, w, b, conv_param)[0], b, dout)

out, cache = conv_forward_naive(x, w, b, conv_param)
dx, dw, db = conv_backward_naive(dout, cache)

# Errors should be around 1e-8 or less.
print("Testing conv_backward_naive function")
print("dx error: ", rel_error(dx, dx_num))
print("dw error: ", rel_error(dw, dw_num))
print("db error: ", rel_error(db, db_num))

# %% {"grader": {"id": "conv-backward-grade"}}
# %grade conv_backward_naive

# %% [markdown] {"grader": {"id": "max-pool-forward-text"}}
"""
## Max pooling: naive forward pass

Pooling keeps the largest number of each window and leaves out the rest. Write it in `max_pool_forward_naive`.
"""

# %% {"grader": {"id": "max-pool-forward", "figures": "max_pool_forward"}}
x_shape = (2, 3, 4, 4)
x = np.linspace(-0.3, 0.4, num=np.prod(x_shape)).reshape(x_shape)
pool_param = {"pool_width": 2, "pool_height": 2, "stride": 2}

out, _ = max_pool_forward_naive(x, pool_param)

correct_out = np.array(
    [
        [
            [[-0.26315789, -0.24842105], [-0.20421053, -0.18947368]],
            [[-0.14526316, -0.13052632], [-0.08631579, -0.07157895]],
            [[-0.02736842, -0.01263158], [0.03157895, 0.04631579]],
        ],
        [
            [[0.09052632, 0.10526316], [0.14947368, 0.16421053]],
            [[0.20842105, 0.22315789], [0.26736842, 0.28210526]],
            [[0.32631579, 0.34105263], [0.38526316, 0.4]],
        ],
    ]
)

# The difference should be on the order of 1e-8.
print("Testing max_pool_forward_naive function:")
print("difference: ", rel_error(out, correct_out))

# %% {"grader": {"id": "max-pool-forward-grade"}}
# %grade max_pool_forward_naive

# %% [markdown] {"grader": {"id": "max-pool-backward-text"}}
"""
## Max pooling: naive backward pass

Only the largest number of a window has any influence on the output, so it alone gets a gradient. Write
`max_pool_backward_naive`.
"""

# %% {"grader": {"id": "max-pool-backward", "figures": "max_pool_backward"}}
np.random.seed(231)
x = np.random.randn(3, 2, 8, 8)
dout = np.random.randn(3, 2, 4, 4)
pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

dx_num = eval_numerical_gradient_array(lambda x: max_pool_forward_naive(x, pool_param)[0], x, dout)

out, cache = max_pool_forward_naive(x, pool_param)
dx = max_pool_backward_naive(dout, cache)

# The error should be on the order of 1e-12.
print("Testing max_pool_backward_naive function:")
print("dx error: ", rel_error(dx, dx_num))

# %% {"grader": {"id": "max-pool-backward-grade"}}
# %grade max_pool_backward_naive

# %% [markdown] {"grader": {"id": "fast-text"}}
"""
## Fast layers

Loops in Python are slow, and making convolutions fast is an art of its own. So fast versions of the four functions that
you have just written are given, in `cs231n/fast_layers.py`. They take the same arguments and return the same results;
only their caches are their own affair.

Fast pooling is at its best where windows do not overlap and fill the image, as they mostly do; elsewhere it gains less.

The next two cells compare speed and results. Your own functions may well take seconds here.
"""

# %% {"grader": {"id": "conv-fast", "figures": "conv_fast"}}
# Differences should be around 1e-9 or less.
from time import time

from cs231n.fast_layers import conv_backward_fast, conv_forward_fast

np.random.seed(231)
x = np.random.randn(100, 3, 31, 31)
w = np.random.randn(25, 3, 3, 3)
b = np.random.randn(25)
dout = np.random.randn(100, 25, 16, 16)
conv_param = {"stride": 2, "pad": 1}

t0 = time()
out_naive, cache_naive = conv_forward_naive(x, w, b, conv_param)
t1 = time()
out_fast, cache_fast = conv_forward_fast(x, w, b, conv_param)
t2 = time()

print("Testing conv_forward_fast:")
print("Naive: %fs" % (t1 - t0))
print("Fast: %fs" % (t2 - t1))
print("Speedup: %fx" % ((t1 - t0) / (t2 - t1)))
print("Difference: ", rel_error(out_naive, out_fast))

t0 = time()
dx_naive, dw_naive, db_naive = conv_backward_naive(dout, cache_naive)
t1 = time()
dx_fast, dw_fast, db_fast = conv_backward_fast(dout, cache_fast)
t2 = time()

print("\nTesting conv_backward_fast:")
print("Naive: %fs" % (t1 - t0))
print("Fast: %fs" % (t2 - t1))
print("Speedup: %fx" % ((t1 - t0) / (t2 - t1)))
print("dx difference: ", rel_error(dx_naive, dx_fast))
print("dw difference: ", rel_error(dw_naive, dw_fast))
print("db difference: ", rel_error(db_naive, db_fast))

# %% {"grader": {"id": "pool-fast", "figures": "pool_fast"}}
# Differences should be close to 0.0.
from cs231n.fast_layers import max_pool_backward_fast, max_pool_forward_fast

np.random.seed(231)
x = np.random.randn(100, 3, 32, 32)
dout = np.random.randn(100, 3, 16, 16)
pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

t0 = time()
out_naive, cache_naive = max_pool_forward_naive(x, pool_param)
t1 = time()
out_fast, cache_fast = max_pool_forward_fast(x, pool_param)
t2 = time()

print("Testing pool_forward_fast:")
print("Naive: %fs" % (t1 - t0))
print("fast: %fs" % (t2 - t1))
print("speedup: %fx" % ((t1 - t0) / (t2 - t1)))
print("difference: ", rel_error(out_naive, out_fast))

t0 = time()
dx_naive = max_pool_backward_naive(dout, cache_naive)
t1 = time()
dx_fast = max_pool_backward_fast(dout, cache_fast)
t2 = time()

print("\nTesting pool_backward_fast:")
print("Naive: %fs" % (t1 - t0))
print("fast: %fs" % (t2 - t1))
print("speedup: %fx" % ((t1 - t0) / (t2 - t1)))
print("dx difference: ", rel_error(dx_naive, dx_fast))

# %% [markdown] {"grader": {"id": "sandwich-text"}}
"""
## Sandwich layers

Some layers nearly always follow one another: a convolution, a ReLU, perhaps a pooling. `cs231n/layer_utils.py` holds
such sandwiches, forward and backward, ready to use in your network. They call your functions and the fast ones, so the
next two cells check that all of these fit together.
"""

# %% {"grader": {"id": "conv-relu-pool", "figures": "conv_relu_pool"}}
from cs231n.layer_utils import conv_relu_pool_backward, conv_relu_pool_forward

np.random.seed(231)
x = np.random.randn(2, 3, 16, 16)
w = np.random.randn(3, 3, 3, 3)
b = np.random.randn(3)
dout = np.random.randn(2, 3, 8, 8)
conv_param = {"stride": 1, "pad": 1}
pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

out, cache = conv_relu_pool_forward(x, w, b, conv_param, pool_param)
dx, dw, db = conv_relu_pool_backward(dout, cache)

dx_num = eval_numerical_gradient_array(
    lambda x: conv_relu_pool_forward(x, w, b, conv_param, pool_param)[0], x, dout
)
dw_num = eval_numerical_gradient_array(
    lambda w: conv_relu_pool_forward(x, w, b, conv_param, pool_param)[0], w, dout
)
db_num = eval_numerical_gradient_array(
    lambda b: conv_relu_pool_forward(x, w, b, conv_param, pool_param)[0], b, dout
)

# Errors should be around 1e-8 or less.
print("Testing conv_relu_pool")
print("dx error: ", rel_error(dx_num, dx))
print("dw error: ", rel_error(dw_num, dw))
print("db error: ", rel_error(db_num, db))

# %% {"grader": {"id": "conv-relu", "figures": "conv_relu"}}
from cs231n.layer_utils import conv_relu_backward, conv_relu_forward

np.random.seed(231)
x = np.random.randn(2, 3, 8, 8)
w = np.random.randn(3, 3, 3, 3)
b = np.random.randn(3)
dout = np.random.randn(2, 3, 8, 8)
conv_param = {"stride": 1, "pad": 1}

out, cache = conv_relu_forward(x, w, b, conv_param)
dx, dw, db = conv_relu_backward(dout, cache)

dx_num = eval_numerical_gradient_array(lambda x: conv_relu_forward(x, w, b, conv_param)[0], x, dout)
dw_num = eval_numerical_gradient_array(lambda w: conv_relu_forward(x, w, b, conv_param)[0], w, dout)
db_num = eval_numerical_gradient_array(lambda b: conv_relu_forward(x, w, b, conv_param)[0], b, dout)

# Errors should be around 1e-8 or less.
print("Testing conv_relu:")
print("dx error: ", rel_error(dx_num, dx))
print("dw error: ", rel_error(dw_num, dw))
print("db error: ", rel_error(db_num, db))

# %% [markdown] {"grader": {"id": "network-text"}}
"""
## The network of three layers

All parts are there. In `cs231n/classifiers/cnn.py` write `ThreeLayerConvNet`: convolution, ReLU and pooling; an affine
layer with a ReLU; another affine layer, whose outputs are the scores; a softmax for the loss. The fast layers and the
sandwiches are imported there already.

### First look at the loss

A new network knows nothing, so each of the C classes should seem equally likely to it: a softmax loss of about log(C),
which is 2.3 for ten classes. With regularization the loss should be slightly larger.
"""

# %% {"grader": {"id": "loss", "figures": "loss"}}
model = ThreeLayerConvNet()

N = 50
X = np.random.randn(N, 3, 32, 32)
y = np.random.randint(10, size=N)

loss, grads = model.loss(X, y)
print("Initial loss (no regularization): ", loss)

model.reg = 0.5
loss, grads = model.loss(X, y)
print("Initial loss (with regularization): ", loss)

# %% [markdown] {"grader": {"id": "gradients-text"}}
"""
### Check its gradients

Next the gradients of all parameters, on a small network and made-up images, in double precision. ReLU and pooling have
kinks, where a numerical gradient is only roughly right: even correct code may show errors up to the order of 1e-2.
"""

# %% {"grader": {"id": "gradients", "figures": "gradients"}}
num_inputs = 2
input_dim = (3, 16, 16)
reg = 0.0
num_classes = 10
np.random.seed(231)
X = np.random.randn(num_inputs, *input_dim)
y = np.random.randint(num_classes, size=num_inputs)

model = ThreeLayerConvNet(
    num_filters=3,
    filter_size=3,
    input_dim=input_dim,
    hidden_dim=7,
    dtype=np.float64,
)
loss, grads = model.loss(X, y)
for param_name in sorted(grads):
    f = lambda _: model.loss(X, y)[0]
    param_grad_num = eval_numerical_gradient(f, model.params[param_name], verbose=False, h=1e-6)
    print("%s max relative error: %e" % (param_name, rel_error(param_grad_num, grads[param_name])))

# %% {"grader": {"id": "gradients-grade"}}
# %grade ThreeLayerConvNet

# %% [markdown] {"grader": {"id": "overfit-text"}}
"""
### Overfit a few images

Before a long training it pays to see whether the network can learn at all. From a hundred images it should learn nearly
every label, and hardly anything about images that it has not seen: very high accuracy in training, low in validation.
"""

# %% {"grader": {"id": "overfit", "figures": "overfit"}}
np.random.seed(231)

num_train = 100
small_data = {
    "X_train": data["X_train"][:num_train],
    "y_train": data["y_train"][:num_train],
    "X_val": data["X_val"],
    "y_val": data["y_val"],
}

model = ThreeLayerConvNet(weight_scale=1e-2)

solver = Solver(
    model,
    small_data,
    num_epochs=15,
    batch_size=50,
    update_rule="adam",
    optim_config={"learning_rate": 1e-3},
    verbose=True,
    print_every=1,
)
solver.train()

# %% {"grader": {"id": "overfit-train-accuracy", "figures": "overfit_train_accuracy"}}
print("Small data training accuracy:", solver.check_accuracy(small_data["X_train"], small_data["y_train"]))

# %% {"grader": {"id": "overfit-val-accuracy", "figures": "overfit_val_accuracy"}}
print("Small data validation accuracy:", solver.check_accuracy(small_data["X_val"], small_data["y_val"]))

# %% [markdown] {"grader": {"id": "overfit-plot-text"}}
"""
Plotted, the two accuracies should part ways early:
"""

# %% {"grader": {"id": "overfit-plot"}}
plt.subplot(2, 1, 1)
plt.plot(solver.loss_history, "o")
plt.xlabel("iteration")
plt.ylabel("loss")

plt.subplot(2, 1, 2)
plt.plot(solver.train_acc_history, "-o")
plt.plot(solver.val_acc_history, "-o")
plt.legend(["train", "val"], loc="upper left")
plt.xlabel("epoch")
plt.ylabel("accuracy")
plt.show()

# %% [markdown] {"grader": {"id": "train-text"}}
"""
### Train it

One epoch through all 49,000 images should bring the network to more than 40 % accuracy on the training set. It takes a
minute or more. On a reduced set of images, as while your notebook is graded, one epoch is shorter and teaches less.
"""

# %% {"grader": {"id": "train", "figures": "train"}}
model = ThreeLayerConvNet(weight_scale=0.001, hidden_dim=500, reg=0.001)

solver = Solver(
    model,
    data,
    num_epochs=1,
    batch_size=50,
    update_rule="adam",
    optim_config={"learning_rate": 1e-3},
    verbose=True,
    print_every=20,
)
solver.train()

# %% {"grader": {"id": "train-accuracy", "figures": "train_accuracy"}}
print("Full data training accuracy:", solver.check_accuracy(data["X_train"], data["y_train"]))

# %% {"grader": {"id": "val-accuracy", "figures": "val_accuracy"}}
print("Full data validation accuracy:", solver.check_accuracy(data["X_val"], data["y_val"]))

# %% [markdown] {"grader": {"id": "filters-text"}}
"""
### What the filters look like

The filters of the first layer are small pictures themselves. After training they show edges and blobs of colour rather
than noise; after so short a training, still a good deal of noise.
"""

# %% {"grader": {"id": "filters"}}
from cs231n.vis_utils import visualize_grid

grid = visualize_grid(model.params["W1"].transpose(0, 2, 3, 1))
plt.imshow(grid.astype("uint8"))
plt.axis("off")
plt.gcf().set_size_inches(5, 5)
plt.show()

# %% [markdown] {"grader": {"id": "batchnorm-text"}}
"""
## Spatial batch normalization

Batch normalization made deep fully connected networks easier to train, and with a small change it does the same for
convolutional ones. The plain version takes inputs of shape `(N, D)` and normalizes each of the D features over the N
examples. A feature map has the shape `(N, C, H, W)`, and one filter made all numbers of a channel, whichever the image
and wherever in it. So they are numbers of one kind, and it is each of the C *channels* that is normalized, over N, H and
W together.

Source: Ioffe and Szegedy, *Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
Shift*, ICML 2015.

### Forward pass

Write `spatial_batchnorm_forward`. With your `batchnorm_forward` at hand, it is a matter of bringing the numbers into the
right order before, and back into theirs afterwards.
"""

# %% {"grader": {"id": "batchnorm-forward", "figures": "batchnorm_forward"}}
np.random.seed(231)

N, C, H, W = 2, 3, 4, 5
x = 4 * np.random.randn(N, C, H, W) + 10

print("Before spatial batch normalization:")
print("  shape: ", x.shape)
print("  means: ", x.mean(axis=(0, 2, 3)))
print("  stds: ", x.std(axis=(0, 2, 3)))

# Means should be close to zero, and stds close to one.
gamma, beta = np.ones(C), np.zeros(C)
bn_param = {"mode": "train"}
out, _ = spatial_batchnorm_forward(x, gamma, beta, bn_param)
print("After spatial batch normalization:")
print("  shape: ", out.shape)
print("  means: ", out.mean(axis=(0, 2, 3)))
print("  stds: ", out.std(axis=(0, 2, 3)))

# Means should be close to beta, and stds close to gamma.
gamma, beta = np.asarray([3, 4, 5]), np.asarray([6, 7, 8])
out, _ = spatial_batchnorm_forward(x, gamma, beta, bn_param)
print("After spatial batch normalization (nontrivial gamma, beta):")
print("  shape: ", out.shape)
print("  means: ", out.mean(axis=(0, 2, 3)))
print("  stds: ", out.std(axis=(0, 2, 3)))

# %% {"grader": {"id": "batchnorm-test-time", "figures": "batchnorm_test_time"}}
np.random.seed(231)

# In test mode the running averages take the place of the batch's own statistics. Fifty batches warm them up.
N, C, H, W = 10, 4, 11, 12

bn_param = {"mode": "train"}
gamma = np.ones(C)
beta = np.zeros(C)
for t in range(50):
    x = 2.3 * np.random.randn(N, C, H, W) + 13
    spatial_batchnorm_forward(x, gamma, beta, bn_param)
bn_param["mode"] = "test"
x = 2.3 * np.random.randn(N, C, H, W) + 13
a_norm, _ = spatial_batchnorm_forward(x, gamma, beta, bn_param)

# Means should be close to zero and stds close to one, but less exactly so than in training.
print("After spatial batch normalization (test-time):")
print("  means: ", a_norm.mean(axis=(0, 2, 3)))
print("  stds: ", a_norm.std(axis=(0, 2, 3)))

# %% {"grader": {"id": "batchnorm-test-time-grade"}}
# %grade spatial_batchnorm_forward

# %% [markdown] {"grader": {"id": "batchnorm-backward-text"}}
"""
### Backward pass

And back again, in `spatial_batchnorm_backward`.
"""

# %% {"grader": {"id": "batchnorm-backward", "figures": "batchnorm_backward"}}
np.random.seed(231)
N, C, H, W = 2, 3, 4, 5
x = 5 * np.random.randn(N, C, H, W) + 12
gamma = np.random.randn(C)
beta = np.random.randn(C)
dout = np.random.randn(N, C, H, W)

bn_param = {"mode": "train"}
fx = lambda x: spatial_batchnorm_forward(x, gamma, beta, bn_param)[0]
fg = lambda a: spatial_batchnorm_forward(x, gamma, beta, bn_param)[0]
fb = lambda b: spatial_batchnorm_forward(x, gamma, beta, bn_param)[0]

dx_num = eval_numerical_gradient_array(fx, x, dout)
da_num = eval_numerical_gradient_array(fg, gamma, dout)
db_num = eval_numerical_gradient_array(fb, beta, dout)

# Errors should be between 1e-12 and 1e-06.
_, cache = spatial_batchnorm_forward(x, gamma, beta, bn_param)
dx, dgamma, dbeta = spatial_batchnorm_backward(dout, cache)
print("dx error: ", rel_error(dx_num, dx))
print("dgamma error: ", rel_error(da_num, dgamma))
print("dbeta error: ", rel_error(db_num, dbeta))

# %% {"grader": {"id": "batchnorm-backward-grade"}}
# %grade spatial_batchnorm_backward

# %% [markdown] {"grader": {"id": "groupnorm-text"}}
"""
## Spatial group normalization

Batch normalization needs a batch that is large enough for its statistics to mean something. Layer normalization does
without the batch, and normalizes all features of each example together; in fully connected networks that works well. In
convolutional ones it works less well, since it takes all channels for alike, and channels that answer to different
things are not.

Group normalization stands between the two: the C channels of an example are split into G groups of neighbours, and each
group is normalized by itself, over its channels, height and width. Channels that belong together have a chance to end up
together, as the parts of hand-made features such as histograms of gradients are normalized block by block.

Source: Wu and He, *Group Normalization*, ECCV 2018, https://arxiv.org/abs/1803.08494. On layer normalization: Ba, Kiros
and Hinton, *Layer Normalization*, 2016, https://arxiv.org/abs/1607.06450.

### Forward pass

Write `spatial_groupnorm_forward`. Its statistics are those of one example; there are no running averages and there is no
test mode.
"""

# %% {"grader": {"id": "groupnorm-forward", "figures": "groupnorm_forward"}}
np.random.seed(231)

N, C, H, W = 2, 6, 4, 5
G = 2
x = 4 * np.random.randn(N, C, H, W) + 10
x_g = x.reshape((N * G, -1))
print("Before spatial group normalization:")
print("  shape: ", x.shape)
print("  means: ", x_g.mean(axis=1))
print("  stds: ", x_g.std(axis=1))

# Means should be close to zero, and stds close to one.
gamma, beta = np.ones((1, C, 1, 1)), np.zeros((1, C, 1, 1))
bn_param = {"mode": "train"}

out, _ = spatial_groupnorm_forward(x, gamma, beta, G, bn_param)
out_g = out.reshape((N * G, -1))
print("After spatial group normalization:")
print("  shape: ", out.shape)
print("  means: ", out_g.mean(axis=1))
print("  stds: ", out_g.std(axis=1))

# %% {"grader": {"id": "groupnorm-forward-grade"}}
# %grade spatial_groupnorm_forward

# %% [markdown] {"grader": {"id": "groupnorm-backward-text"}}
"""
### Backward pass

The last one: `spatial_groupnorm_backward`. All numbers of a group share one mean and one standard deviation, so each of
them has an influence on all the others.
"""

# %% {"grader": {"id": "groupnorm-backward", "figures": "groupnorm_backward"}}
np.random.seed(231)
N, C, H, W = 2, 6, 4, 5
G = 2
x = 5 * np.random.randn(N, C, H, W) + 12
gamma = np.random.randn(1, C, 1, 1)
beta = np.random.randn(1, C, 1, 1)
dout = np.random.randn(N, C, H, W)

gn_param = {}
fx = lambda x: spatial_groupnorm_forward(x, gamma, beta, G, gn_param)[0]
fg = lambda a: spatial_groupnorm_forward(x, gamma, beta, G, gn_param)[0]
fb = lambda b: spatial_groupnorm_forward(x, gamma, beta, G, gn_param)[0]

dx_num = eval_numerical_gradient_array(fx, x, dout)
da_num = eval_numerical_gradient_array(fg, gamma, dout)
db_num = eval_numerical_gradient_array(fb, beta, dout)

_, cache = spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
dx, dgamma, dbeta = spatial_groupnorm_backward(dout, cache)

# Errors should be between 1e-12 and 1e-07.
print("dx error: ", rel_error(dx_num, dx))
print("dgamma error: ", rel_error(da_num, dgamma))
print("dbeta error: ", rel_error(db_num, dbeta))

# %% {"grader": {"id": "groupnorm-backward-grade"}}
# %grade spatial_groupnorm_backward

# %% [markdown] {"grader": {"id": "check-text"}}
"""
## Check all of it

The cells above try each function on an example or two. `grader check` runs the checks that your grade is made of, other
shapes and settings included, and says of each that fails what it saw and where to look. Its report stands below the next
cell, and as a page in `grader-report/report.html`.
"""

# %% {"grader": {"id": "grader-check"}}
import os
import subprocess
import sys

from IPython.display import HTML, display

if "GRADER_NOTEBOOK_DATA" in os.environ:
    print("Left out: your notebook is being graded, and the checks run on their own.")
else:
    command = [sys.executable, "-m", "grader", "check", ".", "--notebook", "off", "-o", "grader-report"]
    done = subprocess.run(command, capture_output=True, text=True)
    print(done.stdout or done.stderr)
    if os.path.exists("grader-report/report.html"):
        display(HTML('<a href="grader-report/report.html" target="_blank">Open the report as a page</a>'))
