#pragma once

#include <string>
#include <string_view>

#include "datasets/catalog/entry.hpp"

/// The format of CIFAR-10. A canonical file is a row of records; a record is a label byte, then the
/// planes of one image, row-major: [C, H, W].
namespace gradus::datasets {

/// Layout of the publisher's archive: its members are the canonical files.
Result<std::string> cifar_from_binary(const Entry& entry, const Members& members,
                                      std::size_t index);

/// Layout of the package of pictures: NAME.png for NAME.bin, one pixel row an image (its H × W
/// pixels in row-major order, channels interleaved), and the labels of the training and the test
/// set as JSON lists in train_lables.json and test_lables.json [spelt so].
Result<std::string> cifar_from_pictures(const Entry& entry, const Members& members,
                                        std::size_t index);

/// Canonical records → images [N, H, W, C] and labels [N] of the store.
Status convert_cifar(const Entry& entry, const CanonicalFile& file, std::string_view bytes,
                     StoreWriter& store);

}  // namespace gradus::datasets
