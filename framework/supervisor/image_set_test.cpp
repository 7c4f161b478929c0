#include "framework/supervisor/image_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/core/files.hpp"

namespace gradus::supervisor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ImageSetFiles : public testing::Test {
 protected:
  ImageSetFiles() : folder_(make_temporary_folder(fs::temp_directory_path(), "images").value()) {
    shape_.channels = shape_.width = 1;
    shape_.height = 2;
    shape_.classes = 3;
  }
  Result<MappedSet> open(const std::string& images, const std::string& labels, std::int64_t count) {
    const datasets::SplitFiles files{folder_.path() / "images", folder_.path() / "labels", count};
    EXPECT_TRUE(write_file(files.images, images).ok());
    EXPECT_TRUE(write_file(files.labels, labels).ok());
    return MappedSet::open(files, shape_);
  }

  FolderGuard folder_;
  DataSpec shape_;
};

TEST(MirroredPixels, TurnsEveryRowOfEveryImage) {
  // Two images of 1 x 3 pixels in two channels, then of 3 x 1 in one.
  const std::string bytes = "aAbBcCdDeEfF";
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  ImageSet set{{data, 12}, {}, 2, 1, 3, 2};
  EXPECT_THAT(mirrored_pixels(set),
              ElementsAre('c', 'C', 'b', 'B', 'a', 'A', 'f', 'F', 'e', 'E', 'd', 'D'));
  set = {{data, 6}, {}, 2, 3, 1, 1};
  EXPECT_THAT(mirrored_pixels(set), ElementsAre('a', 'A', 'b', 'B', 'c', 'C'));
}

TEST_F(ImageSetFiles, GathersImagesInTheOrderAsked) {
  const auto opened = open("abcdef", std::string("\0\1\2", 3), 3);
  ASSERT_TRUE(opened.ok()) << opened.error().text();
  const std::vector<std::uint32_t> indices = {2, 0, 2};
  EXPECT_THAT(opened->set().gather(indices), ElementsAre('e', 'f', 'a', 'b', 'e', 'f'));
  EXPECT_EQ(opened->set().first(2).labels.size(), 2U);
  EXPECT_EQ(opened->set().first(2).images.size(), 4U);
  EXPECT_EQ(opened->set().first(0).count, 3);
  EXPECT_EQ(opened->set().first(99).count, 3);
}

TEST_F(ImageSetFiles, RefusesFilesOfAnotherLength) {
  for (const auto& [images, count] : {std::pair{"abcde", 3}, std::pair{"abcdef", 2}}) {
    const auto opened = open(images, std::string("\0\1\2", 3), count);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().fault, Fault::infrastructure);
    EXPECT_THAT(opened.error().cure, HasSubstr("gradus data"));
  }
}

TEST_F(ImageSetFiles, RefusesALabelBeyondTheClasses) {
  const auto opened = open("abcdef", std::string("\0\1\3", 3), 3);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().what, HasSubstr("label 3"));
}

}  // namespace
}  // namespace gradus::supervisor
