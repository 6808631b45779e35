#!/usr/bin/env bash
# Each group of a group norm holds one value, so it is normalized to 0. Does the size of the batch matter?
# Guess: no. Group norm looks at one example at a time; zeros for any batch.
# torch 2.13.0: zeros for a batch of two, ValueError for a batch of one, and its text speaks of training, which group norm does not know. The
# check of sizes is batch norm's: it counts the batch into what a group has. Who compares a student's group norm with torch on small
# shapes must not take that error for the answer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import torch
from torch.nn.functional import group_norm
for batch in (2, 1):
    try:
        print(batch, group_norm(torch.ones(batch, 2, 1, 1), num_groups=2).flatten().tolist())
    except ValueError as error:
        print(batch, str(error).partition(",")[0])
CODE
cat >expected.txt <<'SEEN'
2 [0.0, 0.0, 0.0, 0.0]
1 Expected more than 1 value per channel when training
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
