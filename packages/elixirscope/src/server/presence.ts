import { type Here, hereSchema, type PeoplePush, type Person } from "../protocol/index.ts";

/** More at once are not told of each other; they see everything else. */
const MOST = 32;
const COLOURS = 8;
/** News of people are gathered for so long. */
const GATHERED_MS = 100;
/** What one page may say in a second. Our own says ten times at most. */
const SAYS_PER_SECOND = 60;

/** A page that listens. */
export interface Listener {
  send(text: string): void;
  /** It says too much. */
  refuse(): void;
}

interface Guest {
  readonly id: number;
  readonly listener: Listener;
  person: Person | undefined;
  second: number;
  said: number;
}

/** Who looks at this session, and where: held in memory, gone with the page. */
export class Presence {
  readonly #guests = new Map<number, Guest>();
  #nextId = 1;
  #led = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @returns what the page is to be told by */
  join(listener: Listener): { readonly said: (text: string) => void; readonly leave: () => void } {
    const id = this.#nextId++;
    if (this.#guests.size >= MOST) {
      listener.send(JSON.stringify({ type: "people", you: null, people: [] } satisfies PeoplePush));
      return { said: () => undefined, leave: () => undefined };
    }
    const guest: Guest = { id, listener, person: undefined, second: 0, said: 0 };
    this.#guests.set(id, guest);
    return {
      said: (text) => this.#said(guest, text),
      leave: () => {
        this.#guests.delete(id);
        this.#tellSoon();
      },
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#guests.clear();
  }

  #said(guest: Guest, text: string): void {
    const second = Math.floor(performance.now() / 1_000);
    guest.said = second === guest.second ? guest.said + 1 : 1;
    guest.second = second;
    const here = guest.said > SAYS_PER_SECOND ? undefined : parsed(text);
    if (!here) {
      guest.listener.refuse();
      return;
    }
    const before = guest.person;
    const led = !here.leads ? 0 : before?.leads ? before.led : ++this.#led;
    const { type: _, ...where } = here;
    guest.person = { ...where, id: guest.id, colour: (guest.id - 1) % COLOURS, led };
    this.#tellSoon();
  }

  #tellSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, GATHERED_MS);
  }

  #tell(): void {
    const people = [...this.#guests.values()].flatMap(({ person }) => person ?? []);
    for (const { id, listener } of this.#guests.values())
      listener.send(JSON.stringify({ type: "people", you: id, people } satisfies PeoplePush));
  }
}

function parsed(text: string): Here | undefined {
  try {
    return hereSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
