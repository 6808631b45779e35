#!/usr/bin/env bash
# A window of a max pool holds NaN, or only -inf. What is its maximum?
# Guess: NaN and -inf, as in NumPy and torch.
# onnxruntime 1.32.0 on the CPU: MaxPool, GlobalMaxPool and ReduceMax leave NaN out, and MaxPool gives -3.4e38 for -inf; Max and Relu keep NaN.
# ONNX 1.23.2's own reference keeps NaN in GlobalMaxPool and ReduceMax and gives -inf. A network whose activations are NaN has
# finite scores behind its first pool: a run in onnxruntime does not show that they were lost.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
cd "$folder"
export OMP_NUM_THREADS=1
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np, onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
def run(operator, *inputs, **attributes):
    names = [f"x{number}" for number in range(len(inputs))]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, x.shape) for name, x in zip(names, inputs)]
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node(operator, names, ["y"], **attributes)], "g", values, [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = dict(zip(names, inputs))
    print(operator, *(runner.run(None, feeds)[0].ravel().tolist() for runner in (session, ReferenceEvaluator(model))))
x = np.array([1, np.nan, 2], np.float32).reshape(1, 1, 3)
run("GlobalMaxPool", x)
run("ReduceMax", x, keepdims=1)
run("MaxPool", x, kernel_shape=[3])
run("Max", x, np.zeros_like(x))
run("Relu", x)
run("MaxPool", np.full((1, 1, 2), -np.inf, np.float32), kernel_shape=[2])
CODE
cat >expected.txt <<'SEEN'
GlobalMaxPool [2.0] [nan]
ReduceMax [2.0] [nan]
MaxPool [2.0] [2.0]
Max [1.0, nan, 2.0] [1.0, nan, 2.0]
Relu [1.0, nan, 2.0] [1.0, nan, 2.0]
MaxPool [-3.4028234663852886e+38] [-inf]
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
