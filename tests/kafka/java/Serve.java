import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Serve WORK LEAT EXPECTED OUT clean|killed: a Kafka node with its home in WORK serves what leat wrote into the folder LEAT.
 *
 * <p>It makes the same topics, is stopped, gets leat's segments in the place of its own, and is started again: after a
 * clean stop it takes them as they are, after a kill it looks through every byte and makes the indexes anew. Kafka's
 * console consumer then prints each partition, as many records as EXPECTED has lines of it, to OUT/TOPIC-PARTITION.txt; a record more is appended to each, and the
 * node is stopped.
 */
final class Serve {
  private static final List<String> SEGMENT_FILES = List.of(".log", ".index", ".timeindex", ".snapshot", ".txnindex");

  private final Broker broker;
  private final Path leat;
  private final Path expected;
  private final Path out;

  private Serve(Broker broker, Path leat, Path expected, Path out) {
    this.broker = broker;
    this.leat = leat;
    this.expected = expected;
    this.out = out;
  }

  public static void main(String[] arguments) throws Exception {
    boolean killed = arguments[4].equals("killed");
    try (Broker broker = new Broker(Path.of(arguments[0]))) {
      new Serve(broker, Path.of(arguments[1]), Path.of(arguments[2]), Path.of(arguments[3])).run(killed);
    }
  }

  private void run(boolean killed) throws Exception {
    Map<String, Integer> topics = topics();
    broker.start();
    try (Cluster cluster = new Cluster(broker.address())) {
      for (var topic : topics.entrySet()) {
        cluster.createTopic(topic.getKey(), topic.getValue(), Map.of("retention.ms", "-1"));
      }
    }
    broker.stop();
    for (Path partition : partitions()) replaceSegments(partition, broker.logs().resolve(partition.getFileName()), killed);
    if (killed) Files.delete(broker.logs().resolve(".kafka_cleanshutdown"));

    broker.start();
    Map<TopicPartition, Long> ends;
    try (Cluster cluster = new Cluster(broker.address())) {
      ends = ends(cluster);
      for (var partition : ends.keySet()) print(partition);
      append(cluster, ends);
    }
    broker.stop();
  }

  /** Leat's folders that are called TOPIC-PARTITION. */
  private List<Path> partitions() throws IOException {
    try (Stream<Path> files = Files.list(leat)) {
      return files.filter(f -> Files.exists(f.resolve("partition.metadata"))).sorted().toList();
    }
  }

  private Map<String, Integer> topics() throws IOException {
    Map<String, Integer> topics = new TreeMap<>();
    for (Path partition : partitions()) {
      topics.merge(partition.getFileName().toString().replaceFirst("-\\d+$", ""), 1, Integer::sum);
    }
    return topics;
  }

  /** All but partition.metadata, which says to which of Kafka's topics the folder belongs. */
  private static void replaceSegments(Path from, Path to, boolean onlyLogs) throws IOException {
    for (Path file : files(to)) {
      if (isOfSegment(file)) Files.delete(file);
    }
    for (Path file : files(from)) {
      if (isOfSegment(file) && (!onlyLogs || file.toString().endsWith(".log"))) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static boolean isOfSegment(Path file) {
    return SEGMENT_FILES.stream().anyMatch(suffix -> file.toString().endsWith(suffix));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private Map<TopicPartition, Long> ends(Cluster cluster) throws Exception {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (var topic : topics().entrySet()) {
      for (int i = 0; i < topic.getValue(); ++i) asked.put(new TopicPartition(topic.getKey(), i), OffsetSpec.latest());
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    cluster.admin.listOffsets(asked).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
    return ends;
  }

  private void print(TopicPartition partition) throws Exception {
    Path file = out.resolve(partition + ".txt");
    // Where records have been compacted away there are fewer than offsets: as many as lines that leat printed.
    long count;
    try (var lines = Files.lines(expected.resolve(partition + ".txt"), java.nio.charset.StandardCharsets.ISO_8859_1)) {
      count = lines.count();
    }
    if (count == 0) {
      Files.createFile(file);
      return;
    }
    List<String> line = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", System.getProperty("java.class.path"),
        "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", broker.address(),
        "--topic", partition.topic(), "--partition", Integer.toString(partition.partition()), "--offset", "earliest",
        "--max-messages", Long.toString(count), "--timeout-ms", "60000"));
    for (String what : List.of("timestamp", "offset", "headers", "key")) {
      line.addAll(List.of("--formatter-property", "print." + what + "=true"));
    }
    line.addAll(List.of("--formatter-property", "null.literal=<null>"));
    Process consumer = new ProcessBuilder(line).redirectOutput(file.toFile())
        .redirectError(ProcessBuilder.Redirect.appendTo(out.resolve("console-consumer.err").toFile())).start();
    if (!consumer.waitFor(120, TimeUnit.SECONDS)) {
      consumer.destroyForcibly();
      throw new IllegalStateException("the console consumer of " + partition + " does not end");
    }
  }

  private static void append(Cluster cluster, Map<TopicPartition, Long> ends) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = cluster.producer(Map.of())) {
      for (var end : ends.entrySet()) {
        var record = new ProducerRecord<byte[], byte[]>(
            end.getKey().topic(), end.getKey().partition(), null, "behind it".getBytes());
        Cluster.sendBatch(producer, List.of(record));
      }
    }
  }
}
