// Everything that most programs need: open a folder, publish, consume.
#ifndef LEAT_LEAT_H_
#define LEAT_LEAT_H_

#include <leat/assignor.h>
#include <leat/backward_records.h>
#include <leat/batch.h>
#include <leat/broker.h>
#include <leat/compaction.h>
#include <leat/consumer.h>
#include <leat/consumer_group.h>
#include <leat/consumer_records.h>
#include <leat/delivery.h>
#include <leat/metrics.h>
#include <leat/partition.h>
#include <leat/partitioner.h>
#include <leat/producer.h>
#include <leat/record.h>
#include <leat/replay.h>
#include <leat/serde.h>
#include <leat/status.h>
#include <leat/topic.h>
#include <leat/topic_options.h>
#include <leat/typed.h>
#include <leat/types.h>

#endif  // LEAT_LEAT_H_
