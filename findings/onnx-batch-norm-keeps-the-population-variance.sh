#!/usr/bin/env bash
# BatchNormalization of ONNX with training_mode=1 gives the running variance as PyTorch's layer does, from which such models come. Which variance is kept?
# Guess: the sample variance (divided by n - 1), as PyTorch keeps it.
# onnx 1.23.2 and onnxruntime 1.32.0: the population variance (divided by n). Four values 1, 2, 3, 4 leave 1.25, where PyTorch 2.13.0 leaves
# 1.667. Of small batches the two running variances differ by a third, and so do the outputs in test mode. CS231n's batch norm keeps the
# population variance as ONNX does, so PyTorch is no yardstick for its running statistics.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet onnx==1.23.2 onnxruntime==1.32.0 torch==2.13.0 numpy==2.4.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

one, none = np.ones(1, np.float32), np.zeros(1, np.float32)
inputs = {"x": np.array([[[1, 2, 3, 4]]], np.float32), "scale": one, "bias": none, "mean": none, "var": none}
node = helper.make_node("BatchNormalization", list(inputs), ["y", "new_mean", "new_var"], training_mode=1, momentum=0.0)
given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape) for name, value in inputs.items()]
made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in node.output]
model = helper.make_model(
    helper.make_graph([node], "norm", given, made), opset_imports=[helper.make_opsetid("", 15)], ir_version=10
)
print("reference", ReferenceEvaluator(model).run(None, inputs)[2].tolist())
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
print("onnxruntime", session.run(None, inputs)[2].tolist())
layer = torch.nn.BatchNorm1d(1, momentum=1.0)
layer(torch.tensor(inputs["x"]))
print("torch", [round(value, 4) for value in layer.running_var.tolist()])
CODE
cat >expected.txt <<'SEEN'
reference [1.25]
onnxruntime [1.25]
torch [1.6667]
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
