// Makes topics of partition folders that a real Kafka wrote.
#ifndef LEAT_BROKER_KAFKA_ADOPTION_H_
#define LEAT_BROKER_KAFKA_ADOPTION_H_

#include "absl/status/status.h"
#include "base/clock.h"
#include "base/random.h"
#include "broker/partition_folders.h"

namespace leat::broker {

// Looks for folders <topic>-<partition> with segments in them whose topic has no file, and writes the files. Kafka
// keeps a topic's settings elsewhere, so they get the defaults; its id is the one in partition.metadata. Partitions
// that are missing in between (other brokers have them) are made, empty. Kafka's own metadata log is left alone.
//
// Only under the exclusive folder lock, after MendTopics: what a killed CreateTopic left looks like Kafka's.
absl::Status AdoptKafkaFolders(const FolderPlace& place, const base::Clock& clock, base::Random& random);

}  // namespace leat::broker

#endif  // LEAT_BROKER_KAFKA_ADOPTION_H_
