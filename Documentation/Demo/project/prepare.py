"""Grows scikit-learn's handwritten digits by shifting, scaling and adding noise; the same parameters give the same bytes."""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import yaml
from sklearn.datasets import load_digits

parameters = yaml.safe_load(open("params.yaml"))["prepare"]
random = np.random.default_rng(parameters["seed"])
digits = load_digits()
originals = (digits.images / 16.0).astype(np.float32)

images = []
labels = []
for copy in range(parameters["copies"]):
    moved = originals
    if copy > 0:
        down, right = random.integers(-1, 2, size=2)
        moved = np.roll(moved, (down, right), axis=(1, 2))
        moved = moved * np.float32(random.uniform(0.8, 1.2))
        moved = moved + random.normal(0, parameters["noise"], size=moved.shape).astype(np.float32)
    images.append(moved.reshape(len(moved), 64))
    labels.append(digits.target)

order = random.permutation(parameters["copies"] * len(originals))
os.makedirs("data", exist_ok=True)
np.save("data/images.npy", np.concatenate(images)[order].astype(np.float32))
np.save("data/labels.npy", np.concatenate(labels)[order].astype(np.int64))
print(f"prepared {len(order)} images")
