"""Trains a network of two hidden layers on the digits by stochastic gradient descent, in NumPy alone."""
import json
import os

# One thread adds numbers in one order: the weights come out the same, bit for bit.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import yaml

parameters = yaml.safe_load(open("params.yaml"))["train"]
random = np.random.default_rng(parameters["seed"])
images = np.load("data/images.npy") - np.float32(0.3)
labels = np.load("data/labels.npy")
split = len(images) - 4000
width = parameters["width"]

sizes = [(64, width), (width, width), (width, 10)]
weights = [(random.standard_normal(size) * np.sqrt(1 / size[0])).astype(np.float32) for size in sizes]
weights[2] *= np.float32(0.3)
biases = [np.zeros(size[1], dtype=np.float32) for size in sizes]


def forward(batch):
    first = np.maximum(batch @ weights[0] + biases[0], 0)
    second = np.maximum(first @ weights[1] + biases[1], 0)
    scores = second @ weights[2] + biases[2]
    scores -= scores.max(axis=1, keepdims=True)
    shares = np.exp(scores)
    return first, second, shares / shares.sum(axis=1, keepdims=True)


def evaluate():
    shares = forward(images[split:])[2]
    truth = labels[split:]
    loss = -np.log(np.maximum(shares[np.arange(len(truth)), truth], 1e-9)).mean()
    return float((shares.argmax(axis=1) == truth).mean()), float(loss)


os.makedirs("dvclive/plots/metrics", exist_ok=True)
series = open("dvclive/plots/metrics/loss.tsv", "w")
series.write("step\tloss\n")
rate = np.float32(parameters["lr"])
for step in range(parameters["steps"]):
    chosen = random.integers(0, split, size=parameters["batch"])
    batch, truth = images[chosen], labels[chosen]
    first, second, shares = forward(batch)
    loss = float(-np.log(np.maximum(shares[np.arange(len(truth)), truth], 1e-9)).mean())
    series.write(f"{step}\t{loss}\n")
    shares[np.arange(len(truth)), truth] -= 1
    gradient = shares / np.float32(len(truth))
    back = (gradient @ weights[2].T) * (second > 0)
    deeper = (back @ weights[1].T) * (first > 0)
    for layer, (inputs, slope) in enumerate([(batch, deeper), (first, back), (second, gradient)]):
        weights[layer] -= rate * (inputs.T @ slope)
        biases[layer] -= rate * slope.sum(axis=0)
series.close()

accuracy, loss = evaluate()
json.dump({"accuracy": accuracy, "loss": loss}, open("metrics.json", "w"), indent=2)

# safetensors: the header's length, the header, the tensors.
tensors = {}
for layer in range(3):
    tensors[f"layer{layer}.weight"] = weights[layer]
    tensors[f"layer{layer}.bias"] = biases[layer]
header, offset = {}, 0
for name, tensor in tensors.items():
    header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + tensor.nbytes]}
    offset += tensor.nbytes
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open("model.safetensors", "wb") as file:
    file.write(len(text).to_bytes(8, "little") + text)
    for tensor in tensors.values():
        file.write(np.ascontiguousarray(tensor).tobytes())
print(f"accuracy {accuracy:.4f}, loss {loss:.4f}")
