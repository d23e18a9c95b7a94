import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;

/** What is published, one method a topic. All that can be fixed is: contents, timestamps, where batches end. */
final class Scenarios {
  static final long T0 = 1_704_067_200_000L;  // 2024-01-01T00:00:00Z
  // Kafka allows segments this small only to its own tests; users start at 1 MiB, too big to check in.
  private static final String SEGMENT_BYTES = "internal.segment.bytes";

  private final Cluster cluster;
  private final Path logs;

  Scenarios(Cluster cluster, Path logs) {
    this.cluster = cluster;
    this.logs = logs;
  }

  void epochsFirstLeader() throws Exception {
    cluster.createTopic("epochs", 1, Map.of());
    batches("epochs", new Random(1), 4, 5, Map.of());
  }

  void epochsSecondLeader() throws Exception {
    batches("epochs", new Random(2), 4, 5, Map.of());
  }

  void empty() throws Exception {
    cluster.createTopic("empty", 2, Map.of());
  }

  /** Every shape a record can have, each in a batch of its own. */
  void shapes() throws Exception {
    cluster.createTopic("shapes", 1, Map.of());
    byte[] binary = {0, 1, (byte) 0xff, (byte) 0xfe, (byte) 0x80, 10};
    List<ProducerRecord<byte[], byte[]>> all = List.of(
        shape(null, null), shape(bytes(""), bytes("")), shape(null, bytes("value without a key")),
        shape(bytes("key without a value"), null), shape(bytes(""), null), shape(null, bytes("")),
        new ProducerRecord<>("shapes", 0, 0L, bytes("the first"), bytes("millisecond of 1970")),
        shape(bytes("schlüssel"), bytes("值 🜚")), shape(binary, binary),
        shape(bytes("63"), bytes("x".repeat(63))), shape(bytes("64"), bytes("x".repeat(64))),
        shape(bytes("8191"), bytes("y".repeat(8191))), shape(bytes("8192"), bytes("y".repeat(8192))),
        header(shape(bytes("one"), bytes("header")), "trace", bytes("00-4bf9")),
        header(shape(bytes("null"), bytes("header value")), "nothing", null),
        header(shape(bytes("empty"), bytes("header value and key")), "", bytes("")),
        header(header(header(shape(bytes("twice"), bytes("the same header")), "a", bytes("1")), "b", binary), "a",
            bytes("2")),
        header(shape(null, null), "größe", bytes("only a header")));
    try (KafkaProducer<byte[], byte[]> producer = cluster.producer(Map.of())) {
      for (ProducerRecord<byte[], byte[]> one : all) Cluster.sendBatch(producer, List.of(one));
      Cluster.sendBatch(producer, all);  // and all of them in one
    }
  }

  /** Keys that go where the client's own partitioner sends them. */
  void keyed() throws Exception {
    cluster.createTopic("keyed", 3, Map.of());
    List<ProducerRecord<byte[], byte[]>> all = new ArrayList<>();
    for (int i = 0; i < 60; ++i) {
      all.add(new ProducerRecord<>("keyed", null, T0 + i, bytes("user-" + i), bytes("visit " + i)));
    }
    try (KafkaProducer<byte[], byte[]> producer = cluster.producer(Map.of())) {
      Cluster.sendBatch(producer, all);
    }
  }

  /** One record a batch, several segments. */
  void singles() throws Exception {
    cluster.createTopic("singles", 1, Map.of(SEGMENT_BYTES, "16384"));
    batches("singles", new Random(3), 350, 1, Map.of());
  }

  /** Batches of 1 to 40 records, timestamps that jump back and forth, several segments. */
  void batches() throws Exception {
    cluster.createTopic("batches", 1, Map.of(SEGMENT_BYTES, "20000"));
    batches("batches", new Random(4), 48, 40, Map.of());
  }

  /** An index entry for nearly every batch. */
  void denseIndex() throws Exception {
    cluster.createTopic("dense-index", 1, Map.of(SEGMENT_BYTES, "8000", "index.interval.bytes", "100"));
    batches("dense-index", new Random(5), 60, 8, Map.of());
  }

  void appendTime() throws Exception {
    cluster.createTopic("append-time", 1,
        Map.of(SEGMENT_BYTES, "8000", "message.timestamp.type", "LogAppendTime", "index.interval.bytes", "1000"));
    batches("append-time", new Random(6), 40, 10, Map.of());
  }

  void idempotent() throws Exception {
    cluster.createTopic("idempotent", 1, Map.of());
    batches("idempotent", new Random(7), 8, 5, Map.of("enable.idempotence", true));
    batches("idempotent", new Random(8), 4, 5, Map.of("enable.idempotence", true));
  }

  /** Committed, aborted, committed again, with a record outside any transaction between. */
  void transactions() throws Exception {
    // Markers carry the broker's time, years after T0: by time alone, every one of them would begin a segment.
    cluster.createTopic(
        "transactions", 2, Map.of(SEGMENT_BYTES, "2000", "segment.ms", String.valueOf(Long.MAX_VALUE)));
    try (KafkaProducer<byte[], byte[]> producer = cluster.producer(Map.of("enable.idempotence", true,
             "transactional.id", "golden"))) {
      producer.initTransactions();
      for (int t = 0; t < 6; ++t) {
        producer.beginTransaction();
        for (int b = 0; b < 3; ++b) {
          List<ProducerRecord<byte[], byte[]>> batch = new ArrayList<>();
          for (int i = 0; i < 4; ++i) {
            batch.add(new ProducerRecord<>("transactions", i % 2, T0 + t * 1000 + b * 10 + i, bytes("t" + t),
                bytes("transaction " + t + (t % 3 == 1 ? " aborted" : " committed") + ", record " + b + "." + i)));
          }
          Cluster.sendBatch(producer, batch);
        }
        if (t % 3 == 1) {
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
        }
        batches("transactions", new Random(20 + t), 1, 3, Map.of());
      }
    }
  }

  /** Small batches, then one whose content spans several blocks of the codec's framing. */
  void compressed(String codec) throws Exception {
    cluster.createTopic(codec, 1, Map.of());
    Random random = new Random(9);
    batches(codec, random, 6, 12, Map.of("compression.type", codec));
    try (KafkaProducer<byte[], byte[]> producer = cluster.producer(Map.of("compression.type", codec))) {
      List<ProducerRecord<byte[], byte[]>> batch = new ArrayList<>();
      for (int i = 0; i < 24; ++i) {
        batch.add(new ProducerRecord<>(codec, 0, T0 + 60_000 + i, bytes("block-" + i),
            bytes(("line " + i + " of many that look alike; ").repeat(90))));
      }
      Cluster.sendBatch(producer, batch);
    }
  }

  /** Its first segments are deleted, as retention does it: the folder starts at an offset above 0. */
  void trimmed() throws Exception {
    cluster.createTopic("trimmed", 1, Map.of(SEGMENT_BYTES, "4000"));
    batches("trimmed", new Random(10), 40, 12, Map.of());
    long start = baseOffsets("trimmed-0").get(2);
    cluster.admin.deleteRecords(Map.of(new TopicPartition("trimmed", 0), RecordsToDelete.beforeOffset(start)))
        .all().get();
    await("trimmed-0 starts at " + start, () -> baseOffsets("trimmed-0").get(0) == start);
  }

  /** Holes between offsets, inside batches and between them, as the log cleaner leaves them. */
  void compacted() throws Exception {
    cluster.createTopic("compacted", 1, Map.of(SEGMENT_BYTES, "6000", "cleanup.policy", "compact",
        "min.cleanable.dirty.ratio", "0.01", "delete.retention.ms", "86400000"));
    Random random = new Random(11);
    try (KafkaProducer<byte[], byte[]> producer = cluster.producer(Map.of())) {
      for (int b = 0; b < 40; ++b) {
        List<ProducerRecord<byte[], byte[]>> batch = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(12); ++i) {
          String key = "key-" + random.nextInt(30);
          byte[] value = random.nextInt(8) == 0 ? null : bytes("value " + b + "." + i + " " + "z".repeat(80));
          batch.add(new ProducerRecord<>("compacted", 0, T0 + b * 1000L + i, bytes(key), value));
        }
        Cluster.sendBatch(producer, batch);
      }
    }
    // The checkpoint names the first offset that is still dirty; all but the active segment can be cleaned.
    Path checkpoint = logs.resolve("cleaner-offset-checkpoint");
    await("compacted-0 is clean", () -> {
      List<Long> bases = baseOffsets("compacted-0");
      String clean = "compacted 0 " + bases.get(bases.size() - 1);
      return Files.exists(checkpoint) && Files.readAllLines(checkpoint).contains(clean);
    });
    await("compacted-0 has no leftovers", () -> names("compacted-0").noneMatch(n -> n.endsWith(".deleted")));
  }

  /** To be copied while the broker runs: its indexes are as long as they may grow, and mostly zeros. */
  void killed() throws Exception {
    cluster.createTopic("killed", 1,
        Map.of(SEGMENT_BYTES, "8000", "segment.index.bytes", "1024", "index.interval.bytes", "500"));
    batches("killed", new Random(12), 40, 8, Map.of());
  }

  /** `count` batches of 1 to `mostRecords` records to partition 0; timestamps step back often, and tie. */
  private void batches(String topic, Random random, int count, int mostRecords, Map<String, Object> settings)
      throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = cluster.producer(settings)) {
      for (int b = 0; b < count; ++b) {
        List<ProducerRecord<byte[], byte[]>> batch = new ArrayList<>();
        int size = 1 + random.nextInt(mostRecords);
        for (int i = 0; i < size; ++i) {
          long timestamp = T0 + (b + random.nextInt(4)) * (60_000L / count) + random.nextInt(2);
          batch.add(new ProducerRecord<>(topic, 0, timestamp, bytes("k" + random.nextInt(100)),
              bytes("v".repeat(random.nextInt(80)) + b + "." + i)));
        }
        Cluster.sendBatch(producer, batch);
      }
    }
  }

  private List<Long> baseOffsets(String partition) throws IOException {
    return names(partition).filter(n -> n.endsWith(".log")).map(n -> Long.parseLong(n.substring(0, 20))).sorted()
        .toList();
  }

  private Stream<String> names(String partition) throws IOException {
    try (Stream<Path> files = Files.list(logs.resolve(partition))) {
      return files.map(f -> f.getFileName().toString()).toList().stream();
    }
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + 60_000_000_000L;
    while (!condition.call()) {
      if (System.nanoTime() > end) throw new IllegalStateException("waited a minute in vain until " + what);
      Thread.sleep(50);
    }
  }

  private static ProducerRecord<byte[], byte[]> shape(byte[] key, byte[] value) {
    return new ProducerRecord<>("shapes", 0, T0, key, value);
  }

  private static ProducerRecord<byte[], byte[]> header(ProducerRecord<byte[], byte[]> record, String key,
      byte[] value) {
    record.headers().add(new RecordHeader(key, value));
    return record;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
