#include <leat/partitioner.h>

#include <limits>
#include <string>
#include <vector>

#include "support/catch.h"

namespace leat {

TEST_CASE("the hash of a key is that of Kafka's Java client") {
  // The vectors of UtilsTest in Kafka's own tests.
  CHECK(Murmur2("21") == -973932308);
  CHECK(Murmur2("foobar") == -790332482);
  CHECK(Murmur2("a-little-bit-long-string") == -985981536);
  CHECK(Murmur2("a-little-bit-longer-string") == -1486304829);
  CHECK(Murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == -58897971);
  CHECK(Murmur2("abc") == 479470107);
}

TEST_CASE("the hash reads bytes as unsigned, whatever follows four of them") {
  for (std::size_t size = 0; size < 9; ++size) {
    const std::string low(size, '\x7f');
    const std::string high(size, '\xff');
    CHECK((Murmur2(low) == Murmur2(high)) == (size == 0));
  }
}

TEST_CASE("a null key hashes like an empty one") { CHECK(Murmur2(nullptr) == Murmur2("")); }

TEST_CASE("a key's partition is its hash without the sign, modulo the count") {
  CHECK(PartitionForKey("abc", 10) == 7);
  CHECK(PartitionForKey("21", 10) == (-973932308 & 0x7fffffff) % 10);
  CHECK(PartitionForKey("foobar", 1) == 0);
  for (const PartitionId count : {1, 2, 3, 7, 1000, std::numeric_limits<PartitionId>::max()}) {
    for (int i = 0; i < 100; ++i) {
      const PartitionId partition = PartitionForKey(std::to_string(i), count);
      CHECK((partition >= 0 && partition < count));
    }
  }
}

TEST_CASE("keys spread over all partitions") {
  std::vector<int> hits(16);
  for (int i = 0; i < 16000; ++i) ++hits[static_cast<std::size_t>(PartitionForKey(std::to_string(i), 16))];
  for (const int hit : hits) CHECK((hit > 800 && hit < 1200));
}

}  // namespace leat
