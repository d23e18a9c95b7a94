#include "group/state_image.h"

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "support/catch.h"

namespace leat::group {
namespace {

MembershipState State() {
  MembershipState state;
  state.generation = 7;
  state.target_generation = 6;
  state.next_epoch = 12;
  state.assignor = "sticky";
  for (const MemberIndex index : {MemberIndex{0}, MemberIndex{3}}) {
    MemberState& member = state.members.emplace_back();
    member.index = index;
    member.epoch = 10u + (index != 0 ? 1u : 0u);
    member.process = index;  // the first is away
    member.pid = 4711;
    member.session_timeout_ms = 45'000;
    member.max_poll_ms = 300'000;
    member.member_id = "consumer-x";
    member.instance_id = index == 0 ? "i" : "";
    member.client_id = "c";
    member.host = "box";
  }
  TopicState topic;
  topic.name = "t";
  topic.id[0] = std::byte{1};
  topic.owner = {0, 3, kNobody};
  topic.target = {3, 3, kNobody};
  TopicState later;
  later.name = "u";
  state.topics = {topic, later};
  state.subscriptions = {{"t", "u"}};
  return state;
}

bool Decodes(const MembershipState& state) { return DecodeState(EncodeState(state), "f").ok(); }

TEST_CASE("a state is the same once it was written and read") {
  const auto decoded = DecodeState(EncodeState(State()), "f");
  REQUIRE(decoded.ok());
  CHECK(*decoded == State());
  CHECK(Decodes(MembershipState{}));
}

TEST_CASE("bytes that are cut off, or too many, are no state") {
  const std::vector<std::byte> bytes = EncodeState(State());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto decoded = DecodeState(std::span(bytes).first(size), "the file");
    REQUIRE(absl::IsDataLoss(decoded.status()));
    REQUIRE(std::string(decoded.status().message()).find("the file") == 0);
  }
  std::vector<std::byte> more = bytes;
  more.push_back(std::byte{0});
  CHECK(absl::IsDataLoss(DecodeState(more, "f").status()));
}

TEST_CASE("a state that cannot be is refused, whatever its checksum said") {
  MembershipState state = State();
  SECTION("two members on one line") { state.members[1].index = 0; }
  SECTION("a line that there is not") { state.members[1].index = 1024; }
  SECTION("a member without an epoch") { state.members[0].epoch = 0; }
  SECTION("an epoch that is to come") { state.members[0].epoch = 12; }
  SECTION("a subscription that there is not") { state.members[0].subscription = 1; }
  SECTION("a member that is away and not static") { state.members[0].instance_id.clear(); }
  SECTION("an owner that is no member") { state.topics[0].owner[0] = 1; }
  SECTION("a target that is no member") { state.topics[0].target[0] = 1024; }
  SECTION("topics out of order") { std::swap(state.topics[0], state.topics[1]); }
  SECTION("a topic twice") { state.topics[1].name = "t"; }
  SECTION("a subscription out of order") { state.subscriptions[0] = {"u", "t"}; }
  CHECK_FALSE(Decodes(state));
}

TEST_CASE("no bytes make the decoder fall over") {
  const std::vector<std::byte> bytes = EncodeState(State());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int with : {0, 0x7F, 0xFF}) {
      std::vector<std::byte> damaged = bytes;
      damaged[at] = static_cast<std::byte>(with);
      const auto decoded = DecodeState(damaged, "f");
      if (decoded.ok()) CHECK(Decodes(*decoded));
    }
  }
}

}  // namespace
}  // namespace leat::group
