import { type Pid, Pid as PidTerm, type Term, Tuple } from "@elixirscope/etf";
import { elementsOf, nameOf, textOf } from "./fields.ts";

/** Who is subscribed to which topic of which pubsub: a fold over events of the kinds `pubsub` and `exit`. */
export class Subscriptions {
  /** Subscribers by pubsub, then topic; one that subscribed twice is there twice. */
  readonly topics: Map<string, Map<string, number[]>> = new Map();
  readonly #topicsOf = new Map<number, Set<string>>();
  readonly #indexOf: (pid: Pid) => number;

  constructor(indexOf: (pid: Pid) => number) {
    this.#indexOf = indexOf;
  }

  step(event: { readonly kind: string; readonly pid: number; readonly payload: Uint8Array }): void {
    if (event.kind === "exit") this.#exit(event.pid);
    if (event.kind !== "pubsub") return;
    const [operation, ...rest] = elementsOf(event.payload);
    const name = nameOf(operation);
    if (name === "subscriptions") this.#snapshot(rest);
    else if (name === "subscribe") this.add(nameOf(rest[0]), textOf(rest[1]), event.pid);
    else if (name === "unsubscribe") this.#remove(nameOf(rest[0]), textOf(rest[1]), event.pid);
  }

  /** Topics of a process, each with its pubsub. */
  of(process: number): readonly { readonly pubsub: string; readonly topic: string }[] {
    return [...this.topics].flatMap(([pubsub, byTopic]) =>
      [...(this.#topicsOf.get(process) ?? [])]
        .filter((topic) => byTopic.get(topic)?.includes(process))
        .map((topic) => ({ pubsub, topic })),
    );
  }

  /** Who is, or was, subscribed to something. */
  processes(): Iterable<number> {
    return this.#topicsOf.keys();
  }

  add(pubsub: string | undefined, topic: string | undefined, pid: number): void {
    if (pubsub === undefined || topic === undefined) return;
    const byTopic = this.topics.get(pubsub) ?? new Map<string, number[]>();
    this.topics.set(pubsub, byTopic);
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), pid]);
    this.#topicsOf.set(pid, (this.#topicsOf.get(pid) ?? new Set()).add(topic));
  }

  /** Those who were subscribed at the attach. One who subscribed while the list was made is not counted twice. */
  #snapshot([pubsub, entries]: readonly Term[]): void {
    const name = nameOf(pubsub);
    if (!Array.isArray(entries)) return;
    for (const entry of entries as readonly Term[]) {
      if (!(entry instanceof Tuple)) continue;
      const [topic, pid] = entry.elements;
      const text = textOf(topic);
      if (!(pid instanceof PidTerm)) continue;
      const index = this.#indexOf(pid);
      if (
        !this.topics
          .get(name ?? "")
          ?.get(text ?? "")
          ?.includes(index)
      )
        this.add(name, text, index);
    }
  }

  #remove(pubsub: string | undefined, topic: string | undefined, pid: number): void {
    const byTopic = this.topics.get(pubsub ?? "");
    const left = byTopic?.get(topic ?? "")?.filter((one) => one !== pid);
    if (!byTopic || !left || topic === undefined) return;
    if (left.length > 0) byTopic.set(topic, left);
    else byTopic.delete(topic);
  }

  #exit(pid: number): void {
    for (const topic of this.#topicsOf.get(pid) ?? [])
      for (const pubsub of this.topics.keys()) this.#remove(pubsub, topic, pid);
    this.#topicsOf.delete(pid);
  }
}
