/** Publish/consume load on a broker through real AMQP connections, counted to the message. */
import { connect } from "amqplib";
import type { Rabbit } from "./rabbitmq.ts";

export interface RabbitLoadOptions {
  /** Queues, each with a publisher and a consumer connection's channel of its own. Default 4. */
  readonly queues?: number;
  /** Messages for each queue. Default 500. */
  readonly messages?: number;
  /** Unacknowledged messages a consumer may have. Default 20. */
  readonly prefetch?: number;
}

export interface RabbitLoad {
  readonly published: number;
  readonly consumed: number;
  /** By queue: the sequence numbers as they were consumed. */
  readonly orders: ReadonlyMap<string, readonly number[]>;
}

/** The body of message `sequence` of `queue`: findable in a trace, and telling its place in the order. */
export const bodyOf = (queue: string, sequence: number): string => `es-load ${queue} ${sequence}`;

/** A pattern that finds bodies in text; groups: queue, sequence. */
export const BODY_PATTERN: RegExp = /es-load (es-queue-\d+) (\d+)/;

/**
 * Publishes `messages` to each of `queues` with confirms, consumes and acknowledges all of them, and returns when the
 * broker has confirmed every message and every message has been consumed. Two connections, a channel per queue on each.
 */
export async function publishAndConsume(
  rabbit: Rabbit,
  options: RabbitLoadOptions = {},
): Promise<RabbitLoad> {
  const { queues = 4, messages = 500, prefetch = 20 } = options;
  const url = `amqp://guest:guest@127.0.0.1:${rabbit.amqpPort}`;
  const names = Array.from({ length: queues }, (_, i) => `es-queue-${i}`);
  const [publisher, consumer] = await Promise.all([connect(url), connect(url)]);
  try {
    const consumed = await Promise.all(
      names.map(async (queue) => {
        const incoming = await consumer.createChannel();
        await incoming.prefetch(prefetch);
        await incoming.assertQueue(queue, { durable: false, autoDelete: true });
        const order: number[] = [];
        const all = new Promise<void>((resolve) => {
          void incoming.consume(queue, (message) => {
            if (!message) return;
            order.push(Number(BODY_PATTERN.exec(message.content.toString())?.[2]));
            incoming.ack(message);
            if (order.length === messages) resolve();
          });
        });
        const outgoing = await publisher.createConfirmChannel();
        for (let sequence = 0; sequence < messages; sequence += 1) {
          const room = outgoing.sendToQueue(queue, Buffer.from(bodyOf(queue, sequence)));
          if (!room) await new Promise((resolve) => outgoing.once("drain", resolve));
        }
        await outgoing.waitForConfirms();
        await all;
        return [queue, order] as const;
      }),
    );
    const orders = new Map(consumed);
    const total = consumed.reduce((sum, [, order]) => sum + order.length, 0);
    return { published: queues * messages, consumed: total, orders };
  } finally {
    await Promise.all([publisher.close(), consumer.close()]);
  }
}

/** Connects, declares a queue and consumes from it; stays like this until the answer is called. */
export async function openIdleConsumer(rabbit: Rabbit): Promise<() => Promise<void>> {
  const connection = await connect(`amqp://guest:guest@127.0.0.1:${rabbit.amqpPort}`);
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue("", { exclusive: true });
  await channel.consume(queue, () => undefined);
  return () => connection.close();
}
