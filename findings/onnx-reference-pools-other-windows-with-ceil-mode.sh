#!/usr/bin/env bash
# ONNX has a reference evaluator, the yardstick for runtimes. Does it pool as onnxruntime does, with ceil_mode?
# Guess: yes, for all kernels, strides and paddings.
# onnx 1.23.2 beside onnxruntime 1.32.0, of 90 settings four differ, all with ceil_mode. Average pooling, 3 x 3 windows, stride 3, on 6 x 7 without
# padding: the first window should hold the first three rows and columns, and does in onnxruntime; the reference takes one that begins a
# column outside. Max pooling, 3 x 3, stride 1, padding 1, where nothing is left to round up: the reference's result is two rows and columns larger
# than the formula of its own documentation gives. So a layer that is judged by the yardstick may be right and lose.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def pooled(op, x, **settings):
    node = helper.make_node(op, ["x"], ["y"], **settings)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", x.shape), ("y", None))]
    graph = helper.make_graph([node], "pool", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    runtime = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return ReferenceEvaluator(model).run(None, {"x": x})[0], runtime.run(None, {"x": x})[0]


x = np.arange(1, 43, dtype=np.float32).reshape(1, 1, 6, 7)
print("first window", x[0, 0, :3, :3].mean())
reference, runtime = pooled("AveragePool", x, kernel_shape=[3, 3], strides=[3, 3], ceil_mode=1)
print("average", reference[0, 0].tolist(), runtime[0, 0].tolist())
for ceil_mode in (0, 1):
    reference, runtime = pooled("MaxPool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1], ceil_mode=ceil_mode)
    print("max, ceil_mode", ceil_mode, reference.shape, runtime.shape)
CODE
cat >expected.txt <<'SEEN'
first window 9.0
average [[8.5, 11.0, 13.0], [29.5, 32.0, 34.0]] [[9.0, 12.0, 14.0], [30.0, 33.0, 35.0]]
max, ceil_mode 0 (1, 1, 6, 7) (1, 1, 6, 7)
max, ceil_mode 1 (1, 1, 8, 9) (1, 1, 6, 7)
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
