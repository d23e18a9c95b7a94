import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;

/** Writes down what a Java client makes of it all, one JSON object a line. */
final class Expected {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Every record of `topic` as a consumer of that isolation level sees it, by partition and offset. */
  static void records(String address, String topic, String isolation, Path file) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", address, "isolation.level", isolation,
        "auto.offset.reset", "earliest", "check.crcs", true);
    try (KafkaConsumer<byte[], byte[]> consumer =
             new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition()))
              .sorted(Comparator.comparingInt(TopicPartition::partition)).toList();
      for (TopicPartition partition : partitions) {
        for (ConsumerRecord<byte[], byte[]> record : readAll(consumer, partition)) out.println(json(record));
      }
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> readAll(KafkaConsumer<byte[], byte[]> consumer,
      TopicPartition partition) {
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    while (consumer.position(partition) < end) {
      all.addAll(consumer.poll(Duration.ofMillis(100)).records(partition));
    }
    return all;
  }

  /** Where the client's partitioner sends keys of every length up to 40 and some others. */
  static void partitions(Path file) throws Exception {
    List<byte[]> keys = new ArrayList<>();
    for (int length = 0; length <= 40; ++length) {
      byte[] key = new byte[length];
      for (int i = 0; i < length; ++i) key[i] = (byte) (i * 37 + length * 101);
      keys.add(key);
    }
    List<String> texts = List.of("a", "ada", "user-1", "user-2", "registered_user", "größe", "🜚", "x".repeat(1000));
    for (String text : texts) keys.add(Scenarios.bytes(text));
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
      for (byte[] key : keys) {
        ObjectNode line = JSON.objectNode();
        line.set("key", json(key));
        line.put("murmur2", Utils.murmur2(key));
        ObjectNode chosen = line.putObject("partition");
        for (int count : new int[] {1, 2, 3, 7, 12, 64, 1000}) {
          chosen.put(String.valueOf(count), Utils.toPositive(Utils.murmur2(key)) % count);
        }
        out.println(line);
      }
    }
  }

  private static ObjectNode json(ConsumerRecord<byte[], byte[]> record) {
    ObjectNode line = JSON.objectNode();
    line.put("partition", record.partition());
    line.put("offset", record.offset());
    line.put("timestamp", record.timestamp());
    line.put("timestampType", record.timestampType().toString());
    line.set("key", json(record.key()));
    line.set("value", json(record.value()));
    ArrayNode headers = line.putArray("headers");
    for (Header header : record.headers()) {
      ObjectNode one = headers.addObject();
      one.put("key", header.key());
      one.set("value", json(header.value()));
    }
    Optional<Integer> epoch = record.leaderEpoch();
    line.put("leaderEpoch", epoch.orElse(-1));
    return line;
  }

  /** null; a string where the bytes are UTF-8; {"base64": "..."} where they are not. */
  private static JsonNode json(byte[] bytes) {
    if (bytes == null) return JSON.nullNode();
    try {
      return JSON.textNode(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException notText) {
      return JSON.objectNode().put("base64", Base64.getEncoder().encodeToString(bytes));
    }
  }
}
