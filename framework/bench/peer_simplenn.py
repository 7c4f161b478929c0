"""The peer of the benchmark `epoch`: SimpleNN in plain PyTorch, as a course would write it.

Eager fp32, torchvision's transforms on PIL pictures (as torchvision.datasets.CIFAR10 gives them), a
DataLoader with two workers, SGD, validation after every epoch. Reads a split of our store. Prints one
JSON document: seconds an epoch (training and validation), accuracies, threads, versions.
"""

import argparse
import json
import pathlib
import time

import numpy
import torch
import torchvision
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms


class SimpleNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 5)
        self.conv2 = nn.Conv2d(8, 16, 3)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(576, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.fc3(x)


class Pictures(Dataset):
    """Images uint8 [N, H, W, C] and labels uint8 [N] of the store, item by item."""

    def __init__(self, folder, part, transform):
        self.images = numpy.fromfile(folder / f"{part}.images", numpy.uint8).reshape(-1, 32, 32, 3)
        self.labels = numpy.fromfile(folder / f"{part}.labels", numpy.uint8).tolist()
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), self.labels[index]


def train(model, loader, optimizer, loss_function):
    model.train()
    total = 0.0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_function(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    return total / len(loader.dataset)


@torch.no_grad()
def accuracy(model, loader):
    model.eval()
    right = 0
    for images, labels in loader:
        right += (model(images).argmax(1) == labels).sum().item()
    return right / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", type=pathlib.Path, required=True)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)

    # The lab's own figures for normalising.
    transform = transforms.Compose(
        [
            transforms.ToTensor(),
            transforms.Normalize((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
        ]
    )
    train_set = Pictures(arguments.split, "train", transform)
    val_set = Pictures(arguments.split, "val", transform)
    train_loader = DataLoader(train_set, batch_size=128, shuffle=True, num_workers=arguments.workers)
    val_loader = DataLoader(val_set, batch_size=128, num_workers=arguments.workers)
    model = SimpleNN()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    loss_function = nn.CrossEntropyLoss()

    seconds, losses, accuracies = [], [], []
    for _ in range(arguments.epochs):
        start = time.perf_counter()
        losses.append(train(model, train_loader, optimizer, loss_function))
        accuracies.append(accuracy(model, val_loader))
        seconds.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "epoch_s": seconds,
                "train_loss": losses,
                "val_accuracy": accuracies,
                "images": [len(train_set), len(val_set)],
                "threads": torch.get_num_threads(),
                "torch": torch.__version__,
                "torchvision": torchvision.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
