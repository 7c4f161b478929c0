"""The peers of the training benchmarks: the same work in plain PyTorch, in two styles.

`--style eager`: as a course would write it. Eager fp32, torchvision's transforms on PIL pictures (as
torchvision.datasets.CIFAR10 gives them), a DataLoader with two workers.
`--style tuned`: as an engineer would. Channels-last, autocast to bfloat16 where the CPU has instructions
for it and on a GPU, all data in the device's memory as uint8, crops and flips of a whole batch at once.

SGD, validation after every epoch, `--runs` trainings one after the other. Reads a split of our store.
Prints one JSON document: seconds an epoch (training and validation), accuracies, threads, versions.
"""

import argparse
import contextlib
import json
import pathlib
import time

import numpy
import torch
import torchvision
from PIL import Image
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
BATCH = 128


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


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.stride = 2 if outputs > inputs else 1
        self.conv1 = nn.Conv2d(inputs, outputs, 3, self.stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.pad = (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        if self.pad:
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))
        return torch.relu(x + y)


class ResNet20(nn.Module):
    """Option A shortcuts, 269,722 parameters."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(16)
        widths = [16] * 4 + [32] * 3 + [64] * 3
        self.blocks = nn.Sequential(*(Block(a, b) for a, b in zip(widths, widths[1:])))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = self.blocks(torch.relu(self.bn(self.stem(x))))
        return self.fc(x.mean((2, 3)))


NETS = {"simplenn": SimpleNN, "resnet20": ResNet20}


def read_part(folder, part):
    images = numpy.fromfile(folder / f"{part}.images", numpy.uint8).reshape(-1, 32, 32, 3)
    return images, numpy.fromfile(folder / f"{part}.labels", numpy.uint8)


class Pictures(Dataset):
    """Images uint8 [N, H, W, C] and labels uint8 [N] of the store, item by item."""

    def __init__(self, folder, part, transform):
        self.images, labels = read_part(folder, part)
        self.labels = labels.tolist()
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), self.labels[index]


def eager_data(folder, augment, workers, pinned):
    plain = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    crops = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
    train_set = Pictures(folder, "train", transforms.Compose(crops + plain if augment else plain))
    val_set = Pictures(folder, "val", transforms.Compose(plain))
    return (
        DataLoader(
            train_set, batch_size=BATCH, shuffle=True, num_workers=workers, pin_memory=pinned
        ),
        DataLoader(val_set, batch_size=BATCH, num_workers=workers, pin_memory=pinned),
    )


class InMemory:
    """Batches of normalised images, channels-last, cut out of one tensor."""

    def __init__(self, folder, part, train, augment, device):
        images, labels = read_part(folder, part)
        self.device = device
        self.images = torch.from_numpy(images).to(device)
        self.labels = torch.from_numpy(labels).long().to(device)
        self.train, self.augment = train, augment
        mean, std = torch.tensor(MEAN, device=device), torch.tensor(STD, device=device)
        self.scale, self.shift = 1 / (255 * std), -mean / std
        if augment:  # black borders, from which crops are cut
            self.images = functional.pad(self.images, (0, 0, 4, 4, 4, 4))

    def __iter__(self):
        count = len(self.labels)
        numbers = torch.randperm if self.train else torch.arange
        order = numbers(count, device=self.device)
        for start in range(0, count, BATCH):
            chosen = order[start : start + BATCH]
            batch = self.images[chosen]
            if self.augment:
                batch = self.crop_and_flip(batch)
            batch = batch.float() * self.scale + self.shift
            yield batch.permute(0, 3, 1, 2), self.labels[chosen]

    def crop_and_flip(self, batch):
        count, at = len(batch), {"device": self.device}
        rows = torch.randint(9, (count, 1), **at) + torch.arange(32, **at)
        columns = torch.randint(9, (count, 1), **at) + torch.arange(32, **at)
        columns = torch.where(torch.rand(count, 1, **at) < 0.5, columns.flip(1), columns)
        image = torch.arange(count, **at)[:, None, None]
        return batch[image, rows[:, :, None], columns[:, None, :]]


def train(model, loader, optimizer, narrow, device):
    model.train()
    for images, labels in loader:
        images, labels = images.to(device, non_blocking=True), labels.to(device, non_blocking=True)
        optimizer.zero_grad()
        with narrow():
            loss = functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()


@torch.no_grad()
def accuracy(model, loader, narrow, device):
    model.eval()
    right = count = 0
    for images, labels in loader:
        images, labels = images.to(device, non_blocking=True), labels.to(device, non_blocking=True)
        with narrow():
            right += (model(images).argmax(1) == labels).sum()
        count += len(labels)
    return float(right) / count


def has_bfloat16():
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", type=pathlib.Path, required=True)
    parser.add_argument("--net", choices=sorted(NETS), default="simplenn")
    parser.add_argument("--style", choices=("eager", "tuned"), default="eager")
    parser.add_argument("--augment", action="store_true", help="crops and flips")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    arguments = parser.parse_args()
    torch.manual_seed(0)

    tuned = arguments.style == "tuned"
    device = arguments.device
    bfloat16 = tuned and (device == "cuda" or has_bfloat16())
    narrow = contextlib.nullcontext
    if bfloat16:
        narrow = lambda: torch.autocast(device, torch.bfloat16)
    if tuned:
        train_data = InMemory(arguments.split, "train", True, arguments.augment, device)
        val_data = InMemory(arguments.split, "val", False, False, device)
    else:
        train_data, val_data = eager_data(
            arguments.split, arguments.augment, arguments.workers, device == "cuda"
        )

    seconds, accuracies = [], []
    for run in range(arguments.runs):
        model = NETS[arguments.net]().to(device)
        if tuned:
            model = model.to(memory_format=torch.channels_last)
        optimizer = torch.optim.SGD(
            model.parameters(), lr=0.1 / 2**run, momentum=0.9, weight_decay=1e-4
        )
        for _ in range(arguments.epochs):
            start = time.perf_counter()
            train(model, train_data, optimizer, narrow, device)
            # Waits for the device, too: the number is read.
            accuracies.append(accuracy(model, val_data, narrow, device))
            seconds.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "epoch_s": seconds,
                "val_accuracy": accuracies,
                "threads": torch.get_num_threads(),
                "dtype": "bfloat16" if bfloat16 else "float32",
                "torch": torch.__version__,
                "torchvision": torchvision.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
