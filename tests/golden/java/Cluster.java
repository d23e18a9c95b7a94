import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What the scenarios ask of the running broker. */
final class Cluster implements AutoCloseable {
  private final String address;
  final Admin admin;

  Cluster(String address) {
    this.address = address;
    this.admin = Admin.create(Map.<String, Object>of("bootstrap.servers", address));
  }

  void createTopic(String name, int partitions, Map<String, String> settings) throws Exception {
    admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(settings))).all().get();
  }

  /** A producer that lingers until it is flushed, so that the caller decides where a batch ends. */
  KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>(Map.of(
        "bootstrap.servers", address, "acks", "all", "enable.idempotence", false,
        "max.in.flight.requests.per.connection", 1, "linger.ms", 60_000, "batch.size", 1_000_000));
    all.putAll(settings);
    return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Sends `records` as one batch (per partition) and waits for it. */
  static void sendBatch(KafkaProducer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> records)
      throws Exception {
    List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
    producer.flush();
    for (Future<RecordMetadata> one : sent) one.get();
  }

  String address() {
    return address;
  }

  @Override
  public void close() {
    admin.close();
  }
}
