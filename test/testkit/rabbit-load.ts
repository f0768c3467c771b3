/** Publish/consume load on a broker through real AMQP connections, counted to the message. */
import { connect } from "amqplib";
import type { Rabbit } from "./rabbitmq.ts";

export interface RabbitLoadOptions {
  /** Queues, each with a publisher and a consumer connection's channel of its own. Default 4. */
  readonly queues?: number;
  /** Messages for each queue. Default 500. */
  readonly messages?: number;
  /** Messages of a queue that are on their way at a time: the next follow when these are consumed. Default 50. */
  readonly burst?: number;
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
  const { queues = 4, messages = 500, burst = 50 } = options;
  const url = `amqp://guest:guest@127.0.0.1:${rabbit.amqpPort}`;
  const names = Array.from({ length: queues }, (_, i) => `es-queue-${i}`);
  const [publisher, consumer] = await Promise.all([connect(url), connect(url)]);
  try {
    const consumed = await Promise.all(
      names.map(async (queue) => {
        const incoming = await consumer.createChannel();
        await incoming.assertQueue(queue, { durable: false, autoDelete: true });
        const order: number[] = [];
        let wake: () => void = () => undefined;
        await incoming.consume(queue, (message) => {
          if (!message) return;
          order.push(Number(BODY_PATTERN.exec(message.content.toString())?.[2]));
          incoming.ack(message);
          wake();
        });
        const outgoing = await publisher.createConfirmChannel();
        for (let sequence = 0; sequence < messages; sequence += 1) {
          while (sequence - order.length >= burst) await new Promise<void>((resolve) => (wake = resolve));
          outgoing.sendToQueue(queue, Buffer.from(bodyOf(queue, sequence)));
        }
        await outgoing.waitForConfirms();
        while (order.length < messages) await new Promise<void>((resolve) => (wake = resolve));
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
