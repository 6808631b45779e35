#!/usr/bin/env bash
# A window of max pooling holds one NaN. Does onnxruntime return NaN, as numpy's max and PyTorch do?
# Guess: yes, wherever in the window it stands.
# onnxruntime 1.32.0 on x86-64: NaN comes back from one of the four places of a 2 x 2 window and is lost in the other three, where one of the other
# numbers stands instead. A network whose activations have gone wrong looks well after pooling; who compares with numpy sees NaN against a number.
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

ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xy"]
node = helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2])
graph = helper.make_graph([node], "pool", ends[:1], ends[1:])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
for place in ((0, 0), (0, 1), (1, 0), (1, 1)):
    window = np.array([[1, 2], [3, 4]], np.float32)
    window[place] = np.nan
    print(place, session.run(None, {"x": window[None, None]})[0].item(), "numpy", window.max())
CODE
cat >expected.txt <<'SEEN'
(0, 0) 4.0 numpy nan
(0, 1) nan numpy nan
(1, 0) 4.0 numpy nan
(1, 1) 3.0 numpy nan
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
